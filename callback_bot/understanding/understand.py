"""What an answer to a question of the survey means (R-CB-2, R-CB-7): ``understand``. Pure, a millisecond.

First what the person wants of the call itself (a human, an end, something new), then the answer. Where two
readings are as likely, or none is, the value is ``unclear`` and the question is asked again: a wrong guess
is worse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from ..model import HUMAN, LATER, LEVELS, NEW_DEMAND, NO, REFUSE, UNCLEAR, YES, Question
from .level import satisfied
from .meaning import Aside, Meaning
from .persons import consent, identity
from .reading import Reading, read
from .yes_no import Judged, bare, contacted, solved

LEAST_CONFIDENCE = 0.5
"""Below this what was understood is not taken for an answer."""
_KEY = re.compile(
    "(?:我)?(?:按|选|选择|选的|就选|就按|填)?第?(?P<key>[一二三四五1-5])(?:个|项|号|键|档|级)?(?:吧|啊|的|，)*"
)
_KEYS = {char: place for place, char in enumerate("一二三四五")} | {
    str(place + 1): place for place in range(5)
}
_READERS: dict[str, Callable[[Reading], Judged]] = {
    Question.IDENTITY: identity,
    Question.CONSENT: consent,
    Question.CONTACTED: contacted,
    Question.SOLVED: solved,
    Question.DEMAND: bare,
    Question.MORE: bare,
}


def understand(
    question: str,
    text: str,
    *,
    levels: Sequence[str] = LEVELS[3],
    confidence: float = 1.0,
    now: datetime | None = None,
) -> Meaning:
    """Return what ``text``, typed or recognised, means as an answer to ``question``.

    ``levels`` names three or five levels, best first. ``confidence`` is the recogniser's for the whole
    answer. ``now`` is an aware moment, in the citizen's zone; without it no time is reckoned.
    """
    reading = read(text)
    value, sure = _answer(question, reading, levels)
    final = _first_things_first(question, reading, value)
    sure = confidence * (sure if final == value else 0.9)
    if final not in (UNCLEAR, HUMAN, REFUSE) and sure < LEAST_CONFIDENCE:
        final = UNCLEAR
    answer = value if final != value and value not in (UNCLEAR, REFUSE) else ""
    return Meaning(final, round(sure, 3), text, _asides(question, reading, final), None, answer)


def _answer(question: str, reading: Reading, levels: Sequence[str]) -> Judged:
    if (match := _KEY.fullmatch(reading.text)) is not None:
        keys = levels if question == Question.SATISFIED else (YES, NO)
        place = _KEYS[match["key"]]
        return (keys[place], 0.7) if place < len(keys) else (UNCLEAR, 0.4)
    if question == Question.SATISFIED:
        return satisfied(reading, levels)
    return _READERS[question](reading)


def _first_things_first(question: str, reading: Reading, value: str) -> str:
    """Return what comes before the answer: a human, never again, something new; else the answer."""
    wants = reading.intents
    if wants.human:
        return HUMAN
    if wants.never and value != LATER:
        return REFUSE
    if wants.demand:
        return NEW_DEMAND
    if value != UNCLEAR:
        return value
    if wants.complaint:
        return NEW_DEMAND
    return REFUSE if wants.not_now else UNCLEAR


def _asides(question: str, reading: Reading, final: str) -> frozenset[Aside]:
    wants = reading.intents
    told = {
        Aside.WRONG_PERSON: wants.wrong_person and question != Question.IDENTITY,
        Aside.ASKS_BACK: wants.asks_back,
        Aside.SWEARING: wants.swearing,
        Aside.HOLD: wants.hold,
        Aside.REFUSE: wants.never and final != REFUSE,
        Aside.NEW_DEMAND: (wants.demand or wants.complaint) and final != NEW_DEMAND,
        Aside.LATER: reading.has("again") and final in (UNCLEAR, REFUSE),
    }
    return frozenset(aside for aside, is_so in told.items() if is_so)
