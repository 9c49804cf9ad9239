"""The service's part that follows agents, with real lines to a real switch, without the rest of it."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from hotline.app.agent_times import AgentTimes
from hotline.app.agent_watch import AgentWatch
from hotline.app.switchboard import Switchboard
from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.events import EventBus
from hotline.queue import tables as _queue_tables  # noqa: F401  # fills the metadata
from hotline.queue.agents import Agents
from hotline.telephony.ami import Ami
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.events_wanted import EVENTS_WANTED
from hotline.telephony.tracker import Tracker
from support.asterisk import Switch


class Watching:
    """``async with`` runs it; ``database`` keeps what it knew for the next one."""

    def __init__(self, switch: Switch, database: Database) -> None:
        settings = switch.settings
        asterisk = settings.asterisk
        self.bus = EventBus()
        self.database = database
        self.tracker = Tracker(settings, database, self.bus)
        self.times = AgentTimes(settings, database)
        self.events = Ami(
            asterisk.ami_host,
            asterisk.ami_port,
            "hotline-events",
            asterisk.ami_event_secret,
            wanted=EVENTS_WANTED,
        )
        self.actions = Ami(
            asterisk.ami_host, asterisk.ami_port, "hotline-actions", asterisk.ami_action_secret
        )
        self.agents = Agents(settings, self.actions)
        self.board = Switchboard(settings, self.bus, clock=utc_now)
        self.watch = AgentWatch(
            settings, self.times, self.agents, lambda: self.board.agents() if self.events.connected else []
        )
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> Self:
        async with self.database.write() as session:
            connection = await session.connection()
            await connection.run_sync(Base.metadata.create_all)
        self.events.on("*", self._live)
        self.events.on_connect(self._look)
        self.bus.listen(self.watch.wake)
        for part in (self.events, self.actions, self.times, self.watch):
            self._tasks.append(asyncio.create_task(part.run()))
        await self.events.wait_connected(10)
        async with asyncio.timeout(10):
            while self.board.snapshot is None:  # noqa: ASYNC110  # the answer comes over another line
                await asyncio.sleep(0.05)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.events.close()
        await self.actions.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        for task in self._tasks:
            if not task.cancelled() and (failure := task.exception()) is not None:
                raise failure

    def live(self) -> dict[str, tuple[str, str]]:
        """Every agent's state and reason as it is seen over AMI."""
        return {state.number: (state.kind.value, state.reason) for state in self.board.agents()}

    def kind(self, number: str) -> str:
        """An agent's kind of state, empty while nothing is known."""
        return self.live().get(number, ("", ""))[0]

    def _live(self, message: AmiMessage) -> None:
        self.board.observe(message)
        if message.name == "AgentRingNoAnswer":
            self.times.nudge()

    async def _look(self, _events: Ami) -> None:
        await self.actions.wait_connected(10)
        await self.board.refresh(self.actions)
