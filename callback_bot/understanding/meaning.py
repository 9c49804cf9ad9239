"""What an answer means: its value, how sure that is, and what else was said with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Aside(StrEnum):
    """What was said besides the value, or in its place; a dialogue may act on it."""

    WRONG_PERSON = "wrong_person"
    LATER = "later"
    ASKS_BACK = "asks_back"
    SWEARING = "swearing"
    HOLD = "hold"
    """等一下: the person will go on in a moment."""
    REFUSE = "refuse"
    NEW_DEMAND = "new_demand"
    HUMAN = "human"


@dataclass(frozen=True)
class Meaning:
    """What an answer means.

    ``value``: one of the question's values, or ``unclear``, ``refuse``, ``human``, ``new_demand``; with
    ``unclear`` the question is to be asked again. ``confidence`` 0 to 1: how sure the reading is times how
    sure the recogniser was. ``words``: the answer as it was recognised. ``when``: the moment to call again
    (aware, in the zone of ``now``), None when none was named. ``answer``: the question's own value where
    ``value`` is a demand, a refusal or a human that was asked for with it (满意, 别再打了).
    """

    value: str
    confidence: float
    words: str
    asides: frozenset[Aside] = frozenset()
    when: datetime | None = None
    answer: str = ""
