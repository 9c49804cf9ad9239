"""How far a campaign of the callback robot is, as server-sent events while somebody looks at it.

Other nodes call as well, so what is told is read from the store: once for all viewers of a campaign, and
not at all while nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from ..callback_bot.outcome.progress import Progress
from ..callback_bot.outcome.progress_events import CampaignChanged, CampaignEnded
from ..core.clock import Clock, utc_now
from ..core.events import DomainEvent, EventBus
from .call_streams import ENDED, CallStreams, Kind, Told
from .masking import Sight

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
_AT_MOST = 0.1
"""So much of the time may go into looking."""
_OVER = ("ended", "cancelled")

Look = Callable[[str], Awaitable[Progress | None]]
"""Reads how far a campaign is; None when there is none."""


class CampaignStreams(CallStreams):
    """The streams of a node's campaigns; ``run`` is supervised."""

    def __init__(self, bus: EventBus, look: Look, *, clock: Clock = utc_now) -> None:
        self._bus = bus
        self._look = look
        self._clock = clock
        self._last: dict[str, dict[str, Any]] = {}
        super().__init__(
            bus,
            Kind(
                "campaign",
                {CampaignChanged: "progress", CampaignEnded: ENDED},
                self._last.get,
                replaced={"progress": "campaign"},
                is_over=lambda campaign: self._last[campaign]["state"] in _OVER,
                told=_told,
                of="campaign",
                last=CampaignEnded,
                list_at="GET /api/v1/callbacks/campaigns",
            ),
        )

    async def answer(self, request: web.Request, sight: Sight = Sight.WHOLE) -> web.StreamResponse:
        """Send how far it is, then every change, until it ends or the viewer goes."""
        await self._read(request.match_info["id"])
        return await super().answer(request, sight)

    async def run(self) -> None:
        """Look at what is looked at, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            for campaign in self.watched():
                try:
                    await self._tell(campaign)
                except (SQLAlchemyError, OSError) as error:
                    log.warning("campaign cannot be read", reason=type(error).__name__)
            for campaign in self._last.keys() - self.watched():
                del self._last[campaign]
            await asyncio.sleep(max(LOOK_EVERY_S, (loop.time() - begun) / _AT_MOST))

    async def _tell(self, campaign: str) -> None:
        before = self._last.get(campaign)
        now = await self._read(campaign)
        if now is None or now == before:
            return
        kind = CampaignEnded if now["state"] in _OVER else CampaignChanged
        self._bus.publish(kind(at=self._clock(), campaign=campaign, progress=now))

    async def _read(self, campaign: str) -> dict[str, Any] | None:
        found = await self._look(campaign)
        if found is None:
            return None
        self._last[campaign] = found.to_json()
        return self._last[campaign]


def _told(event: DomainEvent) -> Told:
    progress: dict[str, Any] = getattr(event, "progress", {})
    return {"at": event.at, **progress}
