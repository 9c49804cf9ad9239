"""What the survey wrote into the journal that decides how an attempt ended (docs/callbacks-dialplan.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ...core.clock import from_us
from ...core.profile import SCALES
from ...telephony.calls import CallRecord
from ...telephony.facts import STEP, Fact, step_of
from ..model import IN_AN_HOUR, LATER, LEVELS, NO, REFUSE, TOMORROW_AT, Answer, Given, Outcome, Question

ASK, ANSWER, END, REC = "HL_ROBOT_ASK", "HL_ROBOT_ANSWER", "HL_ROBOT_END", "HL_REC"

_LEVELS: Mapping[str, str] = dict(zip(SCALES[5], LEVELS[5], strict=True))
"""The levels as marks write them, with the standard's words."""
_QUESTIONS = {question.value: question for question in Question}
_GIVEN = {given.value: given for given in Given}
_LATEST_S = 4_102_444_800
"""A moment after the year 2100 is none that a person asked for."""
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


def answers(record: CallRecord, leg: str) -> tuple[Answer, ...]:
    """Return what was answered, in order; times in ms from the start of the recording."""
    begun = recording(record, leg)
    begun_us = begun.at_us if begun is not None else 0
    found: list[Answer] = []
    for mark in marks(record, leg, ANSWER):
        question, how = _QUESTIONS.get(mark.get("question")), _GIVEN.get(mark.get("given"))
        if question is None or how is None:
            continue
        value, end_ms = mark.get("value"), max((mark.at_us - (begun_us or mark.at_us)) // 1000, 0)
        found.append(
            Answer(
                question,
                _LEVELS.get(value, value) if question is Question.SATISFIED else value,
                how,
                turn=_number(mark, "turn"),
                start_ms=max(end_ms - _number(mark, "ms"), 0),
                end_ms=end_ms,
            )
        )
    return tuple(found)


def recording(record: CallRecord, leg: str) -> Fact | None:
    """Return the mark that a recording began (``file``), None when none did."""
    return next(iter(marks(record, leg, REC)), None)


def asked_for(record: CallRecord, leg: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment at which the person wants to be called, by voice or by key; the last one counts."""
    told = [at for mark in marks(record, leg, ANSWER) if (at := _moment(mark, zone)) is not None]
    return told[-1] if told else None


def _moment(mark: Fact, zone: ZoneInfo) -> datetime | None:
    if 0 < (at_s := _number(mark, "at")) < _LATEST_S:
        return from_us(at_s * 1_000_000)
    pressed = from_us(mark.at_us)
    if mark.get("question") != Question.WHEN:
        return None
    if mark.get("value") == IN_AN_HOUR:
        return pressed + timedelta(hours=1)
    if (hour := TOMORROW_AT.get(mark.get("value"))) is None:
        return None
    tomorrow = pressed.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(hour), zone).astimezone(UTC)


def _number(mark: Fact, name: str) -> int:
    text = mark.get(name)
    return int(text) if text.isascii() and text.isdigit() else 0
