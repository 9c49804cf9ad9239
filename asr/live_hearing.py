"""One leg's pieces through a session of the engine: gated, on the switch's clock. Blocking, for a thread."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from .engine import Heard, Session, Spoken
from .live_gate import LiveGate
from .live_sound import Item, Piece
from .transcripts import Word

CLOSE_AFTER_S = 0.6
"""After so much silence the utterance is over and nothing more is given to the engine."""
_BEFORE_S = 0.3
"""So much of the silence before a sound is given too: soft consonants are in it."""
_GAP_US = 400_000
"""A jump of the clock this long is sound that is missing; a smaller one is the clock's."""
_ANCHOR_US = 5_000
_ANCHORS = 400
_NEAR_S = 0.05
"""An engine's times are no more exact than this: a word belongs to the sound after a jump of the clock."""


@dataclass(frozen=True)
class Said:
    """What was said between two silences, in microseconds since 1970; the words count from ``start_us``."""

    start_us: int
    end_us: int
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Guess:
    """The best guess of what is being said; empty when nothing is."""

    text: str


class LegHearing:
    """Hears one leg; one thread at a time. ``rate`` is the sound's, 8 kHz on the telephone.

    ``given_s`` counts the sound that the engine had to hear, ``quiet_s`` the silence that it was spared.
    """

    def __init__(self, session: Session, *, rate: int = 8000, gated: bool = True) -> None:
        self._session = session
        self._rate = rate
        self._gate = LiveGate(rate) if gated else None
        self._is_open = not gated
        self._quiet_s = 0.0
        self._before: deque[bytes] = deque()
        self._session_s = 0.0
        """The session's clock: sound given and skipped."""
        self._waiting_s = 0.0
        """Silence, the kept bit of it too, that the session was not told of yet."""
        self._next_us: int | None = None
        self._anchors: list[tuple[float, int]] = []
        """Where the session's clock meets the switch's, in order."""
        self.given_s = 0.0
        self.quiet_s = 0.0

    def hear(self, item: Item) -> list[Said | Guess]:
        """Take the next piece or gap; return what became known."""
        if not isinstance(item, Piece):
            return self._end_utterance()
        said: list[Said | Guess] = []
        if self._next_us is None:
            self._anchor(item.at_us)
        elif abs(jump_us := item.at_us - self._next_us) > _GAP_US:
            said += self._end_utterance()
            self._forget_before()
            self._waiting_s += max(jump_us, 0) / 1_000_000
            self._anchor(item.at_us)
        elif abs(jump_us) > _ANCHOR_US:
            self._anchor(item.at_us)
        self._next_us = item.at_us + round(item.seconds * 1_000_000)
        return said + self._gated(item)

    def finish(self) -> list[Said | Guess]:
        """End the utterance and return the rest."""
        return self._timed(self._session.finish())

    def _gated(self, piece: Piece) -> list[Said | Guess]:
        if self._gate is None:
            return self._give(piece.pcm)
        quiet_s = self._gate.quiet_s(np.frombuffer(piece.pcm, dtype="<i2"))
        self._quiet_s = self._quiet_s + piece.seconds if quiet_s is None else quiet_s
        if self._is_open:
            said = self._give(piece.pcm)
            if self._quiet_s >= CLOSE_AFTER_S:
                said += self._end_utterance()
                self._is_open = False
            return said
        if quiet_s is None:
            self._keep(piece)
            return []
        self._is_open = True
        before = b"".join(self._before)
        self._before.clear()
        return self._give(before + piece.pcm)

    def _keep(self, piece: Piece) -> None:
        """Remember the last of the silence, and let the session know later of what lies before it."""
        self._before.append(piece.pcm)
        held = sum(map(len, self._before))
        while (held - len(self._before[0])) / 2 / self._rate >= _BEFORE_S:
            held -= len(self._before[0])
            self._pass_over(self._before.popleft())

    def _forget_before(self) -> None:
        while self._before:
            self._pass_over(self._before.popleft())

    def _pass_over(self, pcm: bytes) -> None:
        seconds = len(pcm) / 2 / self._rate
        self._waiting_s += seconds
        self.quiet_s += seconds

    def _give(self, pcm: bytes) -> list[Said | Guess]:
        said: list[Said | Guess] = []
        if self._waiting_s:
            said += self._timed(self._session.skip(self._waiting_s))
            self._session_s += self._waiting_s
            self._waiting_s = 0.0
        seconds = len(pcm) / 2 / self._rate
        said += self._timed(self._session.accept(pcm))
        self._session_s += seconds
        self.given_s += seconds
        return said

    def _end_utterance(self) -> list[Said | Guess]:
        return self._timed(self._session.skip(0.0))

    def _anchor(self, at_us: int) -> None:
        """Note that the sound given next was spoken at a moment; silence that is kept comes before it."""
        kept_s = sum(map(len, self._before)) / 2 / self._rate
        self._anchors.append((self._session_s + self._waiting_s + kept_s, at_us))
        if len(self._anchors) > _ANCHORS:
            del self._anchors[: _ANCHORS // 2]

    def _us(self, session_s: float) -> int:
        index = max(bisect_right(self._anchors, session_s + _NEAR_S, key=lambda one: one[0]) - 1, 0)
        anchor_s, at_us = self._anchors[index]
        return at_us + round((session_s - anchor_s) * 1_000_000)

    def _timed(self, heard: tuple[Heard, ...]) -> list[Said | Guess]:
        return [self._said(one) if isinstance(one, Spoken) else Guess(one.text) for one in heard]

    def _said(self, spoken: Spoken) -> Said:
        words = tuple(
            replace(
                word,
                start_s=round(word.start_s - spoken.start_s, 3),
                end_s=round(word.end_s - spoken.start_s, 3),
            )
            for word in spoken.words
        )
        start_us = self._us(spoken.start_s)
        return Said(
            start_us, start_us + round((spoken.end_s - spoken.start_s) * 1_000_000), spoken.text, words
        )
