"""Listens to the robot's attempts, from the first ringing to the survey's end, and tells what it heard.

Best effort: at most so many at a time are recognised, and whatever fails here leaves the survey to its
keys. Nothing that the switch does waits for it (docs/adr/0142); what it promises it promises for some
seconds at a time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ...asr.ear import Ear
from ...asr.ears import Ears
from ...asr.engine import Engine, Partial, Spoken
from ...core.aio import TaskKeeper
from ...core.clock import Clock, to_us, utc_now
from ...core.errors import HotlineError
from ...telephony.ami import AmiPort
from ...telephony.ami_errors import AmiError
from ...telephony.ami_message import AmiMessage
from ...telephony.audio_heard import CHANNEL
from ...telephony.audio_ports import FRAME_BYTES, RATE, LegOfCall
from ...telephony.cel import BadRecordError, fact_of_event
from ...telephony.facts import ANSWERED, CREATED, ENDED, STEP, Fact, step_of
from ..dial.attempt import Overheard
from ..dial.dialling import Claimed
from ..dial.originate import is_attempt
from ..dial.survey_marks import ANSWER, ASK, END
from ..model import Answer, Given, Question
from . import early_sound
from .conversation import Asking, HangUp, Order, Say, Speaks, Talk, Understand, Words, with_words
from .early_sound import EarlySound

log = structlog.get_logger(__name__)

PROMISE_S, BEAT_S = 12, 4.0
"""The promise to listen holds so long, and is renewed so often."""
SPEAKS_AGAIN_S = 0.4
"""The least time between two signs that somebody speaks."""
ACT_S = 3.0
MOST_LINES = 100
"""Further ones are listened to for tones, and for what sounds before the answer, up to so many in all."""
_HUMAN = "HL_HUMAN"
_HEARD_BY = ("voice", "words")
"""Questions that are asked so may be answered by voice."""

Asks = Callable[[str, Question, int], Asking | None]
"""Returns what is asked in a version of the dialogue, None when that is not known here."""


@dataclass(eq=False)
class Line:
    """One attempt that is listened to."""

    attempt: str
    channel: str
    talk: Talk
    ear: Ear
    recognised: bool
    """Whether a recogniser hears it; else it is asked by keys."""
    early: EarlySound
    early_base: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    """The line's sound is looked at in a thread of the recogniser's."""
    begun_s: float | None = None
    """When its sound began, by the clock."""
    spoke_s: float = 0.0
    promised: bool = False


class Listener:
    """``dialling.Hearing``; ``run`` it supervised and let it ``observe`` every event of the switch."""

    def __init__(
        self,
        ears: Ears,
        ami: AmiPort,
        engine: Callable[[], Engine | None],
        understand: Understand,
        asks: Asks,
        *,
        at_once: int,
        recordings: Path | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._ears = ears
        self._ami = ami
        self._engine = engine
        self._understand = understand
        self._asks = asks
        self._at_once = at_once
        self._recordings = recordings
        self._clock = clock
        self._lines: dict[str, Line] = {}
        self._talks: dict[str, Talk] = {}
        """What was heard of attempts that are not over, also of those that are listened to no more."""
        self._early: dict[str, str] = {}
        """Where what sounded before the end of unanswered attempts is written, by those that are not over."""
        self._tasks = TaskKeeper()

    @property
    def listening(self) -> int:
        """How many attempts are listened to now."""
        return len(self._lines)

    def dialled(self, claimed: Claimed) -> None:
        """Do nothing: an attempt is listened to from the moment that its channel is there."""

    def overheard(self, attempt: str) -> Overheard | None:
        """Return what the line's sound showed so far."""
        talk = self._talks.get(attempt)
        return None if talk is None else talk.overheard

    def sounds(self, attempt: str) -> bool:
        """Tell whether sound has come from the line, be it before the answer."""
        line = self._lines.get(attempt)
        return line is not None and line.ear.taken_bytes > 0

    def early(self, attempt: str) -> str:
        """Return the recording of what sounded on a line that nobody answered, empty when nothing did."""
        line = self._lines.get(attempt)
        if line is not None and line.early.is_worth_keeping:
            return line.early_base
        return self._early.get(attempt, "")

    def with_words(self, attempt: str, answers: Sequence[Answer], begun_us: int) -> Sequence[Answer]:
        """Return answers with the words of those that were spoken; ``begun_us``: of the recording."""
        talk = self._talks.get(attempt)
        return answers if talk is None else with_words(answers, talk.heard, begun_us / 1_000_000)

    def over(self, attempt: str) -> None:
        """Forget an attempt."""
        self._close(attempt)
        self._talks.pop(attempt, None)
        self._early.pop(attempt, None)

    def observe(self, message: AmiMessage) -> None:
        """Follow the attempts' channels by the switch's live events."""
        if message.name != "CEL" or not is_attempt(message.get("UniqueID")):
            return
        try:
            fact = fact_of_event(message)
        except BadRecordError:
            return  # counted by the tracker, which reads it too
        if fact is None:
            return
        if fact.slot == ENDED:
            self._close(fact.leg)
        elif fact.slot == CREATED:
            self._open(fact.leg, message.get("Channel"))
        elif fact.slot == ANSWERED:
            self._answered(fact.leg)
        elif fact.slot.startswith(STEP):
            self._step(fact, message.get("Channel"))

    async def run(self) -> None:
        """Take sound in and keep the promises; raises ``OSError`` when no port can be had."""
        async with self._ears.serving():
            try:
                while True:
                    for line in tuple(self._lines.values()):
                        if line.promised:
                            await self._promise(line)
                    await asyncio.sleep(BEAT_S)
            finally:
                for attempt in tuple(self._lines):
                    self._close(attempt, keep=False)
                await self._tasks.stop()

    def close(self) -> None:
        """Let the threads end."""
        self._ears.close()

    def _step(self, fact: Fact, channel: str) -> None:
        _, name = step_of(fact.slot)
        if name in (END, _HUMAN):
            self._close(fact.leg)
        elif name == ANSWER and fact.get("given") == Given.KEY:
            self._on(fact.leg, lambda talk: talk.key())
        elif name == ASK:
            self._recognise(fact.leg, channel)
            self._asked(fact)

    def _answered(self, attempt: str) -> None:
        if (line := self._lines.get(attempt)) is not None:
            with line.lock:
                line.talk.answer()
                line.early.answered()

    def _recognise(self, attempt: str, channel: str) -> None:
        """Have an attempt recognised that was not: of a process before this one, or one too many before."""
        line = self._lines.get(attempt)
        if line is not None and (line.recognised or not self._has_room()):
            return
        self._close(attempt)
        self._open(attempt, channel, answered=True)

    def _has_room(self) -> bool:
        return sum(line.recognised for line in self._lines.values()) < self._at_once

    def _asked(self, fact: Fact) -> None:
        line = self._lines.get(fact.leg)
        if line is None:
            return
        turn = fact.get("turn")
        asking = None
        if fact.get("by") in _HEARD_BY and turn.isdigit() and fact.get("question") in set(Question):
            asking = self._asks(fact.get("version"), Question(fact.get("question")), int(turn))
        with line.lock:
            orders = line.talk.asked(asking, self._now_s())
        self._order(line, orders)

    def _open(self, attempt: str, channel: str, *, answered: bool = False) -> None:
        if attempt in self._lines or not CHANNEL.fullmatch(channel):
            return
        if len(self._lines) >= MOST_LINES or self._ears.is_stuck or not self._ami.connected:
            return
        talk = self._talks.setdefault(attempt, Talk(self._understand))
        early = EarlySound()
        if answered:
            talk.answer()
            early.answered()
        loop = asyncio.get_running_loop()
        ear = Ear(attempt, taste=lambda pcm: self._taste(loop, attempt, pcm))
        base = f"{self._clock():%Y/%m/%d}/{attempt}"
        line = Line(attempt, channel, talk, ear, self._has_room(), early, base)
        self._lines[attempt] = line
        self._tasks.start(self._listen(line), name="robot ear")

    async def _listen(self, line: Line) -> None:
        """Attach an ear and recognise until it is closed; whatever fails, the survey goes on by keys."""
        leg = LegOfCall(line.attempt, line.attempt, line.channel, "citizen", "")
        try:
            engine = self._engine() if line.recognised else None
            line.promised = engine is not None and await self._promise(line)
            await self._ears.hear(
                leg,
                line.ear,
                engine,
                lambda spoken: self._said(line, spoken),
                lambda guess: self._guessed(line, guess),
            )
        except* (HotlineError, OSError) as errors:
            if not all(isinstance(one, AmiError) and not one.retryable for one in errors.exceptions):
                self._ears.failed(errors.exceptions[0])  # else the channel has just ended
        finally:
            if self._lines.get(line.attempt) is line:
                self._close(line.attempt)

    async def _promise(self, line: Line) -> bool:
        if self._ears.is_stuck:
            return False
        until = to_us(self._clock()) // 1_000_000 + PROMISE_S
        return await self._ears.set(line.channel, "HL_HEARS", str(until))

    def _taste(self, loop: asyncio.AbstractEventLoop, attempt: str, pcm: bytes) -> None:
        """Look at a piece of sound, in a thread of the recogniser's."""
        line = self._lines.get(attempt)
        if line is None:
            return
        orders: list[Order] = []
        with line.lock:
            line.early.take(pcm)
            for begin in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
                orders += line.talk.frame(pcm[begin : begin + FRAME_BYTES])
        if orders:
            loop.call_soon_threadsafe(self._order, line, orders)

    def _said(self, line: Line, spoken: Spoken) -> None:
        taken_s = line.ear.taken_bytes / (2 * RATE)
        begun = self._now_s() - taken_s
        line.begun_s = begun if line.begun_s is None else min(line.begun_s, begun)
        words = Words(
            spoken.text, _confidence(spoken), line.begun_s + spoken.start_s, line.begun_s + spoken.end_s
        )
        with line.lock:
            orders = line.talk.words(words, self._clock())
        self._order(line, orders)

    def _guessed(self, line: Line, guess: Partial) -> None:
        with line.lock:
            orders = line.talk.guess(guess.text)
        self._order(line, orders)

    def _order(self, line: Line, orders: Sequence[Order]) -> None:
        for order in orders:
            if isinstance(order, Speaks):
                now = time.monotonic()
                if now - line.spoke_s < SPEAKS_AGAIN_S:
                    continue
                line.spoke_s = now
            self._tasks.start(self._carry_out(line, order), name="robot ear tells")

    async def _carry_out(self, line: Line, order: Order) -> None:
        match order:
            case Say(value):
                if await self._ears.set(line.channel, "HL_SAID", value):
                    await self._act("ControlPlayback", {"Channel": line.channel, "Control": "stop"})
            case Speaks(for_ms, stop):
                until = str(to_us(self._clock()) // 1000 + for_ms)
                if await self._ears.set(line.channel, "HL_SPEAKS", until) and stop:
                    await self._act("ControlPlayback", {"Channel": line.channel, "Control": "stop"})
            case HangUp():
                await self._act("Hangup", {"Channel": line.channel, "Cause": "16"})

    async def _act(self, name: str, fields: Mapping[str, str]) -> None:
        try:
            await self._ami.action(name, fields, limit_s=ACT_S)
        except AmiError as error:
            if error.retryable:
                self._ears.failed(error)  # else the channel has just ended, or plays nothing now

    def _on(self, attempt: str, tell: Callable[[Talk], None]) -> None:
        if (line := self._lines.get(attempt)) is not None:
            with line.lock:
                tell(line.talk)

    def _close(self, attempt: str, *, keep: bool = True) -> None:
        line = self._lines.pop(attempt, None)
        if line is None:
            return
        line.ear.close()
        if keep and self._recordings is not None and line.early.is_worth_keeping:
            self._early[attempt] = line.early_base
            self._tasks.start(self._keep(self._recordings, line), name="robot keeps early sound")

    async def _keep(self, folder: Path, line: Line) -> None:
        """Write what sounded before the end of a line that nobody answered."""
        try:
            await asyncio.to_thread(early_sound.write, folder, line.early_base, line.early)
        except OSError as error:
            log.warning("early sound is not kept", attempt=line.attempt, reason=str(error)[:200])

    def _now_s(self) -> float:
        return to_us(self._clock()) / 1_000_000


def _confidence(spoken: Spoken) -> float:
    """Return how sure the recogniser was of an utterance: the mean of its words, each as long as it is."""
    chars = sum(len(word.text) for word in spoken.words)
    return sum(len(word.text) * word.confidence for word in spoken.words) / chars if chars else 0.0
