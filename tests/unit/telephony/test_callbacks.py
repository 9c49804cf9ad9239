"""A call-back is told by another call; it belongs to the call that it was promised in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import UNTERMINATED_US, CallBook
from hotline.telephony.call_legs import legs
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import BadRecordError, fact_of_event, fact_of_row
from hotline.telephony.facts import Fact
from hotline.telephony.store import call_values, record_of, step_values
from support.call_facts import NOON, SECOND, Story, live

CALL = "node1-1795320000.12"
OTHER = "node1-1795320090.40"


def promise() -> Story:
    """A citizen who takes the offer of a call-back after 20 s."""
    story = Story(CALL, NOON).arrive().menu().ask().enter().wait(20).leave("KEY")
    return story.mark("HL_CALLBACK", number="13812345678", queue="main").wait(4).hang_up().retire()


def kept(*, tries: int = 1, end: str = "ANSWERED", call: str = CALL) -> Story:
    """The call-back's own call: a placeholder, tries, the end."""
    story = Story(OTHER, NOON + 90 * SECOND).event("CHAN_START", channel="Local/s@hotline-callback-hold-1;1")
    story.event("HL_INTERNAL", extra="role=callback")
    for number in range(1, tries + 1):
        story.event("HL_CALLBACK_TRY", extra=f"call={call}&try={number}&agent=1001").wait(30)
    if end:
        story.event(f"HL_CALLBACK_{end}", extra=f"call={call}&try={tries}&agent=1001")
    return story.wait(60).event("CHAN_END").retire()


def facts_of(*stories: Story) -> list[Fact]:
    return [fact for story in stories for row in story.rows if (fact := fact_of_row(row)) is not None]


def record_after(facts: Sequence[Fact]) -> CallRecord:
    book = CallBook("node1")
    for fact in facts:
        book.feed(fact)
    return book.records[CALL]


def test_a_promise_is_its_own_outcome_and_counts_once_the_citizen_answered():
    promised = record_after(facts_of(promise()))
    assert figures.outcome(promised) == "callback_accepted"
    assert figures.callback_answered(promised) is None
    assert figures.awaits_callback(promised)
    both = record_after(facts_of(promise(), kept(tries=2)))
    assert figures.outcome(both) == "callback_accepted"
    answered = figures.callback_answered(both)
    assert answered is not None
    assert answered > NOON + 150 * SECOND
    assert not figures.awaits_callback(both)
    assert figures.t3(both) is None
    assert call_values(both, "node1")["callback_answered_at"] is not None


def test_a_promise_that_could_not_be_kept_stays_unanswered():
    failed = record_after(facts_of(promise(), kept(tries=3, end="FAILED")))
    assert figures.outcome(failed) == "callback_accepted"
    assert figures.callback_answered(failed) is None
    assert not figures.awaits_callback(failed)


@pytest.mark.parametrize("end", ["", "ANSWERED", "FAILED"])
def test_a_promise_whose_mark_died_with_the_switch_is_known_by_what_became_of_it(end: str):
    cut = Story(CALL, NOON).arrive().menu().ask().enter().wait(20).leave("KEY")
    book = CallBook("node1")
    for fact in facts_of(cut):
        book.feed(fact)
    book.restart(NOON + 60 * SECOND)
    assert figures.outcome(book.records[CALL]) == "system_error"
    for fact in facts_of(kept(end=end)):
        book.feed(fact)
    record = book.records[CALL]
    assert figures.outcome(record) == "callback_accepted"
    assert (figures.callback_answered(record) is not None) == (end == "ANSWERED")
    assert figures.awaits_callback(record) == (end == "")


def test_any_order_live_and_journal_and_twice_give_the_same_record():
    rows = [*promise().rows, *kept().rows]
    told = [fact for row in rows if (fact := fact_of_event(live(row))) is not None]
    journal = facts_of(promise(), kept())
    expected = record_after(journal)
    assert record_after([*told, *journal]) == expected
    assert record_after([*reversed(journal), *journal]) == expected
    parts = [facts_of(promise()), facts_of(kept())]
    for order in permutations(parts):
        assert record_after([fact for part in order for fact in part]) == expected


