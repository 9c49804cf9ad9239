"""Looks up in the store what the switch knows of a call, for the fields that nobody has to say."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from ..core.settings import Settings
from ..telephony.call_figures import callback_agent
from ..telephony.room_queries import pushed_of
from ..telephony.store import record_of
from ..telephony.tables import CallRow
from .context import CallContext

_NOT_DIALLED = re.compile(r"[^0-9+]")


class StoredCalls:
    """Gives the context of a call whose record is written; days are meant in the site's zone.

    Who calls is, in a call that 110 handed over, whom 110 names: the line is 110's (R-3W-5).
    """

    def __init__(self, settings: Settings) -> None:
        self._zone = ZoneInfo(settings.site.timezone)
        self._unit = settings.site.name
        self._agents = {agent.number: f"{agent.name}（{agent.number}）" for agent in settings.agents}
        self._queues = {queue.name: queue.label for queue in settings.queues}

    async def __call__(self, session: AsyncSession, call: str) -> CallContext | None:
        """Return the context, None while the call's record or its time of arrival is not written yet."""
        row = await session.get(CallRow, call)
        if row is None or row.t0 is None:
            return None
        answered_at, agent = row.t3, row.agent
        if answered_at is None and row.callback_answered_at is not None:
            answered_at = row.callback_answered_at
            agent = callback_agent(record_of(call, row.facts))
        pushed = pushed_of(row.facts) if row.source else None
        return CallContext(
            call=call,
            caller=(_NOT_DIALLED.sub("", pushed["caller"]) if pushed else "") or row.number,
            called_at=row.t0.astimezone(self._zone),
            answered_at=answered_at,
            agent=self._agents.get(agent, agent) if agent else None,
            queue=None if row.queue is None else self._queues.get(row.queue, row.queue),
            unit=self._unit,
        )
