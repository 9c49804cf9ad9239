"""Wires what is done to a call by command, third lines and supervisors: action log and the API's part."""

from __future__ import annotations

import asyncio

import structlog

from ..core.action_log import ActionLog
from ..core.clock import Clock
from ..core.db import Database
from ..core.events import EventBus
from ..core.settings import Settings
from ..telephony.ami import Ami
from ..telephony.ami_message import AmiMessage
from ..telephony.conference import Conference
from ..telephony.conference_adoption import adopt
from ..telephony.supervise import Supervision
from ..telephony.tracker import Tracker
from ..web.server import ThreeWay
from ..web.three_way_stream import Streams
from .site_calendar import site_calendar

log = structlog.get_logger(__name__)

CONNECT_LIMIT_S = 60.0


class ThreeWayCalls:
    """Third lines of one node; ``run`` goes on with what a service before this one began."""

    def __init__(
        self,
        settings: Settings,
        ami: Ami,
        tracker: Tracker,
        database: Database,
        bus: EventBus,
        *,
        clock: Clock,
    ) -> None:
        self.ami = ami
        self.calls = tracker
        self._database = database
        self._clock = clock
        self.log = ActionLog(database, node=settings.site.node, clock=clock)
        self.conference = Conference(
            *(settings, ami, tracker, self.log, bus), calendar=site_calendar(settings), clock=clock
        )
        self.supervision = Supervision(settings, ami, tracker.find, self.log)
        self.web = ThreeWay(self.conference, Streams(bus, tracker, self.conference), self.supervision)
        bus.listen(self.supervision.hear)

    def observe(self, message: AmiMessage) -> None:
        """Take in an AMI event."""
        self.conference.observe(message)
        self.supervision.observe(message)

    async def run(self) -> None:
        """Adopt what is in progress once the journal is read to its end and the switch can be asked."""
        await self.calls.caught_up.wait()
        await self.ami.wait_connected(CONNECT_LIMIT_S)
        await adopt(self.conference, self.calls, self._database, clock=self._clock)
        await asyncio.Event().wait()
