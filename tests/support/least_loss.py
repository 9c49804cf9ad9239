"""The weights of the least loss, for what counts a table from labelled calls (``bench/``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

ROUNDS, MEMORY, ENOUGH = 60, 8, 1e-4


class Counted(Protocol):
    """Cases with their marks, and what weights of these lack of the truth."""

    marks: list[str]

    def loss(self, weights: Any) -> tuple[float, Any]:
        """Return the loss and its slope."""
        ...


def least(counted: Counted) -> dict[str, float]:
    """Return the weight of each mark (L-BFGS)."""
    weights = np.zeros(len(counted.marks))
    loss, slope = counted.loss(weights)
    steps: list[tuple[Any, Any]] = []
    for _ in range(ROUNDS):
        way = _way(slope, steps)
        size = 1.0
        while True:
            there, (new, bend) = weights - size * way, counted.loss(weights - size * way)
            if new <= loss - 1e-4 * size * (slope @ way) or size < 1e-4:
                break
            size /= 2
        if (there - weights) @ (bend - slope) > 0:
            steps = [*steps, (there - weights, bend - slope)][-MEMORY:]
        gained, weights, loss, slope = loss - new, there, new, bend
        if gained < ENOUGH * abs(loss):
            break
    return dict(zip(counted.marks, map(float, weights), strict=True))


def _way(slope: Any, steps: Sequence[tuple[Any, Any]]) -> Any:
    way, shares = slope.copy(), list[float]()
    for moved, bent in reversed(steps):
        shares.append(float(moved @ way / (bent @ moved)))
        way -= shares[-1] * bent
    way *= (
        (steps[-1][0] @ steps[-1][1]) / (steps[-1][1] @ steps[-1][1]) if steps else 10 / np.abs(slope).sum()
    )
    for (moved, bent), share in zip(steps, reversed(shares), strict=True):
        way += moved * (share - float(bent @ way / (bent @ moved)))
    return way
