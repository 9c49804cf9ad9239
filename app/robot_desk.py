"""Wires what people and programs see of the robot and have it do: desk, streams, figures for Prometheus.

It needs no switch: with the robot off, or its node's switch away, campaigns can be looked at and changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..callback_bot.desk import Desk
from ..callback_bot.outcome.progress import idle_s, outcomes, totals
from ..callback_bot.schedule.hours import CallingHours
from ..core.aio import supervise
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.events import EventBus
from ..core.settings import Settings
from ..web.callback_api import Callbacks
from ..web.callback_streams import CampaignStreams
from ..web.desk import Desk as Pages
from ..web.prometheus_callbacks import CallbackCollector
from .robot_results import RobotResults
from .site_calendar import site_calendar

log = structlog.get_logger(__name__)

COUNT_EVERY_S = 15.0


class RobotDesk:
    """The desk of a node; ``run`` is supervised. ``results`` are what ends of callbacks lead to."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._clock = clock
        self._calls = bool(settings.robot.trunks)
        self._since = clock()
        self._idle_s: float | None = None
        self.pressed: Callable[[], bool] = lambda: False
        """Tells whether citizens wait, so that the robot rightly yields its lines."""
        self.hours = CallingHours.of(settings, site_calendar(settings))
        self.results = RobotResults(settings, database, clock=clock)
        self.desk = Desk(database, settings, self.hours, self.results.results, clock=clock)
        self.streams = CampaignStreams(bus, self.desk.look, clock=clock)
        self.web = Callbacks(settings, self.desk, self.streams, clock=clock)
        self.figures = CallbackCollector()

    def tell(self, pages: Pages) -> None:
        """Show the figures in ``/metrics``."""
        pages.exposition.registry.register(self.figures)

    @property
    def idle_s(self) -> float | None:
        """For how long something has been due and nothing was dialled; None when that is not known."""
        return self._idle_s

    def silent_s(self) -> Mapping[str, float]:
        """Return for how long each target has been refusing a result; 0 when it takes all."""
        return self.results.silent_s()

    async def run(self) -> None:
        """Send results, and tell how far campaigns are, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, part in (
                ("callback results", self.results.run),
                ("callback streams", self.streams.run),
                ("callback counts", self.count),
            ):
                group.create_task(supervise(name, part), name=name)

    async def _look(self) -> None:
        now = self._clock()
        async with self._database.read() as session:
            self.figures.outcomes = await outcomes(session, now - timedelta(hours=1))
            self.figures.states = await totals(session)
            idle = await idle_s(session, now) if self._may_call(now) else 0.0
        self._idle_s = min(idle, (now - self._since).total_seconds())

    def _may_call(self, now: datetime) -> bool:
        """Tell whether what is due is to be dialled; from the first moment on that it may be, time counts."""
        may = self._calls and self.hours.may_dial(now) and not self.pressed()
        if not may:
            self._since = now
        return may

    async def count(self) -> None:
        """Count the callbacks by state from time to time, for ever; a store that is away is waited for."""
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                await self._look()
            except (SQLAlchemyError, OSError) as error:
                self.figures.states = self._idle_s = None
                log.debug("callbacks cannot be counted", reason=type(error).__name__)
            await asyncio.sleep(max(COUNT_EVERY_S, 20 * (loop.time() - begun)))
