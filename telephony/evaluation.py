"""The evaluation at the end of a call: when it was asked for, and what the citizen said (R-T-11). Pure.

The question is the end of the talk: the agent has left, and the citizen's line goes on for some seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.profile import SCALES, Evaluation
from .call_legs import number_of
from .calls import CallRecord
from .facts import Fact

ASKED, GIVEN = "HL_EVALUATE", "HL_EVALUATED"
"""Marks of ``dialplans/evaluation.conf.j2``."""

EVALUATION_NAMES: Mapping[Evaluation, str] = {
    "very_satisfied": "非常满意",
    "satisfied": "满意",
    "basically_satisfied": "基本满意",
    "dissatisfied": "不满意",
    "very_dissatisfied": "非常不满意",
}
"""The levels in the standards' words (BJ 5.3.2)."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """``asked_us``: when the question began, microseconds since 1970; ``level`` is None without an answer."""

    asked_us: int
    level: Evaluation | None


def evaluated(record: CallRecord) -> Evaluated | None:
    """Return what became of the question; None for a call in which it was not asked."""
    return record.derived(_evaluated)


def asked_us(record: CallRecord) -> int | None:
    """Return when the question began, which is when the last talk was over; or None."""
    found = evaluated(record)
    return None if found is None else found.asked_us


def level_of(mark: Fact) -> Evaluation | None:
    """Return the level that a mark of an answer tells; None for one that no scale has."""
    return _level(mark.get("levels"), mark.get("level"))


def evaluation_text(levels: str, key: str) -> str:
    """Return in the standards' words what a key means on a scale of so many levels; else the key."""
    level = _level(levels, key)
    return key if level is None else EVALUATION_NAMES[level]


def _level(levels: str, key: str) -> Evaluation | None:
    scale = SCALES.get(number_of(levels) or 0, ())
    place = number_of(key) or 0
    return scale[place - 1] if 1 <= place <= len(scale) else None


def _evaluated(record: CallRecord) -> Evaluated | None:
    asked = record.first_step(ASKED)
    if asked is None:
        return None
    given = record.first_step(GIVEN)
    return Evaluated(asked.at_us, None if given is None else level_of(given))
