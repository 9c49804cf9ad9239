"""What the person wants of the call itself, whatever was asked (``intents.yaml``): a human, an end. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from .text import STOP, load


@dataclass(frozen=True, slots=True)
class Intents:
    """Which of them were heard; ``never`` is louder than ``not_now``, a ``demand`` than a ``complaint``."""

    human: bool
    never: bool
    not_now: bool
    demand: bool
    complaint: bool
    wrong_person: bool
    is_me: bool
    asks_back: bool
    swearing: bool
    hold: bool


@cache
def _either(*path: str) -> re.Pattern[str]:
    data: Any = load("intents")
    for name in path:
        data = data[name]
    return re.compile("|".join(f"(?:{pattern})" for pattern in data))


def _has(text: str, *path: str) -> bool:
    return _either(*path).search(text) is not None


def _without(text: str, *path: str) -> str:
    return _either(*path).sub(STOP, text)


def intents(text: str) -> Intents:
    """Find what a plain text (``text.plain``) wants of the call."""
    others = _without(text, "new_demand", "but_not")
    demand = _has(others, "new_demand", "sure")
    without_demand = _without(others, "new_demand", "sure")
    return Intents(
        human=_has(_without(text, "human", "but_not"), "human", "match"),
        never=_has(text, "refuse", "never"),
        not_now=_has(text, "refuse", "now"),
        demand=demand,
        complaint=_has(without_demand, "new_demand", "perhaps"),
        wrong_person=_has(text, "wrong_person"),
        is_me=_has(text, "is_me"),
        asks_back=_has(text, "asks_back") or _has(text, "cannot_hear"),
        swearing=_has(text, "swearing"),
        hold=_has(text, "held"),
    )


def stated(text: str) -> str:
    """Return a text without what only repeats the question (什么叫基本满意)."""
    text = _without(_without(text, "cut"), "cannot_hear")
    return _either("supposed").sub(lambda match: f"没{next(filter(None, match.groupdict().values()))}", text)


def without_refusal(text: str) -> str:
    """Return a plain text without the words that forbid to call again."""
    return _without(text, "refuse", "never")
