"""Closes what nobody will dial any more, in small steps: expired callbacks, cancelled and ended campaigns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from ...core.db import Database
from ..model import OPEN_STATES, CallbackState, CampaignState
from ..rows import OPEN_ATTEMPTS
from ..tables import AttemptRow, CallbackRow, CampaignRow
from ..why import Why
from .campaigns import cancelled
from .claiming import Ended

PAGE = 5000
"""Ids of open callbacks that are read at a time."""
STEP = 200
"""Callbacks that one transaction closes."""
FORSAKEN = timedelta(hours=24)
"""An attempt of another node that nobody has looked after for so long is not going to be explained."""
_HELD = (CallbackState.WAITING.value, CallbackState.PAUSED.value)


@dataclass(frozen=True)
class Swept:
    """How many callbacks expired and were cancelled, and how many campaigns ended."""

    expired: int = 0
    cancelled: int = 0
    ended: int = 0

    @property
    def more(self) -> bool:
        """Tell whether another step may find more at once."""
        return STEP in (self.expired, self.cancelled)


async def open_ids(database: Database) -> AsyncGenerator[Sequence[str]]:
    """Give the ids of open callbacks in pages; one that is closed meanwhile may still be among them."""
    states, last = [state.value for state in OPEN_STATES], ""
    while True:
        rows = (
            select(CallbackRow.id)
            .where(CallbackRow.state.in_(states), CallbackRow.id > last)
            .order_by(CallbackRow.id)
            .limit(PAGE)
        )
        async with database.read() as session:
            page = list(await session.scalars(rows))
        if not page:
            return
        yield page
        last = page[-1]


async def sweep(database: Database, now: datetime, after: Sequence[Ended] = ()) -> Swept:
    """Close up to ``STEP`` callbacks of each sort; safe on several nodes at a time.

    An unanswered callback whose time is over is 未评 (R-CB-3).
    """
    async with database.write() as session:
        late = await _late(session, now)
        for row in late:
            row.state, row.why, row.ended_at = CallbackState.EXPIRED.value, Why.OUT_OF_TIME, now
        given_up = await _given_up(session)
        for row in given_up:
            cancelled(row, now, Why.CAMPAIGN)
        await session.flush()
        for row in late:
            for tell in after:
                await tell(session, row, now)
        ended = await _end_campaigns(session, now)
    return Swept(len(late), len(given_up), ended)


async def forsaken(database: Database, now: datetime) -> list[str]:
    """Return attempts whose node is gone for good: to be finished as ``UNKNOWN``, so that nobody is lost."""
    async with database.read() as session:
        rows = select(AttemptRow.id).where(
            AttemptRow.state.in_(OPEN_ATTEMPTS), AttemptRow.lease_until < now - FORSAKEN
        )
        return list(await session.scalars(rows.limit(STEP)))


async def _late(session: AsyncSession, now: datetime) -> list[CallbackRow]:
    found: list[CallbackRow] = []
    for state in _HELD:
        rows = (
            select(CallbackRow)
            .where(CallbackRow.state == state, CallbackRow.latest <= now)
            .order_by(CallbackRow.latest)
            .limit(STEP - len(found))
            .with_for_update(skip_locked=True)
        )
        found += await session.scalars(rows)
    return found


async def _given_up(session: AsyncSession) -> list[CallbackRow]:
    found: list[CallbackRow] = []
    gone = select(CampaignRow.id).where(
        CampaignRow.state == CampaignState.CANCELLED.value, CampaignRow.ended_at.is_(None)
    )
    for campaign in await session.scalars(gone):
        rows = (
            select(CallbackRow)
            .where(CallbackRow.campaign == campaign, CallbackRow.state.in_(_HELD))
            .limit(STEP - len(found))
            .with_for_update(skip_locked=True)
        )
        found += await session.scalars(rows)
    return found


async def _end_campaigns(session: AsyncSession, now: datetime) -> int:
    """End the campaigns that have had callbacks and have none open.

    Who adds a callback holds its campaign's row: what was added meanwhile is seen by the second look.
    """
    live = (CampaignState.RUNNING.value, CampaignState.CANCELLED.value)
    has_any = exists().where(CallbackRow.campaign == CampaignRow.id)
    has_open = exists().where(
        CallbackRow.campaign == CampaignRow.id, CallbackRow.state.in_([one.value for one in OPEN_STATES])
    )
    over = (
        select(CampaignRow)
        .where(CampaignRow.state.in_(live), CampaignRow.ended_at.is_(None), ~has_open)
        .where(has_any | (CampaignRow.state == CampaignState.CANCELLED.value))
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(over)).all()
    if not rows:
        return 0
    named = CampaignRow.id.in_([row.id for row in rows])
    reopened = set(await session.scalars(select(CampaignRow.id).where(named, has_open)))
    ended = [row for row in rows if row.id not in reopened]
    for row in ended:
        row.ended_at = now
        if row.state == CampaignState.RUNNING.value:
            row.state = CampaignState.ENDED.value
    return len(ended)
