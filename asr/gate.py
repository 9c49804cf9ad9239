"""Which parts of a leg hold sound: silence is not worth recognising.

In a two-leg recording each side is silent while the other speaks, so the gate about halves the cost.
It only ever drops what lies clearly below speech; in doubt the sound is kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FRAME_S = 0.02
_LOWEST = 40.0
"""RMS of 16-bit samples below which nothing is speech (-58 dBFS; A-law silence is 8)."""
_HIGHEST = 200.0
"""RMS from which everything is kept, whatever the line's noise (-44 dBFS)."""
_ABOVE_NOISE = 3.0
_SILENCE_S = 1.0
_BEFORE_S = 0.3
_AFTER_S = 0.4
_SHORTEST_S = 0.08

Levels = NDArray[np.float32]
"""RMS of each frame of ``FRAME_S`` seconds."""


def levels(samples: NDArray[np.int16], rate: int) -> Levels:
    """Return the level of each whole frame of mono samples; the rest of a frame at the end counts as one."""
    frame = round(rate * FRAME_S)
    count = -(-len(samples) // frame)
    padded = np.zeros(count * frame, dtype=np.float32)
    padded[: len(samples)] = samples
    return np.sqrt(np.mean(padded.reshape(count, frame) ** 2, axis=1, dtype=np.float32))


def threshold(of: Levels) -> float:
    """Return the level that parts sound from this line's own noise."""
    floor = float(np.percentile(of, 10)) if len(of) else 0.0
    return min(max(_LOWEST, floor * _ABOVE_NOISE), _HIGHEST)


def sounding(of: Levels) -> list[tuple[float, float]]:
    """Return the spans to recognise, in seconds, in order, apart by at least some silence.

    Silences under a second stay inside a span, clicks are dropped, and each span keeps a little of the
    quiet around it, where soft consonants are.
    """
    total_s = len(of) * FRAME_S
    loud = np.flatnonzero(of > threshold(of))
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) * FRAME_S > _SILENCE_S)
    firsts = np.concatenate(([0], breaks + 1))
    lasts = np.concatenate((breaks, [len(loud) - 1]))
    spans: list[tuple[float, float]] = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        if (last - first + 1) * FRAME_S < _SHORTEST_S:
            continue
        start = max(0.0, float(loud[first]) * FRAME_S - _BEFORE_S)
        end = min(total_s, (float(loud[last]) + 1) * FRAME_S + _AFTER_S)
        spans.append((round(start, 3), round(end, 3)))
    return spans
