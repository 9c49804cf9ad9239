"""Takes the next callbacks to dial out of the store, at a cost that does not grow with how many wait.

A lane is one priority of one campaign: its oldest due row is found by one step down an index. What may not be
dialled now is moved out of the way in the same transaction, so that nothing is looked at again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from ...core.clock import IdMaker
from ...core.settings import Settings
from ..dial.dialling import Claimed
from ..dial.originate import attempt_id
from ..model import AttemptState, CallbackState, CampaignState
from ..rows import attempt_of, callback_of
from ..tables import AttemptRow, CallbackRow, CampaignRow, LaneRow, PersonRow
from .hours import CallingHours
from .picking import Close, PutOff, began, look
from .planner import Slot

LOOKED_AT = 20
"""Rows beyond twice the free lines that one claim looks at: its time has a limit whatever it finds."""

Ended = Callable[[AsyncSession, CallbackRow, datetime], Awaitable[object]]
"""Is told of each callback that ends, in the transaction that ends it."""


@dataclass(frozen=True)
class Lane:
    """A priority of a campaign with its oldest row; ``lines``: calls at a time of the campaign."""

    campaign: str
    priority: int
    head: datetime
    hours: tuple[str, ...] = ()
    lines: int | None = None


async def due_lanes(session: AsyncSession, now: datetime) -> list[Lane]:
    """Return the lanes of running campaigns with a row that is due, in the order in which they are served."""
    head = (
        select(CallbackRow.next_at)
        .where(CallbackRow.campaign == LaneRow.campaign, CallbackRow.priority == LaneRow.priority)
        .where(CallbackRow.state == CallbackState.WAITING.value)
        .order_by(CallbackRow.next_at)
        .limit(1)
        .scalar_subquery()
    )
    found = await session.execute(
        select(LaneRow.campaign, LaneRow.priority, head.label("head"), CampaignRow.hours, CampaignRow.lines)
        .join(CampaignRow, CampaignRow.id == LaneRow.campaign)
        .where(CampaignRow.state == CampaignState.RUNNING.value, head <= now)
    )
    lanes = [Lane(name, rank, at, tuple(own), most) for name, rank, at, own, most in found]
    return sorted(lanes, key=lambda one: (-one.priority, one.head, one.campaign))


@dataclass
class Picker:
    """One claim: fills ``slots`` with what is due, and says what became of the rest."""

    session: AsyncSession
    settings: Settings
    hours: CallingHours
    now: datetime
    owner: str
    ids: IdMaker
    after: Sequence[Ended] = ()
    claimed: list[Claimed] = field(default_factory=list[Claimed])
    strangers: set[str] = field(default_factory=set[str])
    """Numbers without a row of their person."""

    async def fill(self, slots: Sequence[Slot], lanes: Sequence[Lane], open_: Counter[str]) -> None:
        """Claim due callbacks for the slots, lane after lane."""
        free, budget = list(slots), 2 * len(slots) + LOOKED_AT
        running = Counter(open_)
        for lane in lanes:
            if lane.hours and not self.hours.may_dial(self.now, lane.hours):
                continue
            while free and budget > 0:
                room = min(len(free), budget)
                if lane.lines is not None:
                    room = min(room, lane.lines - running[lane.campaign])
                rows = await self._rows(lane, room) if room > 0 else ()
                if not rows:
                    break
                budget -= len(rows)
                begun = await self._take(rows, free, lane)
                running[lane.campaign] += begun
                free = free[begun:]

    async def _rows(self, lane: Lane, count: int) -> Sequence[CallbackRow]:
        """Lock a lane's oldest due rows; those that another node holds are passed over."""
        due = (
            select(CallbackRow)
            .where(CallbackRow.campaign == lane.campaign, CallbackRow.priority == lane.priority)
            .where(CallbackRow.state == CallbackState.WAITING.value, CallbackRow.next_at <= self.now)
            .order_by(CallbackRow.next_at, CallbackRow.id)
            .limit(count)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.scalars(due)).all()

    async def _take(self, rows: Sequence[CallbackRow], free: Sequence[Slot], lane: Lane) -> int:
        people = await self._people({row.phone for row in rows})
        begun = 0
        for row in rows:
            person = people.get(row.phone)
            against = look(
                row,
                person,
                self.now,
                hours=self.hours,
                robot=self.settings.robot,
                narrower=lane.hours,
            )
            match against:
                case PutOff(until, why):
                    row.next_at, row.why = until, why
                case Close(state, why):
                    row.state, row.why, row.ended_at = state.value, why, self.now
                case None:
                    assert person is not None  # noqa: S101  # ``look`` puts off whom we do not hold
                    self._begin(row, person, free[begun])
                    begun += 1
        await self.session.flush()
        for row in rows:
            if row.ended_at is not None:
                for tell in self.after:
                    await tell(self.session, row, self.now)
        return begun

    async def _people(self, phones: set[str]) -> dict[str, PersonRow]:
        """Lock the people's rows; who is held by another node is left out."""
        wanted = select(PersonRow).where(PersonRow.phone.in_(sorted(phones))).order_by(PersonRow.phone)
        locked = await self.session.scalars(wanted.with_for_update(skip_locked=True))
        found = {person.phone: person for person in locked}
        if missing := phones - found.keys():
            there = select(PersonRow.phone).where(PersonRow.phone.in_(sorted(missing)))
            self.strangers |= missing - set(await self.session.scalars(there))
        return found

    def _begin(self, row: CallbackRow, person: PersonRow, slot: Slot) -> None:
        attempt = AttemptRow(
            id=attempt_id(self.settings.site.node, self.ids()),
            callback=row.id,
            campaign=row.campaign,
            node=self.settings.site.node,
            trunk=slot.trunk,
            line=slot.number,
            number=row.phone,
            state=AttemptState.DIALLING.value,
            at=self.now,
            lease_owner=self.owner,
            lease_until=self.now + timedelta(seconds=self.settings.robot.lease_seconds),
            heard="",
            recording="",
            data={},
        )
        self.session.add(attempt)
        row.state, row.why = CallbackState.CALLING.value, ""
        began(person, attempt.id, self.now, self.hours)
        self.claimed.append(Claimed(attempt_of(attempt), callback_of(row), slot.number))


async def know_people(session: AsyncSession, phones: set[str]) -> None:
    """Give everybody a row, in the caller's transaction; who has one keeps it."""
    if not phones:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = [{"phone": phone, "calls": 0, "quiet_why": "", "quiet_by": ""} for phone in sorted(phones)]
    await session.execute(dialect.insert(PersonRow).values(values).on_conflict_do_nothing())
