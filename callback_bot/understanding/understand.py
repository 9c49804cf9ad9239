"""What an answer to a question of the survey means (R-CB-2, R-CB-7): ``understand``. Pure, a millisecond.

First what the person wants of the call itself (a human, an end, something new), then the answer. Where two
readings are as likely, or none is, the value is ``unclear`` and the question is asked again: a wrong guess
is worse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ..model import HUMAN, LATER, LEVELS, NEW_DEMAND, NO, REFUSE, UNCLEAR, YES, Question
from .extras import demand, more
from .level import satisfied
from .meaning import Aside, Meaning
from .persons import consent, identity
from .reading import Reading, read
from .reason import reason
from .reconsider import reconsidered
from .when import when_of
from .yes_no import Judged, contacted, solved

AT = "at"
"""Value of the question ``when``: a moment was named."""
LEAST_CONFIDENCE = 0.5
"""Below this what was understood is not taken for an answer."""
_KEY = re.compile(
    "(?:我)?(?:按|选|选择|选的|就选|就按|填)?第?(?P<key>[一二三四五1-5])(?:个|项|号|键|档|级)?(?:吧|啊|的|，)*"
)
_KEYS = {char: place for place, char in enumerate("一二三四五")} | {
    str(place + 1): place for place in range(5)
}
_READERS: dict[Question, Callable[[Reading], Judged]] = {
    Question.IDENTITY: identity,
    Question.CONSENT: consent,
    Question.CONTACTED: contacted,
    Question.SOLVED: solved,
    Question.DEMAND: demand,
    Question.MORE: more,
}


def understand(
    question: str,
    text: str,
    *,
    levels: Sequence[str] = LEVELS[3],
    confidence: float = 1.0,
    now: datetime | None = None,
    reasons: Mapping[str, Sequence[str]] | None = None,
) -> Meaning:
    """Return what ``text``, typed or recognised, means as an answer to ``question``.

    ``levels`` names three or five levels, best first. ``confidence`` is the recogniser's for the whole
    answer. ``now`` is an aware moment in the citizen's zone; without it no time is reckoned. ``reasons`` are
    the choices of ``reason`` with their words. Free speech (``reason_words``, ``remarks``) has no value of
    its own: it is ``unclear``, unless it asks for something. Raises ``ValueError`` for an unknown question.
    """
    asked = Question(question)
    reading = read(text)
    when = None if now is None else when_of(text, now, vague=asked is Question.WHEN)
    value, sure = (
        (AT, 0.85) if asked is Question.WHEN and when else _answer(asked, reading, levels, reasons or {})
    )
    found, certain = _with_wants(asked, reading, value, sure)
    final = found
    if _KEY.fullmatch(reading.text) is None:
        final, certain = reconsidered(asked, reading, found, certain, levels)
    value = value if final in (found, NEW_DEMAND) else final
    sure = confidence * certain
    if final not in (UNCLEAR, HUMAN, REFUSE) and sure < LEAST_CONFIDENCE:
        final = UNCLEAR
    answer = value if final != value and value not in (UNCLEAR, REFUSE) else ""
    asides = _asides(asked, reading, final)
    wanted = when if final in (LATER, AT) or Aside.LATER in asides else None
    return Meaning(final, round(sure, 3), text, asides, wanted, answer)


def by_rules(question: str, reading: Reading) -> Judged:
    """Return what the rules alone make of an answer (on three levels), and how sure they are."""
    asked = Question(question)
    return _with_wants(asked, reading, *_answer(asked, reading, LEVELS[3], {}))


def _with_wants(question: Question, reading: Reading, value: str, sure: float) -> Judged:
    """Return what comes before the answer, else the answer."""
    final = _first_things_first(question, reading, value, sure)
    return final, sure if final == value else 0.9


def _answer(
    question: Question, reading: Reading, levels: Sequence[str], reasons: Mapping[str, Sequence[str]]
) -> Judged:
    if question is Question.REASON:
        return reason(reading, reasons)
    if (match := _KEY.fullmatch(reading.text)) is not None:
        keys = levels if question is Question.SATISFIED else (YES, NO)
        place = _KEYS[match["key"]]
        return (keys[place], 0.7) if place < len(keys) else (UNCLEAR, 0.4)
    if question is Question.SATISFIED:
        return satisfied(reading, levels)
    reader = _READERS.get(question)
    return reader(reading) if reader else (UNCLEAR, 0.3)


def _first_things_first(question: Question, reading: Reading, value: str, sure: float) -> str:
    """Return what comes before the answer: a human, never again, something new; else the answer."""
    wants = reading.intents
    elsewhere = question is Question.IDENTITY and wants.wrong_person and value == NO
    first = (
        (HUMAN, wants.human),
        (NO, elsewhere),
        (REFUSE, wants.never and value != LATER),
        (NEW_DEMAND, wants.demand),
        (REFUSE, wants.not_now and sure < 0.9 and question not in (Question.IDENTITY, Question.CONSENT)),
        (value, value != UNCLEAR),
        (NEW_DEMAND, wants.complaint),
        (REFUSE, wants.not_now),
    )
    return next((meant for meant, is_so in first if is_so), UNCLEAR)


def _asides(question: Question, reading: Reading, final: str) -> frozenset[Aside]:
    wants = reading.intents
    told = {
        Aside.WRONG_PERSON: wants.wrong_person and question is not Question.IDENTITY,
        Aside.ASKS_BACK: wants.asks_back,
        Aside.SWEARING: wants.swearing,
        Aside.HOLD: wants.hold,
        Aside.REFUSE: wants.never and final != REFUSE,
        Aside.NEW_DEMAND: (wants.demand or wants.complaint) and final != NEW_DEMAND,
        Aside.LATER: reading.has("again") and final in (UNCLEAR, REFUSE),
    }
    return frozenset(aside for aside, is_so in told.items() if is_so)
