"""Counting the table of a choice from labelled cases: a conditional logit (``extract/choosing.py``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from hotline.ticket_bridge.extract.choosing import Possible
from support.least_loss import least

LEAST, KEPT = 5, 3000
"""Marks of fewer cases are not counted, and no more marks than these are kept."""
STEADY = 5.0
"""How much the weights are held towards nought."""


class Case(Protocol):
    """A call with its possible values, and what each is worth (0 to 1) beside the expert's."""

    @property
    def choices(self) -> Sequence[Possible]:
        """The possible values; empty when none is chosen."""
        ...

    @property
    def worth(self) -> Sequence[float]:
        """What each is worth."""
        ...


class _Counted:
    """Cases as arrays: which marks each choice has, and where the choices of each case begin."""

    def __init__(self, some: Sequence[Case], marks: Sequence[str], usable: float) -> None:
        self.marks = list(marks)
        at = {mark: i for i, mark in enumerate(self.marks)}
        some = [one for one in some if one.choices]
        rows = [[at[m] for group in c.marks for m in group if m in at] for one in some for c in one.choices]
        self.mark = np.array([mark for row in rows for mark in row])
        self.row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        self.size = np.array([len(one.choices) for one in some])
        self.begin = np.concatenate([[0], np.cumsum(self.size)[:-1]])
        worth = np.array([near for one in some for near in one.worth])
        self.worth = np.where(worth >= usable, worth**2, 0.0)
        possible = np.add.reduceat(self.worth, self.begin) > 0
        self.counts = np.repeat(possible, self.size)
        self.worth = np.where(self.counts, self.worth, 1.0)

    def loss(self, weights: Any) -> tuple[float, Any]:
        """Return what usable choices lack of all likelihood, and its slope."""
        sums = np.bincount(self.row, weights=weights[self.mark], minlength=len(self.worth))
        raised = np.exp(sums - np.repeat(np.maximum.reduceat(sums, self.begin), self.size))
        usable = raised * self.worth
        whole, good = np.add.reduceat(raised, self.begin), np.add.reduceat(usable, self.begin)
        told = usable / np.repeat(good, self.size) - raised / np.repeat(whole, self.size)
        told = np.where(self.counts, told, 0.0)
        slope = np.bincount(self.mark, weights=told[self.row], minlength=len(weights))
        lost = -np.log(good / whole)[self.counts[self.begin]].sum()
        return float(lost + STEADY / 2 * weights @ weights), STEADY * weights - slope


def learn(some: Sequence[Case], *, usable: float) -> dict[str, float]:
    """Count a table, the weightiest marks kept; choices worth less than ``usable`` are wrong ones."""
    seen = Counter(
        mark for one in some for mark in {m for c in one.choices for group in c.marks for m in group}
    )
    marks = [mark for mark, calls in sorted(seen.items()) if calls >= LEAST]
    weights = least(_Counted(some, marks, usable))
    kept = sorted(marks, key=lambda mark: -abs(weights[mark]))[:KEPT]
    weights = least(_Counted(some, sorted(kept), usable))
    return {mark: round(weight, 2) for mark, weight in weights.items() if abs(weight) >= 0.01}
