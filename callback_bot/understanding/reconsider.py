"""What the second opinion changes of what rules found: fills in, mends, makes unclear (ADR 0164). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import HUMAN, LATER, LEVELS, NEW_DEMAND, NO, REFUSE, UNCLEAR, YES, Question
from .opinion import is_manner, shares
from .reading import Reading
from .text import ASK
from .weighing import Sight, weighed
from .yes_no import Judged

LEAST_SHARE, KEPT_SHARE = 0.5, 0.5
"""How much weight a new value needs, and how much the rules' own; with less it is asked again."""
FOUND_NOTHING = 0.3
"""How sure what is asked again is."""
CERTAIN_CHARS = 4
"""Shorter answers stand in the lists of words; no opinion outdoes those."""
_OPEN = ("unsure", "shrug", "choice", "away", "ask", "up_to_you", "condition", "maybe")
_ONLY_BY_RULE = (HUMAN, REFUSE)
"""What no opinion takes away; nor does it ever give a refusal, which puts a number on the quiet list."""


def reconsidered(
    question: Question, reading: Reading, value: str, sure: float, levels: Sequence[str]
) -> Judged:
    """Return the value and how sure it is, after a look at what answers written alike have meant."""
    chars = _length(reading)
    found = shares(question, reading.text)
    if not found or not chars or value in _ONLY_BY_RULE or (value != UNCLEAR and chars < CERTAIN_CHARS):
        return value, sure
    plain = _of_three(value, levels)
    odds = weighed(Sight(question, plain, sure, found, speaks_against(reading)))
    best = settled(plain, odds)
    if best == plain:
        return value, sure
    if best == UNCLEAR or best not in _possible(question, value, levels):
        return UNCLEAR, FOUND_NOTHING
    return best, min(odds[best], 0.9)


def settled(value: str, odds: Mapping[str, float]) -> str:
    """Return what is taken where the rules say ``value`` and the weights give ``odds``."""
    if value != UNCLEAR and odds.get(value, 0.0) >= KEPT_SHARE:
        return value
    best = max(odds, key=lambda one: odds[one])
    return best if odds[best] >= LEAST_SHARE else UNCLEAR


def _possible(question: Question, value: str, levels: Sequence[str]) -> Sequence[str]:
    own = levels if question is Question.SATISFIED else (YES, NO, LATER)
    return (*own, UNCLEAR, NEW_DEMAND, *((HUMAN,) if value == UNCLEAR else ()))


def _of_three(value: str, levels: Sequence[str]) -> str:
    """Return the level of three that stands for one of five."""
    if value not in levels or len(levels) != len(LEVELS[5]):
        return value
    return LEVELS[3][(0, 0, 1, 2, 2)[tuple(levels).index(value)]]


def speaks_against(reading: Reading) -> bool:
    """Tell whether an answer is none by what else was said: a question back, 不知道, 怎么说呢."""
    wants = reading.intents
    return wants.asks_back or wants.hold or wants.swearing or reading.has(*_OPEN) or ASK in reading.text


def _length(reading: Reading) -> int:
    return sum(len(token.text) for token in reading.tokens if not (token.is_a("pause") or is_manner(token)))
