"""The evaluation at the end of a call: what its marks mean, and that nothing else of the call changes."""

from __future__ import annotations

from itertools import permutations

import pytest

from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import CallBook
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import fact_of_event, fact_of_row
from hotline.telephony.evaluation import EVALUATION_NAMES, evaluated
from hotline.telephony.events import CallEvaluated, CallEvent, EvaluationAsked
from hotline.telephony.store import call_values, record_of, step_values
from support.call_facts import SECOND, Story, live

CALL = "node1-1795320000.12"
AGENT = f"{CALL}2"


def talk(*, asked: bool = True, said: dict[str, object] | None = None, by: str = "switch") -> Story:
    """30 s of talk, which the agent ends; with the question the citizen's line goes on for 12 s."""
    story = Story(CALL).arrive().menu().ask().enter().ring(AGENT).wait(9).answer(AGENT).wait(30)
    story.event("BRIDGE_EXIT", AGENT, bridge_id="b-1").event("BRIDGE_EXIT", bridge_id="b-1")
    story.hang_up(AGENT, agent="1001")
    if asked:
        story.mark("HL_EVALUATE", levels=5).wait(12)
        if said is not None:
            story.mark("HL_EVALUATED", **said)
    return story.hang_up(by="" if by == "citizen" else "elsewhere").retire()


def read(story: Story, *, from_live: bool = False) -> tuple[CallRecord, list[CallEvent]]:
    book, news = CallBook("node1"), list[CallEvent]()
    for row in story.rows:
        fact = fact_of_event(live(row)) if from_live else fact_of_row(row)
        if fact is not None:
            news += book.feed(fact)
    return book.records[CALL], news


@pytest.mark.clause("R-T-11")
@pytest.mark.parametrize(
    ("levels", "names"),
    [
        (5, ["very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied"]),
        (3, ["satisfied", "basically_satisfied", "dissatisfied"]),
    ],
)
def test_the_keys_mean_the_levels_of_the_scale_that_was_asked_in(levels, names):
    for key, name in enumerate(names, 1):
        record, news = read(talk(said={"level": key, "levels": levels, "times": 1}))
        found = evaluated(record)
        assert found is not None
        assert found.level == name
        assert name in EVALUATION_NAMES
        assert [one.level for one in news if isinstance(one, CallEvaluated)] == [name]
        assert call_values(record, "node1")["evaluation"] == name


@pytest.mark.parametrize(
    "said",
    [
        {"level": 0, "levels": 5},
        {"level": 6, "levels": 5},
        {"level": 4, "levels": 3},
        {"level": 1, "levels": 4},
        {"level": "x", "levels": 5},
        {"level": 1},
        {"levels": 5},
        {"level": "99999999999999999999", "levels": 5},
    ],
)
def test_an_answer_that_no_scale_has_is_none(said):
    record, news = read(talk(said=said))
    assert call_values(record, "node1")["evaluation"] is None
    assert call_values(record, "node1")["evaluation_asked_at"] is not None
    assert not [one for one in news if isinstance(one, CallEvaluated)]


@pytest.mark.clause("R-T-11")
@pytest.mark.parametrize("by", ["switch", "citizen"])
def test_the_question_changes_no_figure_of_the_call(by):
    """The talk ends when the agent leaves; whoever hangs up at the question has not ended it."""
    bare, _ = read(talk(asked=False))
    asked, news = read(talk(said={"level": 1, "levels": 5, "times": 1}, by=by))
    one, other = call_values(bare, "node1"), call_values(asked, "node1")
    differ = {name for name in one if one[name] != other[name]} - {"facts"}
    assert differ == {"ended_at", "talk_us", "evaluation", "evaluation_asked_at"}
    assert abs(one["talk_us"] - other["talk_us"]) < 1000  # the rows of a story are 137 us apart
    assert (one["ended_by"], other["ended_by"]) == ("agent", "agent")
    assert other["ended_at"] > one["ended_at"]
    assert figures.outcome(asked) == "answered"
    assert [type(event) for event in news if isinstance(event, EvaluationAsked)] == [EvaluationAsked]


def test_a_citizen_who_hangs_up_in_the_talk_has_ended_it():
    record, _ = read(Story(CALL).arrive().menu().ask().enter().ring(AGENT).answer(AGENT).wait(5).hang_up())
    assert figures.ended_by(record) == "citizen"
    assert evaluated(record) is None


def test_while_the_question_is_asked_the_call_is_open_and_has_no_talk_yet():
    story = Story(CALL).arrive().ask().enter().ring(AGENT).answer(AGENT).wait(5)
    record, _ = read(story.hang_up(AGENT, agent="1001").mark("HL_EVALUATE", levels=3))
    assert record.is_open
    assert figures.talk(record) is None
    assert figures.outcome(record) == "answered"


def test_a_switch_that_dies_at_the_question_cuts_no_talk():
    story = Story(CALL).arrive().ask().enter().ring(AGENT).answer(AGENT).wait(5)
    story.hang_up(AGENT, agent="1001").mark("HL_EVALUATE", levels=3)
    book = CallBook("node1")
    for row in story.rows:
        fact = fact_of_row(row)
        assert fact is not None
        book.feed(fact)
    book.restart(story.at_us + 40 * SECOND)
    record = book.records[CALL]
    assert figures.ended_by(record) == "switch_restart"
    talked = figures.talk(record)
    assert talked is not None
    assert 5 * SECOND <= talked < 5.1 * SECOND


def test_order_repetition_and_source_change_nothing():
    story = talk(said={"level": 2, "levels": 5, "times": 2})
    wanted = call_values(read(story)[0], "node1")
    last = story.rows[-6:]
    for order in permutations(range(len(last))):
        book = CallBook("node1")
        for row in [*story.rows[:-6], *(last[place] for place in order), *story.rows]:
            for fact in (fact_of_event(live(row)), fact_of_row(row)):
                if fact is not None:
                    book.feed(fact)
        assert call_values(book.records[CALL], "node1") == wanted
    stored = record_of(CALL, wanted["facts"])
    assert call_values(stored, "node1") == wanted


def test_the_marks_are_steps_of_the_call():
    steps = step_values(read(talk(said={"level": 2, "levels": 5, "times": 1}))[0], "node1")
    shown = {step["name"]: step["params"] for step in steps}
    assert shown["HL_EVALUATE"] == {"levels": "5"}
    assert shown["HL_EVALUATED"] == {"level": "2", "levels": "5", "times": "1"}
