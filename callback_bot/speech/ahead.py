"""Which callbacks are likely to be dialled next: what they say is spoken before their turn comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from ...core.db import Database
from ..model import Callback, CallbackState
from ..rows import callback_of
from ..schedule.claiming import due_lanes
from ..tables import CallbackRow


async def upcoming(database: Database, now: datetime, most: int) -> Sequence[Callback]:
    """Return the first due callbacks, as a claim would look at them; nothing is claimed."""
    found: list[Callback] = []
    async with database.read() as session:
        for lane in await due_lanes(session, now):
            rows = await session.scalars(
                select(CallbackRow)
                .where(CallbackRow.campaign == lane.campaign, CallbackRow.priority == lane.priority)
                .where(CallbackRow.state == CallbackState.WAITING.value, CallbackRow.next_at <= now)
                .order_by(CallbackRow.next_at, CallbackRow.id)
                .limit(most - len(found))
            )
            found += map(callback_of, rows)
            if len(found) >= most:
                break
    return found
