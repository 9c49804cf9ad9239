"""Live speech for tests: an engine whose sound is its text, and a clock that a test moves."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Iterable
from threading import Event

from hotline.asr.engine import Heard, Partial, Session, Spoken
from hotline.asr.transcripts import Word
from hotline.core.events import DomainEvent
from hotline.telephony.audio_ports import FRAME_BYTES, FRAME_US, LegOfCall, LegSink, Speaker

BEGIN_US = 1_700_000_000_000_000
QUIET = bytes(FRAME_BYTES)


def frame(letter: str) -> bytes:
    """20 ms of loud sound in which ``FakeEngine`` hears a letter; one without letters is ``QUIET``."""
    return struct.pack("<160h", *(2000 + ord(letter) if n % 2 else -2000 - ord(letter) for n in range(160)))


def letters(pcm: bytes) -> str:
    """Return the letters of sound, one for each loud frame."""
    found = ""
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        (first,) = struct.unpack_from("<h", pcm, at)
        if first:
            found += chr(-2000 - first)
    return found


class FakeSession:
    """Hears the letters; an utterance ends at 0.5 s of silence, a skip or the end."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self._clock_s = 0.0
        self._text: list[tuple[str, float]] = []
        self._quiet_s = 0.0

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        self._engine.at_work(pcm)
        heard: list[Heard] = []
        for at in range(0, len(pcm), FRAME_BYTES):
            found = letters(pcm[at : at + FRAME_BYTES])
            if found:
                self._text.append((found, self._clock_s))
                self._quiet_s = 0.0
            else:
                self._quiet_s += 0.02
            self._clock_s += 0.02
            if self._text and self._quiet_s >= 0.5:
                heard += self._end()
        if self._text:
            heard.append(Partial("".join(letter for letter, _ in self._text)))
        return tuple(heard)

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        heard = self._end()
        self._clock_s += seconds
        return tuple(heard)

    def finish(self) -> tuple[Heard, ...]:
        return tuple(self._end())

    def _end(self) -> list[Heard]:
        if not self._text:
            return []
        words = tuple(Word(letter, at, at + 0.02, 1.0) for letter, at in self._text)
        self._text = []
        text = "".join(word.text for word in words)
        return [Spoken(words[0].start_s, words[-1].end_s, text, words)]


class FakeEngine:
    """Keeps each piece for as long as a test wants (``gate``), fails when told to."""

    name, language, sample_rate = "fake", "zh-CN", 8000

    def __init__(self) -> None:
        self.gate = Event()
        self.gate.set()
        self.errors: deque[BaseException] = deque()
        """Raised one by one by the next pieces."""
        self.opened = 0
        self.heard: list[str] = []
        """What the pieces held, in the order in which they were recognised."""

    def open(self, *, rate: int | None = None, partials: bool = False) -> Session:
        assert (rate, partials) == (8000, True)
        self.opened += 1
        return FakeSession(self)

    def recognise(self, pcm_frames: Iterable[bytes]) -> list[Spoken]:
        session = FakeSession(self)
        heard = [one for pcm in pcm_frames for one in session.accept(pcm)]
        return [one for one in (*heard, *session.finish()) if isinstance(one, Spoken)]

    def at_work(self, pcm: bytes) -> None:
        self.gate.wait(30)
        if self.errors:
            raise self.errors.popleft()
        self.heard.append(letters(pcm))


def leg_of(call: str, speaker: Speaker = "citizen", leg: str = "") -> LegOfCall:
    """Return a leg of a call."""
    name = leg or f"{call}.{speaker}"
    return LegOfCall(call, name, f"PJSIP/{name}", speaker, "1001" if speaker == "agent" else "")


class Speaking:
    """Feeds a leg's sink frame by frame on the leg's own clock."""

    def __init__(self, sink: LegSink, begin_us: int = BEGIN_US) -> None:
        self.sink = sink
        self.at_us = begin_us

    def say(self, text: str) -> None:
        """Say letters, 20 ms each; a blank is 20 ms of silence."""
        for letter in text:
            self.sink.feed(QUIET if letter == " " else frame(letter), self.at_us)
            self.at_us += FRAME_US

    def quiet(self, seconds: float) -> None:
        """Say nothing for a while."""
        self.say(" " * round(seconds * 50))

    def hold(self, seconds: float) -> None:
        """Let sound be missing."""
        self.sink.lost(seconds, self.at_us)
        self.at_us += round(seconds * 1_000_000)


async def until(true: Callable[[], object], limit_s: float = 20.0) -> None:
    """Wait for what threads do."""
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110  # it is true by what a thread does
            await asyncio.sleep(0.002)


class Told:
    """The events of a ``LiveSpeech``, by kind."""

    def __init__(self) -> None:
        self.events: list[DomainEvent] = []

    def texts(self, kind: type[DomainEvent], call: str = "") -> list[str]:
        """Return the texts of a kind of events, of one call or of all."""
        return [
            getattr(event, "text", "") or f"{getattr(event, 'state', '')} {getattr(event, 'why', '')}".strip()
            for event in self.events
            if isinstance(event, kind) and (not call or getattr(event, "call", "") == call)
        ]
