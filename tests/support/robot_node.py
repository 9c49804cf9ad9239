"""The robot beside a real switch, without the rest of a node: in this process, or in one that can be killed.

``python -m support.robot_node SETTINGS.json [MODEL]`` is the process; it says ``ready`` when it dials.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hotline.app import schema
from hotline.app.robot import Robot
from hotline.app.robot_results import RobotResults
from hotline.app.site_calendar import site_calendar
from hotline.asr.catalogue import open_engine
from hotline.asr.engine import Engine
from hotline.callback_bot.schedule import campaigns
from hotline.callback_bot.schedule.adding import Adding
from hotline.callback_bot.schedule.hours import CallingHours
from hotline.callback_bot.schedule.new_callback import NewCallback
from hotline.callback_bot.tables import AnswerRow, AttemptRow, CallbackRow
from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.settings import Settings
from hotline.telephony.ami import Ami, AmiLimits
from hotline.telephony.events_wanted import EVENTS_WANTED

CAMPAIGN = "tried"
LIMITS = AmiLimits(first_pause_s=0.05, longest_pause_s=0.2)


def open_zone(now: datetime) -> str:
    """Return a time zone in which it is ten in the morning: people may be called on every day then."""
    ahead = 10 - now.astimezone(UTC).hour
    ahead = ahead + 24 if ahead < -12 else ahead
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def robot_settings(port: int, *, lines: int = 5, **robot: Any) -> dict[str, Any]:
    """Return what a switch's settings need for the robot: a trunk to ``port``, and hours that are now."""
    return {
        "site": {"node": "node1", "timezone": open_zone(utc_now())},
        "agents": [],
        "trunks": [{"name": "city", "host": "127.0.0.1", "port": port, "numbers": ["12345"]}],
        "robot": {
            "trunks": [{"name": "city", "lines": lines, "per_second": 50.0}],
            "hours": ["每天 00:00-24:00"],
            **robot,
        },
    }


class RobotSide:
    """The robot in this process."""

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        switch = settings.asterisk
        where = (switch.ami_host, switch.ami_port)
        self.database = Database(settings.database)
        self.events = Ami(
            *where, "hotline-events", switch.ami_event_secret, wanted=EVENTS_WANTED, limits=LIMITS
        )
        self.actions = Ami(*where, "hotline-actions", switch.ami_action_secret, limits=LIMITS)
        self.hours = CallingHours.of(settings, site_calendar(settings))
        self.results = RobotResults(settings, self.database)
        self.robot = Robot(
            settings,
            self.database,
            self.actions,
            self.hours,
            engine=lambda: engine,
            after=(self.results.results.ended,),
        )
        self.settings = settings
        self._tasks: list[asyncio.Task[None]] = []
        self.events.on("*", self.robot.observe)

    async def __aenter__(self) -> RobotSide:
        await schema.upgrade(self.database)
        self._tasks = [asyncio.create_task(run()) for run in (self.events.run, self.actions.run)]
        await self.events.wait_connected(20)
        await self.actions.wait_connected(20)
        self._tasks += [asyncio.create_task(run()) for run in (self.robot.run, self.results.run)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self.database.close()


async def add(settings: Settings, phones: Sequence[str], dialogue: str = "quick") -> dict[str, str]:
    """Put one callback for each number into the campaign; returns their ids by number."""
    database = Database(settings.database)
    try:
        await schema.upgrade(database)
        async with database.write() as session:
            await campaigns.create(session, CAMPAIGN, utc_now())
        hours = CallingHours.of(settings, site_calendar(settings))
        news = [NewCallback(f"T{phone}", phone, dialogue=dialogue) for phone in phones]
        added = await Adding(database, settings, hours).add(CAMPAIGN, news)
        return {phone: one.id for phone, one in zip(phones, added, strict=True)}
    finally:
        await database.close()


async def callbacks(database: Database) -> dict[str, CallbackRow]:
    """Return the callbacks by their numbers."""
    async with database.read() as session:
        return {row.phone: row for row in await session.scalars(select(CallbackRow))}


async def attempts(database: Database) -> list[AttemptRow]:
    """Return every attempt, oldest first."""
    async with database.read() as session:
        return list(await session.scalars(select(AttemptRow).order_by(AttemptRow.at, AttemptRow.id)))


async def answered(database: Database) -> dict[str, list[tuple[str, str, str]]]:
    """Return question, value and how it was given, by attempt."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    async with database.read() as session:
        for row in await session.scalars(select(AnswerRow).order_by(AnswerRow.attempt, AnswerRow.seq)):
            found.setdefault(row.attempt, []).append((row.question, row.value, row.given))
    return found


async def first_tries(database: Database, count: int, *, limit_s: float = 60.0) -> dict[str, AttemptRow]:
    """Wait until so many people were called and all attempts are over; the attempts that count, by number."""
    async with asyncio.timeout(limit_s):
        while True:
            rows = await attempts(database)
            counted = {row.number: row for row in rows if row.outcome not in (None, "never_begun")}
            if len(counted) >= count and all(row.state == "over" for row in rows):
                return counted
            await asyncio.sleep(0.1)


class RobotProcess:
    """The robot in a process of its own, to be killed and begun anew; with a ``model`` it listens."""

    def __init__(self, settings: Settings, model: str = "") -> None:
        self._model = [model] if model else []
        self._file = settings.state / "robot-settings.json"
        self._file.write_text(settings.model_dump_json(exclude_none=True), encoding="utf-8")
        self._log = settings.state / "robot.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it may be killed at any moment after this."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "support.robot_node", str(self._file), *self._model),
                cwd=Path(__file__).resolve().parents[1],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """End it as a loss of power would."""
        if self._process is not None and self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is None or self._process.returncode is not None

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What it wrote, at all its starts."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""


async def _serve(settings: Settings, model: str) -> None:
    engine = open_engine(model, None) if model else None
    if engine is not None:
        engine.load()
    async with RobotSide(settings, engine):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asyncio.run(_serve(Settings.model_validate(given), next(iter(sys.argv[2:]), "")))
