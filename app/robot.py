"""Wires the callback robot: what dials, what listens, what is spoken ahead. Off until a trunk is named.

Each part is supervised by itself. Without a database nothing is claimed, without a switch nothing is dialled,
without a model the survey goes by keys; calls in progress go on without any of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..asr.ears import Ears
from ..asr.engine import Engine
from ..callback_bot.dial.attempt import Ending
from ..callback_bot.dial.dialler import Dialler
from ..callback_bot.dial.journal import RobotJournal
from ..callback_bot.dial.store import Store
from ..callback_bot.listen.listener import Listener
from ..callback_bot.listen.recorded_words import read_words
from ..callback_bot.model import Outcome
from ..callback_bot.schedule.claiming import Ended
from ..callback_bot.schedule.hours import CallingHours
from ..callback_bot.schedule.sweep import forsaken, open_ids, sweep
from ..callback_bot.speech.ahead import upcoming
from ..callback_bot.survey.interpret import interpret
from ..core.aio import background_pool, supervise
from ..core.clock import Clock, to_us, utc_now
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.settings import Settings
from ..telephony.ami import AmiPort
from ..telephony.ami_message import AmiMessage
from ..telephony.asterisk_config import Paths
from ..telephony.call_figures import answers, t1
from ..telephony.calls import CallRecord
from .robot_desk import RobotDesk
from .robot_tickets import RobotTickets
from .robot_words import RobotWords

log = structlog.get_logger(__name__)

PRESSED_S = 10.0
"""A citizen has waited for a human for so long: the robot begins no more calls."""
AHEAD_S = 1.0
"""What is due soon is looked for so often, to be spoken before its turn."""
SWEEP_S = 60.0
FILES_S = 3600.0
WORDS_S = 5.0


class Robot:
    """The robot of a node: ``run`` it, and have it ``observe`` every event.

    ``after`` is told of callbacks that end; ``desk`` is run beside it, with the robot off, too.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        ami: AmiPort,
        hours: CallingHours,
        *,
        engine: Callable[[], Engine | None],
        open_calls: Callable[[], list[CallRecord]] = list,
        after: tuple[Ended, ...] = (),
        desk: Callable[[], Awaitable[None]] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._settings = settings
        self._database = database
        self._open_calls = open_calls
        self._words = RobotWords(settings, ami, clock=clock)
        self._after = (*after, self._words.forget)
        self._engine = engine
        self._desk = desk
        self._clock = clock
        self._hours = hours
        zone = ZoneInfo(settings.site.timezone)
        robot = settings.robot
        self.store = Store(database, settings, self._hours, after=self._after, clock=clock)
        self.tickets = RobotTickets(settings, database, self._hours, after=after, clock=clock)
        self.listener = Listener(
            Ears(settings.live_audio, ami, "robot"),
            ami,
            engine,
            partial(interpret, zone=zone),
            self._words.asks,
            at_once=robot.heard_lines,
            recordings=Paths.of(settings).recordings,
            clock=clock,
        )
        self.dialler = Dialler(
            self.store,
            ami,
            lambda wanted: RobotJournal(settings, database, wanted, clock=clock),
            self._words.prepare,
            ring_s=robot.ring_seconds,
            margin_s=float(robot.margin_seconds),
            zone=zone,
            lease_s=float(robot.lease_seconds),
            hearing=self.listener,
            pressed=self.is_pressed,
            clock=clock,
        )

    def observe(self, message: AmiMessage) -> None:
        """Take an event of the switch."""
        self.dialler.observe(message)
        self.listener.observe(message)

    def is_pressed(self) -> bool:
        """Tell whether citizens wait for a human so long that the robot is to yield."""
        longest_us = to_us(self._clock()) - round(PRESSED_S * 1_000_000)
        return any(
            (asked := t1(call)) is not None and asked <= longest_us and not answers(call)
            for call in self._open_calls()
        )

    async def run(self) -> None:
        """Run every part until cancelled; one that fails begins anew and harms no other."""
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            **({"callbacks": self._desk} if self._desk is not None else {}),
            "robot dials": self.dial,
            "robot listens": self.listen,
            "robot speaks ahead": self.speak_ahead,
            "robot tidies": self.tidy,
            "robot reads words": self.read_words,
            "robot follows tickets": self.tickets.run,
        }
        try:
            async with asyncio.TaskGroup() as group:
                for name, part in parts.items():
                    group.create_task(supervise(name, part), name=name)
        finally:
            self.listener.close()
            await self._words.stop()

    async def dial(self) -> None:
        """Dial what is due, for ever; without a trunk only what was begun before is brought to its end."""
        if not self._settings.robot.trunks and not await self.store.open_attempts():
            await RobotJournal.forget(self._settings, self._database)
            await asyncio.Event().wait()
        await self.dialler.run()

    async def listen(self) -> None:
        """Listen to attempts, for ever; raises ``OSError`` when no port can be had."""
        if not self._settings.robot.trunks:
            await asyncio.Event().wait()
        await self.listener.run()

    async def speak_ahead(self) -> None:
        """Have what callbacks say spoken before their turn comes, for ever."""
        if not self._settings.robot.trunks:
            await asyncio.Event().wait()
        most = 2 * sum(trunk.lines for trunk in self._settings.robot.trunks)
        while True:
            now = self._clock()
            if self._hours.may_dial(now):
                for callback in await upcoming(self._database, now, most):
                    if not self._words.is_spoken(callback.id):
                        await self._words.prepare(callback)
            await asyncio.sleep(AHEAD_S)

    async def read_words(self) -> None:
        """Recognise what has no words yet, for ever; without a model it waits in the store."""
        folder, node = Paths.of(self._settings).recordings, self._settings.site.node
        with background_pool(1, name="robot-words") as pool:
            while True:
                if (engine := self._engine()) is not None:
                    await read_words(self._database, node, folder, engine, pool, self._after, self._clock)
                await asyncio.sleep(WORDS_S)

    async def tidy(self) -> None:
        """Close what is over by its time, and remove files and dialogues that nobody uses, for ever."""
        files_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                swept = await sweep(self._database, self._clock(), self._after)
                while swept.more:
                    swept = await sweep(self._database, self._clock(), self._after)
                for attempt in await forsaken(self._database, self._clock()):
                    await self.store.finish(attempt, Ending(Outcome.UNKNOWN))
                if loop.time() >= files_at:
                    files_at = loop.time() + FILES_S
                    await self._words.sweep(open_ids(self._database))
            except (SQLAlchemyError, OSError, HotlineError) as error:
                log.warning("robot's things are not tidied", reason=str(error)[:300])
            await asyncio.sleep(SWEEP_S)


def robot_of(  # noqa: PLR0917  # called in one place, which wires
    settings: Settings,
    database: Database,
    ami: AmiPort,
    desk: RobotDesk,
    open_calls: Callable[[], list[CallRecord]],
    engine: Callable[[], Engine | None],
    *,
    clock: Clock = utc_now,
) -> Robot:
    """Return the robot of a whole service, with what people see of it and what follows from its results."""
    ended = desk.results.results.ended
    robot = Robot(
        *(settings, database, ami, desk.hours),
        engine=engine,
        open_calls=open_calls,
        after=(ended,),
        desk=desk.run,
        clock=clock,
    )
    desk.figures.lines = lambda: Counter(phase.value for phase in robot.dialler.attempts.values())
    desk.pressed = robot.is_pressed
    return robot
