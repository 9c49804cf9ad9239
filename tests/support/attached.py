"""The service's parts for third lines on a real switch, in this process: to be ended anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession

from hotline.app import schema
from hotline.app.three_way import ThreeWayCalls
from hotline.core.action_log import actions
from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.telephony.ami import Ami, AmiLimits
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.conference import Conference
from hotline.telephony.conference_events import RequestChanged
from hotline.telephony.conference_view import agents_of
from hotline.telephony.events_wanted import EVENTS_WANTED
from hotline.telephony.rooms import RoomLine, lines
from hotline.telephony.tracker import Tracker
from hotline.web.server import build_app, serve
from support.pages import FakeDesk

LIMITS = AmiLimits(first_pause_s=0.05, longest_pause_s=0.2)
Dies = Callable[[RequestChanged], bool]


class Attached:
    """What follows the calls of a switch and takes requests, without the rest of a node.

    ``dies`` ends it at a transition for which it returns True, as a kill would: nothing is sent or written
    after it. ``port`` is where the switch's manager interface is reached, for what stands between.
    """

    def __init__(self, settings: Settings, *, port: int = 0, dies: Dies = lambda _: False) -> None:
        switch = settings.asterisk
        where = (switch.ami_host, port or switch.ami_port)
        self.settings = settings
        self.database = Database(settings.database)
        self.bus = EventBus()
        self.events = Ami(
            *where, "hotline-events", switch.ami_event_secret, wanted=EVENTS_WANTED, limits=LIMITS
        )
        self.actions = Ami(*where, "hotline-actions", switch.ami_action_secret, limits=LIMITS)
        self.tracker = Tracker(settings, self.database, self.bus)
        self.calls = ThreeWayCalls(
            settings, self.actions, self.tracker, self.database, self.bus, clock=utc_now
        )
        self.states: list[str] = []
        self.died = asyncio.Event()
        self._dies = dies
        self._tasks: list[asyncio.Task[None]] = []
        self.bus.listen(self._hear)
        self.bus.listen(self.calls.conference.hear)
        self.events.on("*", self._live)

    @property
    def conference(self) -> Conference:
        return self.calls.conference

    async def start(self) -> None:
        await schema.upgrade(self.database)
        runs = [self.events.run, self.actions.run, self.tracker.run_journal, self.calls.log.run]
        pages = build_app(self.settings.web, FakeDesk(), self.calls.web)
        self._tasks = [asyncio.create_task(run()) for run in (*runs, self.calls.run)]
        self._tasks.append(asyncio.create_task(serve(self.settings.web, pages)))
        await self.events.wait_connected(20)
        await self.actions.wait_connected(20)
        async with asyncio.timeout(20):
            await self.tracker.caught_up.wait()

    async def stop(self) -> None:
        await self.conference.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.database.close()

    async def call(self) -> str:
        """The id of the one call in progress."""
        async with asyncio.timeout(20):
            while not (found := self.tracker.open_calls()):  # noqa: ASYNC110  # the switch's journal
                await asyncio.sleep(0.05)
        return found[0].id

    async def talk(self) -> str:
        """The id of the one call in progress, once an agent speaks with the citizen."""
        call = await self.call()
        async with asyncio.timeout(20):
            while not ((record := self.tracker.find(call)) and agents_of(record)):  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.05)
        return call

    def lines(self, call: str) -> tuple[RoomLine, ...]:
        record = self.tracker.find(call)
        return () if record is None else lines(record)

    async def line(self, call: str, state: str, *, count: int = 1) -> list[RoomLine]:
        """Wait until so many lines of a call are in a state."""
        async with asyncio.timeout(30):
            while len(found := [line for line in self.lines(call) if line.state == state]) < count:  # noqa: ASYNC110  # the switch's journal
                await asyncio.sleep(0.05)
        return found

    async def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the API; returns status and answer."""
        url = f"http://127.0.0.1:{self.settings.web.port}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.settings.web.token}"}
        async with (
            ClientSession(headers=headers) as session,
            session.request(method, url, json=body) as answer,
        ):
            return answer.status, await answer.json()

    async def logged(self, action: str) -> list[str]:
        """The results in the action log, in order."""
        await self.calls.log.put("test", "written", limit_s=20)
        return [entry.result for entry in await actions(self.database) if entry.action == action]

    def _live(self, message: AmiMessage) -> None:
        self.tracker.feed_live(message)
        self.calls.observe(message)

    def _hear(self, event: object) -> None:
        if not isinstance(event, RequestChanged):
            return
        self.states.append(event.state)
        if self._dies(event) and not self.died.is_set():
            self.died.set()
            for task in asyncio.all_tasks():
                if task.get_name().startswith("third line"):
                    task.cancel()


@asynccontextmanager
async def attached(settings: Settings, **given: Any) -> AsyncGenerator[Attached]:
    one = Attached(settings, **given)
    try:
        await one.start()
        yield one
    finally:
        await one.stop()


def states_of(found: Iterable[RoomLine]) -> list[tuple[str, str]]:
    return [(line.target, line.state) for line in found]
