"""The pages and the API as a part of a node: what they see of the rest, and whether they can be reached."""

from __future__ import annotations

import asyncio

from aiohttp.web import Application

from ..core.clock import Clock
from ..core.db import Database
from ..core.idempotency import IdempotencyKeys
from ..core.settings import Settings
from ..web.desk import Desk
from ..web.door import open_access
from ..web.floor_api import FloorParts
from ..web.server import build_app, serve
from .access_watch import watch_access
from .desk import AgentDesk
from .drafting import Drafting
from .health import Health
from .live_speech import LiveSpeechParts
from .robot_desk import RobotDesk
from .three_way import ThreeWayCalls
from .upkeep import upkeep_of


class Pages:
    """Serves the pages until cancelled; ``up`` tells whether they can be reached, ``health`` why not."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        desk: Desk,
        health: Health,
        clock: Clock,
        *,
        three_way: ThreeWayCalls,
        live_speech: LiveSpeechParts,
        drafting: Drafting,
        callbacks: RobotDesk,
        floor: FloorParts,
        desks: AgentDesk,
    ) -> None:
        self.up = False
        self.tried = asyncio.Event()
        """Set as soon as they are up or known not to be."""
        self._settings = settings
        self._desk = desk
        self._health = health
        self._three_way = three_way
        self._live_speech = live_speech
        self._drafting = drafting
        self._callbacks = callbacks
        self.access = open_access(settings, database, clock=clock)
        self._floor = floor
        self._keys = IdempotencyKeys(database, clock=clock)
        self._upkeep = upkeep_of(
            *(settings, database, three_way.ami, three_way.log),
            health=health,
            live=desk.live,
            clock=clock,
        )
        self.desks = desks

    def application(self) -> Application:
        """Return the application with every part of the node."""
        return build_app(
            self._settings.web,
            self._desk,
            self._three_way.web,
            self._live_speech.web,
            checks=self._drafting.checks,
            callbacks=self._callbacks.web,
            access=self.access,
            floor=self._floor,
            desks=self.desks.web,
            upkeep=self._upkeep,
            keys=self._keys,
            live_calls=self._three_way.calls,
        )

    async def run(self) -> None:
        """Serve; raises ``PagesPortError`` when the port cannot be had."""
        try:
            await serve(self._settings.web, self.application(), self._ready)
        finally:
            self.up = False
            self.tried.set()

    async def watch_access(self) -> None:
        """Sweep what is over of sessions, and prove the access log, for ever."""
        await watch_access(self.access, self._health)

    def _ready(self) -> None:
        self.up = True
        self._health.good("pages")
        self.tried.set()
