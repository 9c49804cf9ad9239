"""A conference on a simulated switch, with its store and everything that it told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotline.app import schema
from hotline.core import calendar
from hotline.core.action_log import ActionLog, actions
from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.telephony.ami import Ami
from hotline.telephony.calls import CallRecord
from hotline.telephony.conference import Conference
from hotline.telephony.conference_events import RequestChanged
from hotline.telephony.events import LineChanged
from support.ami_line import LIMITS
from support.ami_simulator import simulator
from support.asterisk import make_settings
from support.room_calls import AGENT_CHANNEL, CALL
from support.room_switch import CITIZEN_CHANNEL, RoomSwitch

WAIT_S = 20.0
NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)
BOTH = [f"{CITIZEN_CHANNEL} to citizen", f"{AGENT_CHANNEL} to agent"]
POLICE = "call Local/police@hotline-line/n"


def settings_of(folder: Path) -> Settings:
    return make_settings(
        folder / "state",
        trunks=[
            {"name": "test", "host": "127.0.0.1", "port": 5060, "numbers": ["12345"]},
            {"name": "emergency", "host": "127.0.0.1", "port": 5062, "numbers": [], "emergency": True},
        ],
        third_lines=[
            {
                "name": name,
                "code": code,
                "label": label,
                "kind": kind,
                "routes": [{"trunk": trunk, "number": number}],
            }
            for name, code, label, kind, trunk, number in (
                ("police", "110", "公安", "emergency", "emergency", "110"),
                ("gas", "31", "燃气", "utility", "test", "96777"),
                ("water", "32", "水务", "utility", "test", "96116"),
                ("housing", "33", "房管", "department", "test", "66000000"),
            )
        ],
        three_way={"per_minute": 1},
    )


class Scene:
    """A conference on a simulated switch, with its store and everything that it told."""

    def __init__(self, switch: RoomSwitch, ami: Ami, database: Database, settings: Settings) -> None:
        self.now = NOW
        self.switch = switch
        self.ami = ami
        self.database = database
        self.log = ActionLog(database, node="node1", clock=lambda: self.now)
        self.bus = EventBus()
        self.states: list[str] = []
        self.ended = asyncio.Event()
        self.bus.listen(self._hear)
        self.conference = self.new_service(settings)

    def new_service(self, settings: Settings) -> Conference:
        self.conference = Conference(
            *(settings, self.ami, self, self.log, self.bus),
            calendar=calendar.load(),
            clock=lambda: self.now,
        )
        return self.conference

    def find(self, call: str) -> CallRecord | None:
        return self.switch.record(call)

    def open_calls(self) -> list[CallRecord]:
        found = self.find(CALL)
        return [found] if found is not None and found.is_open else []

    def told(self, request: str, number: str, step: str = "asked") -> LineChanged:
        """The switch's own mark of a line, in the record and on the bus."""
        self.switch.story.ask_for(number, how="api", request=request)
        at = from_us(self.switch.story.at_us)
        return LineChanged(
            at=at,
            call=CALL,
            node="node1",
            line=number,
            step=step,
            target="police",
            agent="1001",
            how="api",
            request=request,
        )

    async def until(self, *states: str) -> None:
        """Wait until a request has reached one of the states."""
        async with asyncio.timeout(WAIT_S):
            while not self.states or self.states[-1] not in states:
                self.ended.clear()
                await self.ended.wait()

    async def entries(self, action: str) -> list[tuple[str, str]]:
        await self.log.put("test", "written", limit_s=WAIT_S)
        return [
            (one.result, str((one.details or {}).get("why", "")))
            for one in await actions(self.database)
            if one.action == action
        ]

    def _hear(self, event: object) -> None:
        if isinstance(event, RequestChanged):
            self.states.append(event.state)
            self.ended.set()


@asynccontextmanager
async def scene_of(tmp_path: Path) -> AsyncGenerator[Scene]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'scene.db'}")
    await schema.upgrade(database)
    try:
        async with simulator() as peer:
            ami = Ami("127.0.0.1", peer.port, "hotline", "right", limits=LIMITS, chance=lambda: 0.0)
            scene = Scene(RoomSwitch(peer), ami, database, settings_of(tmp_path))
            running = [asyncio.create_task(ami.run()), asyncio.create_task(scene.log.run())]
            try:
                await ami.wait_connected(WAIT_S)
                yield scene
            finally:
                await scene.conference.close()
                for task in running:
                    task.cancel()
                await asyncio.wait(running)
    finally:
        await database.close()


async def called(scene: Scene, **fields: Any) -> str:
    """Ask for the police, wait until the switch has it, and tell of it as the switch does."""
    request = await scene.conference.request(CALL, "110", **fields)
    await scene.until("called", "running", "failed")
    if scene.states[-1] == "called":
        scene.conference.hear(scene.told(request.id, request.line))
        await scene.until("running")
    return request.line
