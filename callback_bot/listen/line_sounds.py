"""Tells from sound and words whether a person, a machine or the network is on the line (R-CB-7). Pure.

A call that no person answered is never surveyed, and a person is never hung up on for being slow, for a long
greeting, or for speaking as machines do: length and pauses decide nothing. A verdict against a person needs
what no person says (two of the network's formulas, a machine's own words, two topics of machines), or tones.
Without words (no recogniser) only tones decide, and everybody else is taken for a person.

Use: one ``LineEar`` for each attempt; ``frame`` for each 20 ms from the first early media on, ``answer`` when
the line is answered, ``words`` for each finished utterance (``guess`` before it is), ``key`` for each key.
Each returns a verdict when one is sure, once; a machine may still be told after a person (an assistant that
says 喂 first).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..model import Outcome
from .line_cadence import Signal, signal
from .line_tones import FRAME_MS, LineSound
from .line_words import Found, find


class LineKind(StrEnum):
    """Who or what is on the line."""

    UNKNOWN = "unknown"
    PERSON = "person"
    ANNOUNCEMENT = "announcement"
    MACHINE = "machine"
    FAX = "fax"
    TONE = "tone"
    """A busy or congestion tone: nobody is there any more."""
    RINGING = "ringing"
    """Ringback tone, or music in its place (彩铃)."""


@dataclass(frozen=True)
class Verdict:
    """What is on the line, how sure (0 to 1), and by what: a word for the log, never what was said.

    ``outcome`` is how the attempt therefore ends; None for a person and while it rings.
    """

    kind: LineKind
    outcome: Outcome | None
    confidence: float
    why: str
    at_ms: int


SURE = 0.85
GREETING_MS = 45_000
"""What is said so long after the answer tells nothing more of who is there: it answers our questions."""
TWICE = 30
"""Syllables: a network that is not understood is heard to its repetition before it is told as one."""
_LOOK_EVERY_MS = 100
_MOST_CHARS, _GUESS_CHARS, _LEAST_CHARS = 240, 60, 4
_TONES = {
    Signal.BUSY: (LineKind.TONE, Outcome.BUSY),
    Signal.CONGESTION: (LineKind.TONE, Outcome.LINE_FAILED),
    Signal.FAX: (LineKind.FAX, Outcome.FAX),
}


class LineEar:
    """Listens to one line from its first sound; see the module."""

    def __init__(self) -> None:
        self._sound = LineSound()
        self._answered_ms: int | None = None
        self._early, self._late = "", ""
        self._found = Found()
        self._told: Verdict | None = None
        self._beeped = False
        self._keyed = False

    @property
    def verdict(self) -> Verdict | None:
        """The last sure verdict."""
        return self._told

    def answer(self) -> None:
        """Take note that the line was answered: only from now on can a person be there."""
        if self._answered_ms is None:
            self._answered_ms = self._sound.now_ms
            self._found = Found()

    def frame(self, pcm: bytes) -> Verdict | None:
        """Take 20 ms of what comes from the line; returns a verdict that is new and sure."""
        self._sound.feed(pcm)
        return self._news(self._by_sound()) if self._sound.now_ms % _LOOK_EVERY_MS < FRAME_MS else None

    def words(self, text: str) -> Verdict | None:
        """Take an utterance that was recognised, in order; returns a verdict that is new and sure."""
        if self._answered_ms is None:
            self._early = (self._early + text)[-_MOST_CHARS:]
            self._found = find(self._early)
        elif not self._is_told:
            self._late = (self._late + text)[-_MOST_CHARS:]
            self._found = find(self._late)
        else:
            return None
        return self._news(self._by_words())

    def guess(self, text: str) -> Verdict | None:
        """Take the guess of an utterance that goes on: the line may end with it, or a survey be under way.

        It shows nothing but what is certain whatever follows.
        """
        if self._is_told or len(text) < _LEAST_CHARS:
            return None
        before = self._early if self._answered_ms is None else self._late
        found = find((before + text)[-_GUESS_CHARS:])
        if found.machine_sure or found.outcome is not None:
            self._found = found
            return self._news(self._certain(found))
        return None

    def key(self) -> Verdict | None:
        """Take note of a key: machines press none."""
        self._keyed = True
        return self._news(self._verdict(LineKind.PERSON, None, 0.99, "key"))

    def conclusion(self) -> Verdict:
        """Return the best that can be said, sure or not, when the call is over."""
        if self._told is not None:
            return self._told
        found, sound = self._found, signal(self._sound)
        if self._answered_ms is None:
            if found.outcome is not None or found.carriers:
                outcome = found.outcome or Outcome.ANNOUNCEMENT
                return self._verdict(LineKind.ANNOUNCEMENT, outcome, 0.6, "words")
            if sound is Signal.INFORMATION:
                return self._verdict(LineKind.ANNOUNCEMENT, Outcome.ANNOUNCEMENT, 0.7, sound)
            if sound is Signal.RINGBACK or self._sound.is_music:
                return self._verdict(LineKind.RINGING, None, 0.7, sound.value if sound else "music")
        elif found.length:
            return self._verdict(LineKind.PERSON, None, 0.7, "words")
        return self._verdict(LineKind.UNKNOWN, None, 0.0, "nothing")

    @property
    def _is_told(self) -> bool:
        """Whether words show nothing more."""
        return self._answered_ms is not None and self._sound.now_ms - self._answered_ms > GREETING_MS

    def _by_sound(self) -> Verdict | None:
        found = signal(self._sound)
        if found is not None and found in _TONES:
            kind, outcome = _TONES[found]
            if kind is LineKind.TONE and self._told is not None and self._told.kind is LineKind.PERSON:
                outcome = Outcome.HUNG_UP
            return self._verdict(kind, outcome, 0.95, found)
        if found is Signal.BEEP and self._answered_ms is not None:
            self._beeped = True
            return self._by_words()
        return None

    def _by_words(self) -> Verdict | None:
        """Return what the words show: the network at any time, a machine or a person after the answer."""
        found = self._found
        return self._certain(found) or (self._who_answered(found) if self._answered_ms is not None else None)

    def _certain(self, found: Found) -> Verdict | None:
        is_answered = self._answered_ms is not None
        if is_answered and found.machine_sure:
            return self._verdict(LineKind.MACHINE, Outcome.MACHINE, found.machine_sure, "words")
        # 正在通话中 alone may go on with 请不要挂机: whoever is called may yet answer.
        is_whole = found.carriers > 1 or found.outcome not in (None, Outcome.BUSY)
        if found.outcome is None and not is_answered:
            is_whole = found.carriers > 1 and found.length >= TWICE
        if not (found.carriers and is_whole) or found.hold:
            return None
        outcome = found.outcome or Outcome.ANNOUNCEMENT
        return self._verdict(LineKind.ANNOUNCEMENT, outcome, 0.9 if found.outcome else SURE, "words")

    def _who_answered(self, found: Found) -> Verdict | None:
        needed = 2 + found.person - self._beeped
        if found.machine_hints >= needed:
            return self._verdict(
                LineKind.MACHINE, Outcome.MACHINE, 0.87, "beep" if self._beeped else "topics"
            )
        if found.person and not found.machine_hints and not found.carriers:
            return self._verdict(LineKind.PERSON, None, 0.9, "words")
        return None

    def _verdict(self, kind: LineKind, outcome: Outcome | None, confidence: float, why: str) -> Verdict:
        return Verdict(kind, outcome, round(confidence, 2), why, self._sound.now_ms)

    def _news(self, found: Verdict | None) -> Verdict | None:
        """Keep and return a verdict that is sure and new; what is no person stays so; a key proves one."""
        if found is None or found.confidence < SURE:
            return None
        last = self._told
        if last is not None and (last.kind is not LineKind.PERSON or found.kind is LineKind.PERSON):
            return None
        if self._keyed and found.kind in (LineKind.MACHINE, LineKind.ANNOUNCEMENT):
            return None
        self._told = found
        return found
