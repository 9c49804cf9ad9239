"""Puts new callbacks in: once for each matter, not for the quiet list, drawn where a part is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from ...core.clock import Clock, IdMaker, new_id, utc_now
from ...core.db import Database
from ...core.errors import InvalidInputError, NotFoundError
from ...core.settings import Settings
from ..model import OPEN_STATES, CallbackState, CampaignState
from ..tables import CallbackRow, CampaignRow, LaneRow
from ..why import Why
from .claiming import Ended, know_people
from .hours import CallingHours
from .new_callback import NewCallback, checked, same_matter
from .people import quiet_phones
from .sampling import is_drawn, share_of

CHUNK = 500
"""Rows in one transaction: an import of many does not keep others from writing."""


class Fate(StrEnum):
    """What became of a callback that was to be added."""

    ADDED = "added"
    KNOWN = "known"
    """The same matter is there already, or its ticket has a callback that is open."""
    QUIET = "quiet"
    """The person wants no calls; it is kept as refused."""
    NOT_DRAWN = "not_drawn"
    """A part is called for, and this is not in it; it is kept as cancelled."""


@dataclass(frozen=True)
class Added:
    """What became of one callback, and its id (that of the known one when it is known)."""

    id: str
    fate: Fate


class Adding:
    """Adds callbacks to campaigns; ``after`` are told of those that end at once."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        hours: CallingHours,
        *,
        after: Sequence[Ended] = (),
        clock: Clock = utc_now,
        ids: IdMaker = new_id,
    ) -> None:
        self._database = database
        self._settings = settings
        self._hours = hours
        self._after = tuple(after)
        self._clock = clock
        self._ids = ids

    async def add(self, campaign: str, news: Sequence[NewCallback]) -> list[Added]:
        """Add callbacks to a campaign, each one once whoever adds it how often; in the order given.

        Raises ``InvalidInputError`` for one that may not be called, before anything is written, and
        ``NotFoundError`` without the campaign.
        """
        good: list[NewCallback] = []
        for place, new in enumerate(news, 1):
            try:
                good.append(checked(new, self._settings.robot.numbers))
            except ValueError as error:
                raise InvalidInputError(f"第 {place} 条：{error}") from error
        found: list[Added] = []
        for first in range(0, len(good), CHUNK):
            async with self._database.write() as session:
                found += await self.add_in(session, campaign, good[first : first + CHUNK])
        return found

    async def add_in(self, session: AsyncSession, campaign: str, news: Sequence[NewCallback]) -> list[Added]:
        """Add checked callbacks in the caller's transaction, such as the one that changes their ticket."""
        row = await session.get(CampaignRow, campaign, with_for_update=True)
        if row is None or row.state == CampaignState.CANCELLED.value:
            raise NotFoundError(f"没有可用的回访任务 {campaign}")
        now = self._clock()
        quiet = await quiet_phones(session, sorted({one.phone for one in news}))
        await know_people(session, {one.phone for one in news})
        values = [self._values(one, campaign, now, quiet) for one in news]
        dialect = sqlite if self._database.is_sqlite else postgresql
        lanes = [{"campaign": campaign, "priority": rank} for rank in sorted({one.priority for one in news})]
        await session.execute(dialect.insert(LaneRow).values(lanes).on_conflict_do_nothing())
        if row.state == CampaignState.ENDED.value:
            row.state, row.ended_at = CampaignState.RUNNING.value, None
        there = await _open_of(session, [one.ticket for one in news])
        first = {one["ticket"]: one for one in reversed(values) if one["ticket"] not in there}
        new_ids = await self._insert(session, sorted(first.values(), key=lambda one: one["same"]))
        over = [one["id"] for one in values if one["ended_at"] and one["id"] in new_ids]
        await self._tell(session, over, now)
        known = select(CallbackRow.same, CallbackRow.id).where(
            CallbackRow.same.in_([one["same"] for one in values])
        )
        ids = {same: id_ for same, id_ in await session.execute(known)}
        return [
            Added(one["id"], _fate(one))
            if one["id"] in new_ids
            else Added(
                there.get(one["ticket"]) or ids.get(one["same"]) or first[one["ticket"]]["id"], Fate.KNOWN
            )
            for one in values
        ]

    async def _insert(self, session: AsyncSession, values: Sequence[dict[str, Any]]) -> set[str]:
        """Insert callbacks, sorted so that two nodes do not wait in a ring; return the new ones' ids."""
        if not values:
            return set()
        dialect = sqlite if self._database.is_sqlite else postgresql
        written = await session.scalars(
            dialect.insert(CallbackRow)
            .values(values)
            .on_conflict_do_nothing(index_elements=["same"])
            .returning(CallbackRow.id)
        )
        return set(written)

    def _values(self, new: NewCallback, campaign: str, now: datetime, quiet: set[str]) -> dict[str, Any]:
        state, why = CallbackState.WAITING, ""
        if new.phone in quiet:
            state, why = CallbackState.REFUSED, Why.QUIET
        elif not is_drawn(new.ticket, share_of(new.kind, new.unit, self._settings.robot.sampling)):
            state, why = CallbackState.CANCELLED, Why.NOT_DRAWN
        begins = max(now, new.earliest or now)
        given = {name: value for name, value in vars(new).items() if name != "occasion"}
        return {
            **given,
            "id": self._ids(),
            "same": same_matter(new),
            "campaign": campaign,
            "latest": new.latest or self._hours.term(begins, self._settings.robot.expire_days),
            "state": state.value,
            "tries": 0,
            "outcomes": [],
            "next_at": begins,
            "why": why,
            "created_at": now,
            "ended_at": None if state is CallbackState.WAITING else now,
        }

    async def _tell(self, session: AsyncSession, ids: list[str], now: datetime) -> None:
        if not ids or not self._after:
            return
        for row in await session.scalars(select(CallbackRow).where(CallbackRow.id.in_(ids))):
            for tell in self._after:
                await tell(session, row, now)


def _fate(values: dict[str, Any]) -> Fate:
    return {"": Fate.ADDED, Why.QUIET: Fate.QUIET, Why.NOT_DRAWN: Fate.NOT_DRAWN}[values["why"]]


async def _open_of(session: AsyncSession, tickets: Sequence[str]) -> dict[str, str]:
    """Return each ticket's open callback: nobody is called for one matter from two lists."""
    rows = select(CallbackRow.ticket, CallbackRow.id).where(
        CallbackRow.ticket.in_(sorted(set(tickets))),
        CallbackRow.state.in_([one.value for one in OPEN_STATES]),
    )
    return {ticket: id_ for ticket, id_ in await session.execute(rows)}
