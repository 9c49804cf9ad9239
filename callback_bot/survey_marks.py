"""What the survey wrote into the journal that decides how an attempt ended (docs/callbacks-dialplan.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.profile import SCALES
from ..telephony.calls import CallRecord
from ..telephony.facts import STEP, Fact, step_of
from .model import LATER, NO, REFUSE, Given, Outcome, Question

ANSWER, END = "HL_ROBOT_ANSWER", "HL_ROBOT_END"

_LEVELS = frozenset(level for scale in SCALES.values() for level in scale)
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_IMPLIED: dict[tuple[str, str], Outcome] = {
    (Question.IDENTITY, NO): Outcome.WRONG_PERSON,
    (Question.CONSENT, NO): Outcome.REFUSED,
    (Question.CONSENT, LATER): Outcome.LATER,
}
"""Answers that decide the attempt even when the person hung up before the survey's last words."""


def marks(record: CallRecord, leg: str, name: str) -> list[Fact]:
    """Return the marks of a name that a channel has written, in order."""
    found = sorted(
        (step_of(slot)[0], fact)
        for (of, slot), fact in record.slots.items()
        if of == leg and slot.startswith(STEP) and slot.endswith(f":{name}")
    )
    return [fact for _, fact in found]


def outcome_of(record: CallRecord, leg: str) -> Outcome | None:
    """Return what the survey came to; None when nothing was answered and no end was told."""
    answers = list(_answers(record, leg))
    if any(question == Question.SATISFIED and value in _LEVELS for question, value, _ in answers):
        return Outcome.COMPLETED
    for end in marks(record, leg, END):
        if (told := _OUTCOMES.get(end.get("outcome"))) is not None:
            return told
    implied: Outcome | None = None
    for question, value, _ in answers:
        implied = Outcome.REFUSED if value == REFUSE else _IMPLIED.get((question, value), implied)
    return implied


def was_keyed(record: CallRecord, leg: str) -> bool:
    """Tell whether somebody has answered by a key."""
    return any(given == Given.KEY for _, _, given in _answers(record, leg))


def _answers(record: CallRecord, leg: str) -> Iterator[tuple[str, str, str]]:
    for mark in marks(record, leg, ANSWER):
        yield mark.get("question"), mark.get("value"), mark.get("given")
