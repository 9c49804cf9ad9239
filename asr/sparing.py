"""A session that is spared silence: most of what a listened-to telephone sends is nobody speaking.

Utterances end as before, by the engine or after ``CLOSE_AFTER_S`` of silence; the clock counts everything.
"""

from __future__ import annotations

import numpy as np

from .engine import Heard, Session
from .live_gate import LiveGate

CLOSE_AFTER_S = 0.8
"""After so much silence nothing more is given: longer than the pause by which engines end an utterance."""
BEFORE_S = 0.3
"""So much of the silence before a sound is given too: soft consonants are in it."""


class SparingSession:
    """A ``Session`` over another one, for sound of ``rate`` that comes in pieces of some 0.1 s."""

    def __init__(self, session: Session, *, rate: int) -> None:
        self._session = session
        self._rate = rate
        self._gate = LiveGate(rate)
        self._quiet_s = 0.0
        self._is_open = False
        self._before = b""
        self.spared_s = 0.0
        """Silence that the engine did not have to hear."""

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        """Take the next sound; see ``Session``."""
        quiet_s = self._gate.quiet_s(np.frombuffer(pcm, dtype="<i2"))
        self._quiet_s = self._quiet_s + self._seconds(pcm) if quiet_s is None else quiet_s
        if not self._is_open:
            if quiet_s is None:
                return self._keep(pcm)
            self._is_open, pcm, self._before = True, self._before + pcm, b""
        heard = self._session.accept(pcm)
        if self._quiet_s >= CLOSE_AFTER_S:
            self._is_open = False
            heard += self._session.skip(0.0)
        return heard

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        """Move the clock on over sound not given; see ``Session``."""
        kept_s, self._before, self._is_open = self._seconds(self._before), b"", False
        return self._session.skip(kept_s + seconds)

    def finish(self) -> tuple[Heard, ...]:
        """End the utterance; see ``Session``."""
        return self._session.finish()

    def _keep(self, pcm: bytes) -> tuple[Heard, ...]:
        """Remember the last of the silence, and pass over what lies before it."""
        self._before += pcm
        over = len(self._before) - 2 * round(BEFORE_S * self._rate)
        if over <= 0:
            return ()
        passed, self._before = self._before[:over], self._before[over:]
        self.spared_s += self._seconds(passed)
        return self._session.skip(self._seconds(passed))

    def _seconds(self, pcm: bytes) -> float:
        return len(pcm) / 2 / self._rate
