"""A switch, its journal and a store for the robot's dialler, in virtual time: all of it can fail."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import OperationalError

from hotline.callback_bot.dial.attempt import Ending
from hotline.callback_bot.dial.dialler import Dialler
from hotline.callback_bot.dial.dialling import Claimed
from hotline.callback_bot.dial.originate import attempt_id
from hotline.callback_bot.model import Answer, Attempt, AttemptState, Callback, Outcome
from hotline.core.clock import from_us
from hotline.telephony.ami_errors import (
    AmiConnectionLostError,
    AmiNotConnectedError,
    AmiRefusedError,
    AmiTimeoutError,
)
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.facts import ANSWERED, CREATED, ENDED, HANGUP, Fact, Source, params_of, step_slot

T0_US = 1_790_000_000_000_000
AWAY = OperationalError("the store is away", None, Exception())


def now() -> datetime:
    return from_us(T0_US + round(asyncio.get_running_loop().time() * 1_000_000))


@dataclass(frozen=True)
class Fate:
    """What becomes of an order to dial; ``answer`` is what its sender is told."""

    taken: bool = True
    answer: str = "success"
    begins_s: float = 0.05
    rings_s: float = 2.0
    talks_s: float = 4.0
    cause: int = 16
    level: str = "satisfied"
    """Answered in the survey; empty: hangs up without."""
    end_is_live: bool = True


@dataclass
class World:
    """``fates`` are of the orders in their order, the last one again and again."""

    fates: Sequence[Fate] = (Fate(),)
    lines: int = 3
    callbacks: int = 6
    store_fails: frozenset[int] = frozenset()
    """The writes that fail, by their number; every other one of them after it was committed."""
    connected: bool = True
    orders: list[str] = field(default_factory=list)
    had: Counter[str] = field(default_factory=Counter)
    """How often the switch had a channel of an id."""
    truth: dict[str, Outcome] = field(default_factory=dict)
    most_at_once: int = 0
    channels: dict[str, str] = field(default_factory=dict)
    written: list[Fact] = field(default_factory=list)
    position: int = 0
    attempts: dict[str, Attempt] = field(default_factory=dict)
    endings: dict[str, Ending] = field(default_factory=dict)
    answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    dialler: Dialler | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _writes: int = 0

    def __post_init__(self) -> None:
        self.waiting = list(range(self.callbacks))

    # the switch

    async def action(
        self, name: str, fields: Mapping[str, Any] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        if not self.connected:
            raise AmiNotConnectedError("away")
        if name == "CoreShowChannels":
            await asyncio.sleep(0.001)
            return [
                _message(name[:-1], Uniqueid=one, Channel=channel, ChannelStateDesc="Up")
                for one, channel in self.channels.items()
            ]
        assert name == "Originate"
        assert fields is not None
        fate = self.fates[min(len(self.orders), len(self.fates) - 1)]
        self.orders.append(fields["ChannelId"])
        if fate.taken:
            self._start(self._call(fields["ChannelId"], fate))
        await asyncio.sleep(0.002)
        if fate.answer == "lost":
            raise AmiConnectionLostError("cut")
        if fate.answer == "silent":
            await asyncio.sleep(limit_s)
            raise AmiTimeoutError("silence")
        if fate.answer == "refused":
            raise AmiRefusedError(name, "no")
        return []

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _call(self, uniqueid: str, fate: Fate) -> None:
        await asyncio.sleep(fate.begins_s)
        self.had[uniqueid] += 1
        channel = f"PJSIP/trunk-city-{len(self.orders):08x}"
        self.channels[uniqueid] = channel
        self.most_at_once = max(self.most_at_once, len(self.channels))
        self._write(uniqueid, CREATED, channel=channel)
        self._tell("CHAN_START", uniqueid, channel)
        await asyncio.sleep(fate.rings_s)
        if fate.cause == 16:
            self._write(uniqueid, ANSWERED)
            self._tell("ANSWER", uniqueid, channel)
            await asyncio.sleep(fate.talks_s)
            if fate.level:
                answer = {"question": "satisfied", "value": fate.level, "given": "key"}
                self._write(uniqueid, step_slot(1, "HL_ROBOT_ANSWER"), **answer)
        self.truth[uniqueid] = _truth(fate)
        self._write(uniqueid, HANGUP, cause=str(fate.cause))
        del self.channels[uniqueid]
        self._write(uniqueid, ENDED)
        if fate.end_is_live:
            self._tell("CHAN_END", uniqueid, channel)

    def restart_switch(self) -> None:
        """Every call is gone, and their ends are nowhere written."""
        for task in list(self.tasks):
            task.cancel()
        for uniqueid in self.channels:
            self.truth[uniqueid] = Outcome.UNKNOWN
        self.channels.clear()

    def _write(self, uniqueid: str, slot: str, **values: str) -> None:
        at_us = T0_US + round(asyncio.get_running_loop().time() * 1_000_000)
        self.written.append(Fact(uniqueid, uniqueid, slot, at_us, Source.JOURNAL, params_of(values)))

    def _tell(self, event: str, uniqueid: str, channel: str) -> None:
        if self.dialler is not None and self.connected:
            self.dialler.observe(_message("CEL", EventName=event, UniqueID=uniqueid, Channel=channel))

    # the store

    async def claim(
        self, in_use: Mapping[str, int], most: Mapping[str, int], *, pressed: bool, ended: Collection[str]
    ) -> Sequence[Claimed]:
        free = min(self.lines, most.get("city", self.lines)) - in_use.get("city", 0)
        if free <= 0 or not self.waiting:
            return []
        lost = await self._committing()
        if lost is False:
            raise AWAY
        taken, self.waiting = self.waiting[:free], self.waiting[free:]
        claimed = [self._claimed(number) for number in taken]
        await asyncio.sleep(0.001)  # committed: whoever is ended here does not know what it has
        if lost:
            raise AWAY
        return claimed

    def _claimed(self, number: int) -> Claimed:
        name = attempt_id("node1", f"{len(self.attempts):026d}")
        made = Attempt(
            name, str(number), "city", f"1390000{number:04}", AttemptState.DIALLING, "node1", now()
        )
        self.attempts[name] = made
        callback = Callback(str(number), "t", made.number, "", "", "", "", None)
        return Claimed(made, callback, "12345")

    async def open_attempts(self) -> Sequence[Attempt]:
        await asyncio.sleep(0.001)
        return [one for one in self.attempts.values() if one.id not in self.endings]

    async def answered(self, attempt: str, at: datetime) -> None:
        await self._write_or_fail(lambda: self._talking(attempt))

    def _talking(self, attempt: str) -> None:
        self.attempts[attempt] = replace(self.attempts[attempt], state=AttemptState.TALKING)

    async def finish(
        self,
        attempt: str,
        ending: Ending,
        *,
        answers: Sequence[Answer] = (),
        recording: str = "",
        asked_for: datetime | None = None,
    ) -> bool:
        known = attempt in self.endings
        await self._write_or_fail(lambda: self._end(attempt, ending, tuple(answers)))
        return not known

    def _end(self, attempt: str, ending: Ending, answers: tuple[Answer, ...]) -> None:
        if attempt in self.endings:
            return
        self.endings[attempt], self.answers[attempt] = ending, answers
        if ending.outcome in (Outcome.NEVER_BEGUN, Outcome.LINE_FAILED):
            self.waiting.append(int(self.attempts[attempt].callback))

    async def extend(self) -> None:
        return

    async def _write_or_fail(self, change: Callable[[], None]) -> None:
        lost = await self._committing()
        if lost is not False:
            change()
        if lost is not None:
            raise AWAY

    async def _committing(self) -> bool | None:
        """None: it goes well; False: it fails; True: it is committed, and its sender is not told."""
        await asyncio.sleep(0.003)
        self._writes += 1
        return self._writes % 2 == 0 if self._writes in self.store_fails else None

    # the journal, as RobotJournal reads it

    def journal(self, wanted: Callable[[str], bool]) -> WorldJournal:
        return WorldJournal(self, wanted)

    async def prepare(self, callback: Callback) -> Mapping[str, str]:
        await asyncio.sleep(0.01)
        return {"HL_ROBOT_CALLBACK": callback.id}

    def new_dialler(self) -> Dialler:
        zone = ZoneInfo("Asia/Shanghai")
        self.dialler = Dialler(
            self, self, self.journal, self.prepare, ring_s=40, margin_s=60, zone=zone, clock=now
        )
        return self.dialler

    @property
    def is_over(self) -> bool:
        """Whether every callback has an attempt that was begun and is over, and none is under way."""
        return not self.waiting and len(self.endings) == len(self.attempts)


class WorldJournal:
    """Reads what the world's switch wrote, from a position that never passes an attempt that is not over."""

    def __init__(self, world: World, wanted: Callable[[str], bool]) -> None:
        self._world = world
        self._wanted = wanted
        self._at = 0
        self._begun: dict[str, int] = {}

    async def load(self) -> None:
        self._at = self._world.position

    async def read(self) -> Sequence[Fact]:
        await asyncio.sleep(0.001)
        facts, begin = self._world.written[self._at :], self._at
        self._at = len(self._world.written)
        found = [fact for fact in facts if self._wanted(fact.leg)]
        for fact in found:
            self._begun.setdefault(fact.leg, begin)
        return found

    def over(self, attempt: str) -> None:
        self._begun.pop(attempt, None)

    async def save(self) -> None:
        await asyncio.sleep(0.001)
        self._world.position = min(self._begun.values(), default=self._at)


def _truth(fate: Fate) -> Outcome:
    if fate.cause == 16:
        return Outcome.COMPLETED if fate.level else Outcome.HUNG_UP
    return {17: Outcome.BUSY, 34: Outcome.LINE_FAILED}[fate.cause]


def _message(name: str, **fields: str) -> AmiMessage:
    lines = [f"Event: {name}", *(f"{key}: {value}" for key, value in fields.items())]
    return AmiMessage("\r\n".join(lines).encode())


def fates(chance: random.Random, count: int) -> list[Fate]:
    """Draw what becomes of orders to dial."""
    return [
        Fate(
            taken=(taken := chance.random() < 0.8),
            answer=chance.choice(["success", "lost", "silent"] if taken else ["lost", "silent", "refused"]),
            begins_s=chance.choice([0.02, 0.5, 4.0, 11.0]),
            rings_s=chance.uniform(0.1, 8.0),
            talks_s=chance.uniform(0.1, 30.0),
            cause=chance.choice([16, 16, 16, 17, 34]),
            level=chance.choice(["satisfied", "dissatisfied", ""]),
            end_is_live=chance.random() < 0.7,
        )
        for _ in range(count)
    ]
