"""Whom the robot would call when (the dry run): the store's rows played through the rules, nothing written.

Each callback is told with its first call. How long calls take is supposed, and that nothing else comes.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ...core.db import Database
from ...core.robot_settings import RobotSettings
from ..model import Callback, CallbackState, CampaignState
from ..rows import callback_of
from ..tables import CallbackRow, CampaignRow, LaneRow, PersonRow
from ..why import Why
from .hours import CallingHours
from .picking import Close, PutOff, began, look

SECONDS_EACH = 90.0
"""A call from the order to dial to its end, when nothing better is known."""
_RUNNING = (CampaignState.RUNNING.value,)
_ANY = (CampaignState.RUNNING.value, CampaignState.PAUSED.value)


@dataclass(frozen=True)
class Planned:
    """A callback and when it would be called; without a moment it would not be, for the reason in ``why``."""

    callback: Callback
    at: datetime | None
    why: str = ""


@dataclass(frozen=True)
class Waiting:
    """What waits in the store: the first rows of each lane, their people, their campaigns."""

    rows: Sequence[CallbackRow]
    people: Mapping[str, PersonRow]
    campaigns: Mapping[str, CampaignRow]


async def forecast(
    database: Database,
    robot: RobotSettings,
    hours: CallingHours,
    now: datetime,
    *,
    campaign: str = "",
    most: int = 100,
    seconds_each: float = SECONDS_EACH,
) -> list[Planned]:
    """Return the next ``most`` callbacks that would be dialled or closed, in that order.

    Of running campaigns; a ``campaign`` that is named is told as if it ran, and alone.
    """
    async with database.read() as session:
        waiting = await _waiting(session, campaign, most)
    return simulate(waiting, robot, hours, now, most=most, seconds_each=seconds_each)


async def _waiting(session: AsyncSession, campaign: str, most: int) -> Waiting:
    wanted = select(CampaignRow).where(CampaignRow.state.in_(_ANY if campaign else _RUNNING))
    if campaign:
        wanted = wanted.where(CampaignRow.id == campaign)
    campaigns = {row.id: row for row in await session.scalars(wanted)}
    lanes = await session.scalars(select(LaneRow).where(LaneRow.campaign.in_(campaigns)))
    rows: list[CallbackRow] = []
    for lane in lanes.all():
        rows += await session.scalars(
            select(CallbackRow)
            .where(CallbackRow.campaign == lane.campaign, CallbackRow.priority == lane.priority)
            .where(CallbackRow.state == CallbackState.WAITING.value)
            .order_by(CallbackRow.next_at, CallbackRow.id)
            .limit(most)
        )
    people: dict[str, PersonRow] = {}
    phones = sorted({row.phone for row in rows})
    for first in range(0, len(phones), 500):
        found = select(PersonRow).where(PersonRow.phone.in_(phones[first : first + 500]))
        people |= {person.phone: person for person in await session.scalars(found)}
    session.expunge_all()
    return Waiting(rows, people, campaigns)


def simulate(
    waiting: Waiting,
    robot: RobotSettings,
    hours: CallingHours,
    now: datetime,
    *,
    most: int,
    seconds_each: float,
) -> list[Planned]:
    """Play what waits, one free line after the other. Pure, but for the rows it is given, which change."""
    lines = sum(
        min(one.lines, one.capacity - one.reserve) if one.capacity is not None else one.lines
        for one in robot.trunks
    )
    game = _Game(waiting, robot, hours, timedelta(seconds=seconds_each))
    game.free = [now] * lines
    for row in waiting.rows:
        heapq.heappush(game.later, (row.next_at, row.id, row))
    for person in waiting.people.values():
        if person.attempt is not None:
            person.attempt, person.free_at = None, now + game.gap
    while game.free and len(game.planned) < most and game.step(now):
        pass
    return game.planned


@dataclass
class _Game:
    waiting: Waiting
    robot: RobotSettings
    hours: CallingHours
    each: timedelta
    free: list[datetime] = field(default_factory=list[datetime])
    later: list[tuple[datetime, str, CallbackRow]] = field(
        default_factory=list[tuple[datetime, str, CallbackRow]]
    )
    due: list[tuple[int, datetime, str, CallbackRow]] = field(
        default_factory=list[tuple[int, datetime, str, CallbackRow]]
    )
    calls: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict[str, list[datetime]](list))
    planned: list[Planned] = field(default_factory=list[Planned])

    @property
    def gap(self) -> timedelta:
        return timedelta(minutes=self.robot.person_gap_minutes)

    def step(self, now: datetime) -> bool:
        """Decide on one row; False when there is none, or never an hour for it."""
        at = max(self.free[0], now)
        if not self.due:
            if not self.later:
                return False
            at = max(at, self.later[0][0])
        opening = self.hours.next_opening(at)
        if opening is None:
            return False
        while self.later and self.later[0][0] <= opening:
            next_at, name, row = heapq.heappop(self.later)
            heapq.heappush(self.due, (-row.priority, next_at, name, row))
        row = heapq.heappop(self.due)[-1]
        self._decide(row, opening)
        return True

    def _decide(self, row: CallbackRow, at: datetime) -> None:
        campaign = self.waiting.campaigns[row.campaign]
        person = self.waiting.people.get(row.phone) or PersonRow(phone=row.phone, calls=0)
        narrower = tuple(campaign.hours)
        against = look(row, person, at, hours=self.hours, robot=self.robot, narrower=narrower)
        if against is None and narrower and not self.hours.may_dial(at, narrower):
            until = self.hours.next_opening(at, narrower)
            against = Close(CallbackState.EXPIRED, Why.HOURS) if until is None else PutOff(until, Why.HOURS)
        busy = self.calls[row.campaign]
        while busy and busy[0] <= at:
            heapq.heappop(busy)
        if against is None and campaign.lines is not None and len(busy) >= campaign.lines:
            against = PutOff(busy[0], Why.CAMPAIGN)
        match against:
            case PutOff(until, _):
                heapq.heappush(self.later, (max(until, at + timedelta(seconds=1)), row.id, row))
            case Close(_, why):
                self.planned.append(Planned(callback_of(row), None, why))
            case None:
                over = at + self.each
                heapq.heapreplace(self.free, over)
                heapq.heappush(busy, over)
                began(person, "planned", at, self.hours)
                person.attempt, person.free_at = None, over + self.gap
                self.planned.append(Planned(callback_of(row), at))
