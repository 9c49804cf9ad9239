"""How likely each of several possible values of a field is, by a table counted from labelled calls.

A possible value carries marks (what it is, what stands around it, when it is said); the table has a weight
for each mark, and the chances are those of a conditional logit (docs/adr/0190, 0193), or of a logit where
several may stand together (docs/adr/0192).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

Marks = tuple[str, ...]
WHOLE = 4
"""Of fewer turns of the citizen the tables tell little: those that were counted are whole calls."""


class Possible(Protocol):
    """A possible value; its marks come in groups that other values may share."""

    @property
    def marks(self) -> tuple[Marks, ...]:
        """The groups of marks."""
        ...


def chances(choices: Sequence[Possible], weights: Mapping[str, float]) -> list[float]:
    """Return how likely each choice is the expert's; together they are 1."""
    known = sums(choices, weights)
    most = max(known)
    raised = [math.exp(total - most) for total in known]
    whole = sum(raised)
    return [one / whole for one in raised]


def sums(choices: Sequence[Possible], weights: Mapping[str, float]) -> list[float]:
    """Return the weight of all marks of each value."""
    groups: dict[Marks, float] = {}
    made: list[float] = []
    for one in choices:
        total = 0.0
        for group in one.marks:
            if group not in groups:
                groups[group] = sum(weights.get(mark, 0.0) for mark in group)
            total += groups[group]
        made.append(total)
    return made
