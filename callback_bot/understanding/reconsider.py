"""What the second opinion changes of what the rules found: fills in, or makes unclear (ADR 0164). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import HUMAN, LATER, NEW_DEMAND, NO, UNCLEAR, YES, Question
from .opinion import is_manner, shares
from .reading import Reading
from .text import ASK
from .yes_no import Judged

FOUND_NOTHING = 0.3
"""What the readers say of an answer in which they know no word that bears on the question."""
LEAST_SHARE, OPINION = 0.6, 0.6
"""From which share on a second opinion is taken where nothing was found, and how sure it then is."""
DEMAND_SHARE = 0.7
"""From which share on an answer is taken to hold a new demand."""
UNCLEAR_SHARE, DOUBTED_SHARE = 0.5, 0.4
"""An answer is doubted where unclear is at least so likely to the second opinion, and it at most so."""
UNCERTAIN, RARE_SHARE = 0.9, 0.05
"""What was found with no more certainty is also doubted where it is so unlikely."""
CERTAIN_CHARS = 4
"""Shorter answers stand in the lists of words; no opinion outdoes those."""
_OPEN = ("unsure", "shrug", "choice", "away", "ask", "up_to_you", "condition", "maybe")


def reconsidered(
    question: Question, reading: Reading, value: str, sure: float, levels: Sequence[str]
) -> Judged:
    """Return the value and how sure it is, after a look at what answers written alike have meant."""
    if value == UNCLEAR and (sure > FOUND_NOTHING or _speaks_against(reading)):
        return value, sure
    found = shares(question, reading.text)
    if value == UNCLEAR:
        answers = (*(levels if question is Question.SATISFIED else (YES, NO, LATER)), HUMAN)
        best = max(found, key=lambda one: found[one], default=UNCLEAR)
        taken = best in answers and found[best] >= LEAST_SHARE
        return (best, OPINION) if taken else (value, sure)
    if found.get(NEW_DEMAND, 0.0) >= DEMAND_SHARE:
        return NEW_DEMAND, sure
    share = found.get(value, 1.0)
    unlikely = found.get(UNCLEAR, 0.0) >= UNCLEAR_SHARE and share < DOUBTED_SHARE
    doubted = unlikely or (sure <= UNCERTAIN and share < RARE_SHARE)
    return (UNCLEAR, FOUND_NOTHING) if doubted and _length(reading) >= CERTAIN_CHARS else (value, sure)


def _speaks_against(reading: Reading) -> bool:
    """Tell whether an answer is none by what else was said: a question back, 不知道, 怎么说呢."""
    wants = reading.intents
    return wants.asks_back or wants.hold or wants.swearing or reading.has(*_OPEN) or ASK in reading.text


def _length(reading: Reading) -> int:
    return sum(len(token.text) for token in reading.tokens if not (token.is_a("pause") or is_manner(token)))
