"""What was answered, as the journal tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.callback_bot.dial.survey_marks import answers, asked_for, recording
from hotline.callback_bot.model import Answer, Given, Question
from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.facts import Fact, Source, params_of, step_slot

ID = "robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAV"
ZONE = ZoneInfo("Asia/Shanghai")
T0 = 1_790_000_000_000_000


def record(*marks: tuple[str, float, dict[str, str]]) -> CallRecord:
    facts = [
        Fact(ID, ID, step_slot(n, name), T0 + int(at_s * 1e6), Source.JOURNAL, params_of(values))
        for n, (name, at_s, values) in enumerate(marks, 1)
    ]
    other = Fact(ID, "node1-1.2", step_slot(9, "HL_ROBOT_ANSWER"), T0, Source.JOURNAL)
    return merge_all(CallRecord(ID), [other, *reversed(facts)])


def said(question: str, value: str, given: str, turn: int, ms: int, **more: str) -> dict[str, str]:
    return {"question": question, "value": value, "given": given, "turn": str(turn), "ms": str(ms), **more}


REC = ("HL_REC", 1.0, {"file": "2026/11/22/" + ID})


def test_answers_come_in_order_with_their_place_in_the_recording():
    told = record(
        REC,
        ("HL_ROBOT_ANSWER", 4.5, said("identity", "yes", "key", 1, 1500)),
        ("HL_ROBOT_ANSWER", 9.0, said("satisfied", "basically_satisfied", "speech", 3, 9999)),
        ("HL_ROBOT_ANSWER", 12.0, said("reason", "slow", "none", 4, 0)),
        ("HL_ROBOT_ANSWER", 13.0, said("shoe_size", "44", "key", 5, 0)),
        ("HL_ROBOT_ANSWER", 14.0, said("more", "no", "telepathy", 6, 0)),
    )
    assert answers(told, ID) == (
        Answer(Question.IDENTITY, "yes", Given.KEY, 1, start_ms=2000, end_ms=3500),
        Answer(Question.SATISFIED, "基本满意", Given.SPEECH, 3, start_ms=0, end_ms=8000),
        Answer(Question.REASON, "slow", Given.NONE, 4, start_ms=11000, end_ms=11000),
    )
    begun = recording(told, ID)
    assert begun is not None
    assert begun.get("file").endswith(ID)


def test_without_a_recording_there_are_no_places_and_rubbish_is_no_number():
    told = record(("HL_ROBOT_ANSWER", 4.5, said("identity", "yes", "key", 1, 0, at="soon")))
    assert answers(told, ID) == (Answer(Question.IDENTITY, "yes", Given.KEY),)
    assert recording(told, ID) is None
    assert asked_for(told, ID, ZONE) is None


def test_the_last_moment_that_was_asked_for_counts():
    at = int(datetime(2026, 11, 23, 6, tzinfo=UTC).timestamp())
    told = record(
        REC,
        ("HL_ROBOT_ANSWER", 4.0, said("consent", "later", "speech", 2, 0, at="1795000000")),
        ("HL_ROBOT_ANSWER", 9.0, said("when", "at", "speech", 3, 0, at=str(at))),
        ("HL_ROBOT_ANSWER", 10.0, said("when", "at", "speech", 4, 0, at="99999999999")),
    )
    assert asked_for(told, ID, ZONE) == datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "local"),
    [
        ("in_an_hour", "2026-09-21 23:13"),
        ("tomorrow_morning", "2026-09-22 09:00"),
        ("tomorrow_afternoon", "2026-09-22 14:00"),
        ("some_day", None),
    ],
)
def test_a_time_chosen_by_key_is_a_moment_of_the_sites_clock(value: str, local: str | None):
    told = record(REC, ("HL_ROBOT_ANSWER", 4.0, said("when", value, "key", 3, 0)))
    wanted = asked_for(told, ID, ZONE)
    assert (wanted and wanted.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")) == local
