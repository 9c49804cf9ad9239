"""Wires the agents' desks: what they show, what they may do, and who is told."""

from __future__ import annotations

import asyncio

from ..core.clock import Clock
from ..core.db import Database
from ..core.events import EventBus
from ..core.settings import Settings
from ..queue.agents import Agents
from ..telephony.ami import Ami
from ..telephony.ami_errors import AmiError
from ..telephony.desk_control import DeskControl
from ..telephony.tracker import Tracker
from ..ticket_bridge.assist.assist_live import caller_of
from ..web.desk_api import AgentDesks
from ..web.desk_board import Board, Sources
from ..web.desk_callers import Callers
from ..web.desk_stream import DeskStreams
from ..web.desk_tabs import Tabs
from .live_speech import LiveSpeechParts
from .switchboard import Switchboard
from .three_way import ThreeWayCalls

ASK_S, ANSWER_LIMIT_S = 2.0, 2.0
_STATES = {
    "NOT_INUSE": 1,
    "INUSE": 2,
    "BUSY": 3,
    "INVALID": 4,
    "UNAVAILABLE": 5,
    "RINGING": 6,
    "RINGINUSE": 7,
    "ONHOLD": 8,
}


class Devices:
    """Telephones of agents who are in no queue: of those the switch tells nothing unasked."""

    def __init__(self, ami: Ami, switchboard: Switchboard) -> None:
        self._ami = ami
        self._switchboard = switchboard
        self._asked: dict[str, int] = {}

    def of(self, agent: str) -> int:
        """Return a telephone's state as the switch numbers it, 0 when it is not known."""
        return self._switchboard.device(agent) or self._asked.get(agent, 0)

    async def ask(self, agent: str) -> None:
        """Ask for one telephone's state, when the switch would not tell it by itself."""
        if self._switchboard.device(agent):
            return
        try:
            answer = await self._ami.action(
                "Getvar", {"Variable": f"DEVICE_STATE(PJSIP/{agent})"}, limit_s=ANSWER_LIMIT_S
            )
        except AmiError:
            self._asked.pop(agent, None)
            return
        self._asked[agent] = _STATES.get(answer[0].get("Value"), 0)


class AgentDesk:
    """The desks of one node; ``run`` is supervised."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        ami: Ami,
        tracker: Tracker,
        *,
        switchboard: Switchboard,
        agents: Agents,
        three_way: ThreeWayCalls,
        live_speech: LiveSpeechParts,
        clock: Clock,
    ) -> None:
        self._devices = Devices(ami, switchboard)
        numbers = caller_of(settings, tracker.find)
        sources = Sources(tracker, switchboard.agents, self._devices.of, numbers)
        control = DeskControl(settings, ami, tracker, three_way.log)
        tabs = Tabs()
        self._callers = Callers(database, self._nudge)
        board = Board(settings, sources, control, self._callers, tabs, clock=clock)
        self._streams = DeskStreams(bus, board, tabs, live_speech.web, three_way.web.streams)
        control.changed = lambda _agent: self._nudge()
        parts = (board, tabs, control, self._streams, agents, self._devices)
        self.web = AgentDesks(settings.desk, settings.has_browser_phones, *parts)

    async def run(self) -> None:
        """Keep the desks that are looked at up to date, until cancelled."""
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._streams.run(), name="desks: tell")
                parts.create_task(self._ask(), name="desks: telephones")
        finally:
            await self._callers.close()

    def _nudge(self) -> None:
        self._streams.nudge()

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(ASK_S)
            for agent in self._streams.watched():
                await self._devices.ask(agent)
