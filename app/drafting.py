"""Wires what drafts tickets: rules, a model server, the drafts of calls in progress, their re-check.

Beside the call path: with all of this gone, calls and their transcripts are the same, and the draft of a
call is made when it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from ..asr.transcripts import Transcript
from ..core.aio import background_pool
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import ConfigError
from ..core.events import EventBus
from ..core.jobs import Jobs
from ..core.settings import Settings
from ..telephony.calls import CallRecord
from ..ticket_bridge import local_words
from ..ticket_bridge.checks.check_service import Checks
from ..ticket_bridge.draft import Draft
from ..ticket_bridge.extractor import RulesExtractor
from ..ticket_bridge.live.live_context import OpenCalls
from ..ticket_bridge.live.live_drafts import LiveDrafts, LiveLimits
from ..ticket_bridge.model.model_server import ModelServer
from ..ticket_bridge.model.model_server_extractor import ModelExtractor
from ..ticket_bridge.worker import DraftWorker
from ..web.desk import Desk
from ..web.prometheus_drafts import DraftCollector

log = structlog.get_logger(__name__)

_LEASE_S = 30.0


class Drafting:
    """The drafts of one node. ``live.hear`` is a listener of the bus, after the one that keeps transcripts.

    ``worker.run`` and ``live.run`` are supervised. The server is asked for calls in progress and for those
    that are over by clients of their own: neither keeps the other waiting.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        jobs: Jobs,
        bus: EventBus,
        *,
        transcript_of: Callable[[str], Transcript | None],
        find: Callable[[str], CallRecord | None],
        clock: Clock = utc_now,
    ) -> None:
        chosen = settings.tickets.model
        _use_words(settings)
        self._pool = background_pool(1, name="live-draft")
        self._after_pool = background_pool(1, name="draft-model")
        live, after = (
            ModelExtractor(ModelServer(chosen), pool, mask=chosen.mask) if chosen.url else None
            for pool in (self._pool, self._after_pool)
        )
        self._models = [one for one in (live, after) if one is not None]
        self.worker = DraftWorker(
            *(settings, database, jobs, bus),
            extractor=after,
            at_once=1 if after is None else chosen.at_once,
            lease_s=_LEASE_S if after is None else _LEASE_S + chosen.timeout_s,
            clock=clock,
        )
        self.checks = Checks(database, node=settings.site.node, bus=bus, live=self._live_draft, clock=clock)
        self.live = LiveDrafts(
            bus,
            transcript_of,
            OpenCalls(settings, find, clock=clock),
            RulesExtractor(self._pool),
            live,
            said_of=self.checks.said_of,
            limits=LiveLimits(every_s=chosen.every_s),
            clock=clock,
        )

    def _live_draft(self, call: str) -> Draft | None:
        return self.live.draft_of(call)

    def tell(self, desk: Desk) -> None:
        """Show the figures in ``/metrics``."""
        desk.exposition.registry.register(DraftCollector(self.live.figures, self._answers))

    def _answers(self) -> dict[str, int]:
        """Return what became of the questions to the server, by outcome."""
        counts: dict[str, int] = {}
        for one in self._models:
            for outcome, count in one.outcomes().items():
                counts[outcome] = counts.get(outcome, 0) + count
        return counts

    async def close(self) -> None:
        """Let go of the threads; what they are at is ended first."""
        for pool in (self._pool, self._after_pool):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)


def _use_words(settings: Settings) -> None:
    """Have the site's own names known; a file that cannot be read costs only these (``hotline doctor``)."""
    try:
        local_words.use(local_words.read(settings.words))
    except ConfigError as error:
        log.error("local words cannot be read", error=str(error))
