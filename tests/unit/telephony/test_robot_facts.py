"""A person whom the robot called is a citizen who calls from the moment of asking for a human."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import CallBook
from hotline.telephony.calls import CallRecord
from hotline.telephony.events import CallArrived, HumanRequested
from hotline.telephony.facts import (
    AGENT,
    ANSWERED,
    CREATED,
    ENDED,
    ENTER,
    HANGUP,
    LINKEDID_END,
    Fact,
    Source,
    params_of,
    step_slot,
)
from hotline.telephony.robot_facts import is_robots, is_survey

ID, AGENT_LEG = "robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAV", "node1-1763800000.7"
S = 1_000_000
BEGAN = 1_763_800_000 * S


def fact(leg: str, slot: str, second: float, **values: str) -> Fact:
    return Fact(ID, leg, slot, BEGAN + round(second * S), Source.JOURNAL, params_of(values))


SURVEY = [
    fact(ID, CREATED, 0, channel="PJSIP/trunk-out-00000001"),
    fact(ID, ANSWERED, 8),
    fact(ID, step_slot(1, "HL_ROBOT"), 8, version="0123abcd"),
    fact(ID, step_slot(2, "HL_REC"), 8.1, file="2025/11/22/" + ID),
    fact(ID, step_slot(3, "HL_ROBOT_ASK"), 8.5, question="identity"),
    fact(ID, step_slot(4, "HL_ROBOT_ANSWER"), 70, question="identity", value="human"),
    fact(ID, step_slot(5, "HL_ROBOT_END"), 71, outcome="handed_over"),
]
CALL = [
    fact(ID, step_slot(6, "HL_ARRIVED"), 71.1, trunk="out", robot="1", number="13800000001"),
    fact(ID, step_slot(7, "HL_REC"), 71.1, file="2025/11/22/" + ID, since=str(BEGAN // 1000 + 8050)),
    fact(ID, step_slot(8, "HL_HUMAN"), 71.2, queue="public", why="robot"),
    fact(ID, step_slot(9, "HL_QUEUE"), 71.3, queue="public", visit="1"),
    fact(AGENT_LEG, CREATED, 71.5, channel="PJSIP/1001-00000002"),
    fact(AGENT_LEG, ANSWERED, 75),
    fact(AGENT_LEG, AGENT, 75, agent="1001", queue="public", visit="1"),
    fact(AGENT_LEG, ENTER + "b1", 75.2),
    fact(ID, ENTER + "b1", 75.2),
    fact(AGENT_LEG, ENDED, 100),
    fact(ID, HANGUP, 100, channel="PJSIP/trunk-out-00000001", source="PJSIP/trunk-out-00000001", cause="16"),
    fact(ID, ENDED, 100),
    fact("", LINKEDID_END, 100.1),
]


def read(facts: list[Fact]) -> CallRecord:
    book = CallBook("node1")
    for one in facts:
        book.feed(one)
    return book.records[ID]


@pytest.mark.clause("R-CB-5")
@given(st.permutations(SURVEY + CALL))
def test_what_was_before_the_human_is_no_part_of_the_call_in_any_order(facts: list[Fact]) -> None:
    record = read(facts)
    assert record.slots == read(CALL).slots
    assert is_robots(record)
    assert (figures.t0(record), figures.t1(record)) == (BEGAN + 71_100_000, BEGAN + 71_200_000)
    assert (figures.outcome(record), figures.wait_human(record)) == ("answered", 3_800_000)
    assert figures.recording_marks(record) == [("2025/11/22/" + ID, BEGAN + 8_050_000)]


def test_a_survey_without_a_human_is_no_call_and_is_forgotten() -> None:
    book = CallBook("node1")
    news = [event for one in (*SURVEY[:-1], *CALL[-3:]) for event in book.feed(one)]
    assert (news, book.open_calls(), dict(book.dirty)) == ([], [], {})
    assert not book.beginning(BEGAN + 101 * S)
    book.expire(BEGAN + 200 * S)
    assert book.records == {}


def test_a_long_survey_costs_the_journals_position_nothing_and_is_told_as_an_arrival() -> None:
    book = CallBook("node1")
    for one in SURVEY:
        book.feed(one)
        assert book.beginning(one.at_us) == []
        assert not book.unsaved_calls([one])
    news = [event for one in CALL for event in book.feed(one)]
    assert [type(event) for event in news[:2]] == [CallArrived, HumanRequested]


def test_nobody_elses_facts_are_taken_for_a_surveys() -> None:
    assert not any(is_survey(one._replace(leg="node1-1.2", call="node1-1.2")) for one in (*SURVEY, *CALL))
    assert all(is_survey(one) for one in SURVEY)
    assert not any(is_survey(one) for one in CALL)
