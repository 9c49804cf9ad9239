"""One leg that is heard live: takes its frames in the event loop, is recognised in turns of the threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from ..telephony.audio_ports import RATE, LegOfCall
from .engine import Session
from .live_hearing import Guess, LegHearing, Said
from .live_sound import BYTES_A_SECOND, LegSound, Piece

PIECE_S = 0.16
MOST_HELD_S = 10.0
"""So much sound waits for its turn at most; the oldest goes first."""
SHORT_GAP_S = 0.4
"""A gap shorter than this, a few frames that the network lost, does not end a sentence."""
TURN_S = 0.64
"""So much is recognised in a turn, when so much waits."""


@dataclass(frozen=True)
class Turn:
    """What came of a turn: what was said, when the sound was spoken, and when the oldest of it came."""

    said: tuple[Said | Guess, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    fed_at: float | None = None
    given_s: float = 0.0
    quiet_s: float = 0.0
    is_last: bool = False


class Owner(Protocol):
    """Who keeps the legs; ``told`` and ``failed`` may be called in any thread, the others in the loop."""

    def session(self) -> Session:
        """Open a session of the engine; raises ``AsrError`` when there is none."""
        ...

    def wants_turn(self, leg: LiveLeg) -> None:
        """Give a leg a turn."""
        ...

    def begun(self, leg: LiveLeg, at_us: int) -> None:
        """Take note of a leg's first sound."""
        ...

    def told(self, leg: LiveLeg, generation: int, turn: Turn) -> None:
        """Take what a turn brought."""
        ...

    def failed(self, leg: LiveLeg, generation: int, error: BaseException) -> None:
        """Take note that a turn went wrong."""
        ...


@dataclass
class Rest:
    """Why a leg that is streamed is not heard, and from when on it may be heard again."""

    why: str
    until: float
    tries: int = field(default=0)


class LiveLeg:
    """A ``LegSink`` and one of the ``Turns``; what it hears is told to its owner.

    While it rests its sound is counted in ``lost_s`` and thrown away. Its ``generation`` grows with each
    beginning anew, so that what a thread still tells of the time before is known for what it is.
    """

    def __init__(self, leg: LegOfCall, owner: Owner, monotonic: Callable[[], float]) -> None:
        self.leg = leg
        self.rest: Rest | None = None
        self.generation = 0
        self.failures = 0
        """In succession; a turn that goes well ends them."""
        self.lost_s = 0.0
        self.is_ended = False
        self._owner = owner
        self._monotonic = monotonic
        self._sound = LegSound(piece_s=PIECE_S, most_s=MOST_HELD_S)
        self._lock = Lock()
        self._hearing: LegHearing | None = None
        self._turn_generation = 0
        self._finished = False
        self._begun = False
        self._missing_s = 0.0
        """How much was told as lost since the last frame."""

    @property
    def held_s(self) -> float:
        """How much sound waits."""
        return self._sound.held_s

    @property
    def dropped_s(self) -> float:
        """How much was dropped while it waited."""
        return self._sound.dropped_s

    def feed(self, pcm: bytes, at_us: int) -> None:
        """Take sound; see ``LegSink``."""
        if self.is_ended:
            return
        if self.rest is not None:
            self.lost_s += len(pcm) / BYTES_A_SECOND
            return
        if not self._begun:
            self._begun = True
            self._owner.begun(self, at_us)
        self._missing_s = 0.0
        if self._sound.feed(pcm, at_us, self._monotonic()):
            self._owner.wants_turn(self)

    def lost(self, seconds: float, at_us: int) -> None:
        """Take note of a gap; see ``LegSink``. What was being said ends here, unless it is a short one."""
        self.lost_s += max(seconds, 0.0)
        before, self._missing_s = self._missing_s, self._missing_s + seconds
        if before < SHORT_GAP_S <= self._missing_s and self._hears():
            self._sound.gap(self._monotonic())
            self._owner.wants_turn(self)

    def _hears(self) -> bool:
        return self.rest is None and not self.is_ended and self._begun

    def end(self) -> None:
        """Take note of the end; see ``LegSink``. What waits is still recognised."""
        self._sound.cut(self._monotonic())
        self.is_ended = True
        self._owner.wants_turn(self)

    def stop(self, rest: Rest) -> None:
        """Hear nothing more until ``resume``; what waits is lost. In the loop."""
        with self._lock:
            self.rest = rest
            self.generation += 1
            self._hearing = None
            self._begun = False
        self.lost_s += self._sound.clear()

    def resume(self) -> None:
        """Hear again from the next frame on. In the loop."""
        self.rest = None

    def turn(self) -> bool:
        """Recognise what is next; see ``Turns``."""
        with self._lock:
            generation, hearing = self.generation, self._hearing
            self._turn_generation = generation
            if self._finished or (self.rest is not None and not self.is_ended):
                return False
        items = self._sound.take(TURN_S)
        said: list[Said | Guess] = []
        given_s = quiet_s = 0.0
        if items and hearing is None:
            hearing = LegHearing(self._owner.session(), rate=RATE)
            with self._lock:
                if generation != self.generation:
                    return False
                self._hearing = hearing
        if hearing is not None:
            given_s, quiet_s = -hearing.given_s, -hearing.quiet_s
            for item in items:
                said += hearing.hear(item)
            given_s, quiet_s = given_s + hearing.given_s, quiet_s + hearing.quiet_s
        more = self._sound.has_more()
        is_last = self.is_ended and not more
        if is_last:
            self._finished = True
            if hearing is not None:
                said += hearing.finish()
        pieces = [item for item in items if isinstance(item, Piece)]
        if items or is_last:
            turn = Turn(
                tuple(said),
                tuple((one.at_us, one.at_us + round(one.seconds * 1_000_000)) for one in pieces),
                pieces[0].fed_at if pieces else None,
                given_s,
                quiet_s,
                is_last,
            )
            self._owner.told(self, generation, turn)
        return more

    def failed(self, error: BaseException) -> None:
        """Take note that a turn went wrong; see ``Turns``."""
        self._owner.failed(self, self._turn_generation, error)
