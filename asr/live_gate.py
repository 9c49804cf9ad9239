"""Whether a live leg's sound is worth recognising: ``gate.py`` for sound whose future is not known."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from .gate import FRAME_S, Levels, levels, threshold

_MEMORY_S = 30.0
_LEARNED_S = 3.0
"""Before so much was heard nothing is known of the line's noise: only what is near to nothing is silence."""
_LOOK_S = 1.0


class LiveGate:
    """Tells of each piece of a leg whether it holds sound; learns the line's own noise from the last 30 s."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._recent: deque[Levels] = deque()
        self._recent_s = 0.0
        self._since_look_s = 0.0
        self._nothing = threshold(np.zeros(0, dtype=np.float32))
        self._threshold = self._nothing

    def quiet_s(self, samples: NDArray[np.int16]) -> float | None:
        """Return for how many seconds it has been quiet at the end of a piece; None when all of it is."""
        of = levels(samples, self._rate)
        self._learn(of)
        loud = np.flatnonzero(of > self._threshold)
        return (len(of) - 1 - int(loud[-1])) * FRAME_S if len(loud) else None

    def _learn(self, of: Levels) -> None:
        seconds = len(of) * FRAME_S
        self._recent.append(of)
        self._recent_s += seconds
        self._since_look_s += seconds
        while self._recent_s > _MEMORY_S and len(self._recent) > 1:
            self._recent_s -= len(self._recent.popleft()) * FRAME_S
        if self._since_look_s >= _LOOK_S and self._recent_s >= _LEARNED_S:
            self._since_look_s = 0.0
            self._threshold = threshold(np.concatenate(self._recent))