def test_what_is_stored_reads_back_and_holds_no_number_in_its_steps():
    record = record_after(facts_of(promise(), kept()))
    values = call_values(record, "node1")
    assert record_of(CALL, values["facts"]) == record
    steps = [step for step in step_values(record, "node1") if step["name"].startswith("HL_CALLBACK")]
    assert [(step["name"], step["n"]) for step in steps] == [
        ("HL_CALLBACK", steps[0]["n"]),
        ("HL_CALLBACK_ANSWERED", 1),
        ("HL_CALLBACK_TRY", 1),
    ]
    assert steps[0]["params"] == {"queue": "main"}
    assert steps[1]["params"]["agent"] == "1001"


@pytest.mark.parametrize("number", ["", "x", "1x", "１", "1000", "-1"])
def test_a_try_without_a_number_is_a_bad_record(number: str):
    row = kept().rows[2]
    row[-1] = row[-1].replace("try=1", f"try={number}")
    with pytest.raises(BadRecordError):
        fact_of_row(row)


def test_the_same_try_written_in_two_ways_is_one_row_in_the_store():
    one, other = kept(), kept(tries=2)
    other.rows[3][-1] = other.rows[3][-1].replace("try=2", "try=01")
    steps = step_values(record_after(facts_of(promise(), one, other)), "node1")
    keys = [(step["leg"], step["n"], step["name"]) for step in steps]
    assert len(set(keys)) == len(keys)


def test_an_accepted_promise_stays_in_memory_until_it_is_kept_and_not_for_ever():
    book = CallBook("node1")
    for fact in facts_of(promise()):
        book.feed(fact)
    book.saved(dict(book.dirty))
    book.expire(NOON + 3600 * SECOND)
    book.expire(NOON + UNTERMINATED_US + 3600 * SECOND)
    assert CALL in book.records
    for fact in facts_of(kept()):
        book.feed(fact)
    assert figures.callback_answered(book.dirty[CALL]) is not None
    book.saved(dict(book.dirty))
    book.expire(NOON + UNTERMINATED_US + 3600 * SECOND)
    assert CALL not in book.records
    for fact in facts_of(promise()):
        book.feed(fact)
    book.saved(dict(book.dirty))
    book.expire(NOON + 72 * 3600 * SECOND)
    assert CALL not in book.records


def test_the_call_backs_own_call_is_no_citizens_call():
    book = CallBook("node1")
    for fact in facts_of(promise(), kept()):
        book.feed(fact)
    assert set(book.dirty) == {CALL}
    assert book.records[OTHER].is_internal


def test_a_mark_without_the_promised_call_is_bad():
    with pytest.raises(BadRecordError):
        facts_of(Story(OTHER).event("HL_CALLBACK_ANSWERED", extra="try=1"))


def test_a_switch_that_dies_after_the_promise_does_not_undo_it():
    story = Story(CALL, NOON).arrive().ask().enter().wait(20).leave("KEY").mark("HL_CALLBACK", queue="main")
    book = CallBook("node1")
    for fact in facts_of(story):
        book.feed(fact)
    book.restart(NOON + 40 * SECOND)
    assert figures.outcome(book.records[CALL]) == "callback_accepted"


def test_an_answer_outside_is_none_of_ours():
    story = Story(CALL, NOON).arrive().ask().enter().wait(20).leave("TIMEOUT")
    story.mark("HL_OUTSIDE", to="region").mark("HL_OUTSIDE_END", status="ANSWER").hang_up().retire()
    record = record_after(facts_of(story))
    assert figures.outcome(record) == "overflowed_unanswered"
    assert figures.t3(record) is None


def test_a_line_to_a_place_outside_is_no_agents_telephone():
    story = Story(CALL, NOON).arrive().ask().enter().wait(20).leave("TIMEOUT").mark("HL_OUTSIDE", to="region")
    story.event("CHAN_START", "node1-1795320021.15", channel="PJSIP/trunk-carrier-0000000f")
    record = record_after(facts_of(story))
    assert {leg.agent for leg in legs(record)} == {""}
