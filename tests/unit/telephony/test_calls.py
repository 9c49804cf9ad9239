from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.core.clock import from_us
from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import UNTERMINATED_US, CallBook
from hotline.telephony.call_legs import legs
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import fact_of_event, fact_of_row
from hotline.telephony.events import (
    AgentAnswered,
    AgentRinging,
    CallArrived,
    CallBridged,
    CallEnded,
    CallEvent,
    HumanRequested,
    MenuStep,
    QueueEntered,
)
from hotline.telephony.facts import Fact, Source
from hotline.telephony.store import call_values, leg_values, record_of, step_values
from support.call_facts import NOON, SECOND, Story, abandoned, answered, internal, live

DATA = Path(__file__).resolve().parents[2] / "data" / "journal"
STORIES = [
    answered(),
    abandoned(),
    internal(),
    answered("node1-1795320010.14", at_us=NOON + 10 * SECOND, wait_s=21),
]
ROWS = [row for story in STORIES for row in story.rows]


def facts_of(rows: Sequence[list[str]]) -> list[Fact]:
    return [fact for row in rows if (fact := fact_of_row(row)) is not None]


def live_facts_of(rows: Sequence[list[str]]) -> list[Fact]:
    return [fact for row in rows if (fact := fact_of_event(live(row))) is not None]


def run(facts: Sequence[Fact], *, restarts: Sequence[int] = ()) -> tuple[CallBook, list[CallEvent]]:
    book, events = CallBook("node1"), list[CallEvent]()
    for at_us in restarts:
        events.extend(book.restart(at_us))
    for fact in facts:
        events.extend(book.feed(fact))
    return book, events


def stored(book: CallBook) -> dict[str, Any]:
    """What the store would hold of the citizens' calls."""
    return {
        record.id: (call_values(record, "n"), leg_values(record, "n"), step_values(record, "n"))
        for record in book.records.values()
        if record.citizen
    }


def only(story: Story) -> CallRecord:
    book, _ = run(facts_of(story.rows))
    (record,) = [record for record in book.records.values() if record.citizen]
    return record


ALONE = stored(run(facts_of(ROWS))[0])


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(len(ROWS))), st.lists(st.integers(0, len(ROWS) - 1)))
@pytest.mark.clause("R-Q-4")
def test_order_and_repetition_change_nothing(order: list[int], again: list[int]) -> None:
    facts = facts_of(ROWS)
    book, _ = run([facts[index] for index in (*order, *again)])
    assert stored(book) == ALONE


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, len(ROWS) - 1)), st.randoms(use_true_random=False))
@pytest.mark.clause("R-Q-4")
def test_live_then_journal_is_the_journal_alone(heard: set[int], random: Any) -> None:
    some = live_facts_of([ROWS[index] for index in heard])
    random.shuffle(some)
    book, _ = run([*some, *facts_of(ROWS)])
    assert stored(book) == ALONE


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), min_size=len(ROWS), max_size=len(ROWS)), st.integers(0, 15))
def test_each_event_is_told_once_whoever_tells_it(heard: list[bool], lag: int) -> None:
    """Live runs ahead of the journal by ``lag`` records and loses some."""
    journal, now = facts_of(ROWS), live_facts_of(ROWS)
    mixed: list[Fact] = []
    for index in range(len(ROWS) + lag):
        if index < len(ROWS) and heard[index]:
            mixed.append(now[index])
        if index >= lag:
            mixed.append(journal[index - lag])
    _, events = run(mixed)
    _, wanted = run(journal)

    def key(event: CallEvent) -> tuple[object, ...]:
        values = {name: value for name, value in vars(event).items() if name != "at"}
        return (type(event).__name__, *sorted((name, str(value)) for name, value in values.items()))

    told = [key(event) for event in events if not isinstance(event, CallEnded)]
    assert sorted(told) == sorted(key(event) for event in wanted if not isinstance(event, CallEnded))
    assert len({event.call for event in events if isinstance(event, CallEnded)}) == sum(
        isinstance(event, CallEnded) for event in events
    )


def test_the_journal_twice_is_the_journal_once() -> None:
    book, events = run([*facts_of(ROWS), *facts_of(ROWS)])
    assert stored(book) == ALONE
    assert len(events) == len(run(facts_of(ROWS))[1])


def test_a_stored_record_comes_back_the_same() -> None:
    record = only(answered())
    assert record_of(record.id, call_values(record, "n")["facts"]) == record


@pytest.mark.clause("R-Q-1")
def test_clock_points_and_waits() -> None:
    record = only(answered(wait_s=9))
    t0, t1, t2, t3 = (point(record) for point in (figures.t0, figures.t1, figures.t2, figures.t3))
    t4, t5 = figures.t4(record), figures.t5(record)
    assert None not in (t0, t1, t2, t3, t4, t5)
    assert t0 == NOON
    assert sorted([t0, t1, t2, t3, t4, t5]) == [t0, t1, t2, t3, t4, t5]  # type: ignore[type-var]  # none is None
    assert figures.wait_human(record) == t3 - t1  # type: ignore[operator]  # none is None
    assert 9 * SECOND < (figures.wait_human(record) or 0) < 9.01 * SECOND
    assert (figures.wait_citizen(record) or 0) - (figures.wait_human(record) or 0) == t1 - t0  # type: ignore[operator]
    assert figures.outcome(record) == "answered"
    assert figures.ended_by(record) == "citizen"
    assert [(leg.role, leg.agent) for leg in legs(record)] == [
        ("citizen", ""),
        ("agent", "1002"),
        ("agent", "1001"),
    ]


def test_events_of_a_call_in_order() -> None:
    _, events = run(facts_of(answered().rows))
    assert [type(event) for event in events] == [
        CallArrived,
        MenuStep,
        MenuStep,
        HumanRequested,
        QueueEntered,
        AgentRinging,
        AgentRinging,
        AgentAnswered,
        CallBridged,
        CallEnded,
    ]
    arrived = events[0]
    assert isinstance(arrived, CallArrived)
    assert (arrived.at, arrived.number, arrived.did) == (from_us(NOON), "13812345678", "12345")


def story() -> Story:
    return Story().arrive().menu()


@pytest.mark.parametrize(
    ("told", "outcome", "apart", "by"),
    [
        (answered(), "answered", None, "citizen"),
        (abandoned(), "abandoned", None, "citizen"),
        (story().ask().hang_up(), "abandoned", None, "citizen"),
        (story().ask().enter().wait(90).leave("TIMEOUT").hang_up(by="x"), "timed_out", None, "switch"),
        (story().ask().enter().leave("JOINEMPTY").hang_up(by="x"), "no_agent", None, "switch"),
        (story().ask().enter().leave("FULL").hang_up(by="x"), "queue_full", None, "switch"),
        (
            story().ask().enter().leave("KEY").mark("HL_MESSAGE", file="a").hang_up(),
            "abandoned",
            None,
            "citizen",
        ),
        (
            story()
            .ask()
            .enter()
            .leave("TIMEOUT")
            .enter(2, "other")
            .leave("TIMEOUT", 2, "other")
            .hang_up(by="x"),
            "overflowed_unanswered",
            None,
            "switch",
        ),
        (story().ask().enter().leave("TIMEOUT").enter(2, "other").hang_up(), "abandoned", None, "citizen"),
        (story().ask().enter().leave("UNHEARD_OF").hang_up(by="x"), "system_error", None, "switch"),
        (story().hang_up(), None, "ended_in_menu", "citizen"),
        (story().mark("HL_SELF", service="progress").hang_up(by="x"), None, "self_service", "switch"),
        (Story().arrive().mark("HL_FULL", calls="9").hang_up(by="x"), None, "system_error", "switch"),
        (story().ask().enter(), None, None, None),
    ],
)
def test_outcomes(told: Story, outcome: str | None, apart: str | None, by: str | None) -> None:
    record = only(told)
    assert (figures.outcome(record), figures.apart(record), figures.ended_by(record)) == (outcome, apart, by)


def test_the_agent_hung_up_first() -> None:
    told = (
        story().ask().enter().ring("a").answer("a").wait(9).hang_up("a", agent="1001").hang_up(by="dialplan")
    )
    assert figures.ended_by(only(told)) == "agent"


@pytest.mark.clause("R-IVR-8")
def test_a_restart_of_the_switch_closes_what_was_open_truthfully() -> None:
    waiting = Story("node1-1795320000.1").arrive().ask().enter()
    talking = Story("node1-1795320000.2").arrive().ask().enter().ring("a").answer("a")
    facts = [*facts_of(waiting.rows), *facts_of(talking.rows), *facts_of(abandoned().rows)]
    cut = NOON + 30 * SECOND
    book, events = run(facts)
    news = book.restart(cut)
    ended = {event.call: event for event in news if isinstance(event, CallEnded)}
    assert {call: (event.outcome, event.ended_by) for call, event in ended.items()} == {
        "node1-1795320000.1": ("system_error", "switch_restart"),
        "node1-1795320000.2": ("answered", "switch_restart"),
    }
    assert {event.at for event in ended.values()} == {from_us(cut)}
    assert not book.restart(cut)
    early, _ = run(facts, restarts=[cut])
    assert stored(early) == stored(book)
    assert len(events) > 0


def test_the_first_channel_of_a_new_process_closes_the_calls_of_the_old_one() -> None:
    old = Story("node1-1795320000.31").arrive().ask().enter()
    new = Story("node1-1795320000.0", NOON + SECOND // 2).arrive()
    book, _ = run([*facts_of(old.rows), *facts_of(new.rows)])
    assert [record.id for record in book.open_calls()] == ["node1-1795320000.0"]
    assert figures.ended_by(book.records["node1-1795320000.31"]) == "switch_restart"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_calls_in_progress_are_those_that_have_begun_and_not_ended(data: st.DataObject) -> None:
    journal, told_live = facts_of(ROWS), live_facts_of(ROWS)
    facts = data.draw(st.lists(st.sampled_from([*journal, *told_live]), max_size=60))
    book = CallBook("node1")
    for fact in facts:
        book.feed(fact)
        if data.draw(st.integers(0, 9)) == 0:
            book.restart(fact.at_us + data.draw(st.integers(-SECOND, SECOND)))
            book.saved(dict(book.dirty))
            book.expire(fact.at_us + data.draw(st.integers(0, 5 * 3600)) * SECOND)
        in_progress = sorted(record.id for record in book.records.values() if record.is_open)
        assert sorted(record.id for record in book.open_calls()) == in_progress
    again = CallBook("node1")
    again.remember(book.records.values(), book.restarts)
    assert again.open_calls() == book.open_calls()


SEEN_US, NEXT_US = NOON + 30 * SECOND + 122_000, NOON + 30 * SECOND + 900_000
"""Killed, and started again within the same second, which is all that QUEUESTART tells."""


@pytest.mark.parametrize("order", list(permutations(["death", "start", "next"])))
@pytest.mark.parametrize("noticed", [True, False])
@pytest.mark.clause("R-Q-4")
def test_a_switch_that_is_up_again_within_the_second_in_which_it_died(
    order: tuple[str, ...], noticed: bool
) -> None:
    waiting = Story("node1-1795320000.1").arrive().ask().enter()
    just_begun = Story("node1-1795320030.9", NOON + 30 * SECOND + 50_000).arrive()
    told = {
        "death": lambda book: book.restart(SEEN_US) if noticed else None,
        "start": lambda book: book.restart(NOON + 30 * SECOND),
        "next": lambda book: [book.feed(fact) for fact in facts_of(Story(FIRST, NEXT_US).arrive().rows)],
    }
    book, _ = run([*facts_of(waiting.rows), *facts_of(just_begun.rows)])
    for name in order:
        told[name](book)
    ends = {call: figures.t5(record) for call, record in book.records.items()}
    assert ends == {
        **dict.fromkeys((waiting.call, just_begun.call), SEEN_US if noticed else NEXT_US),
        FIRST: None,
    }


FIRST = "node1-1795320030.0"


def test_a_call_never_ends_before_its_own_last_line() -> None:
    last_us = NOON + 30 * SECOND + 700_000
    call = Story("node1-1795320000.1").arrive().ask().enter().ring("a")
    call.at_us = last_us
    book, _ = run(facts_of(call.answer("a").rows))
    last = max(fact.at_us for fact in book.records[call.call].slots.values())
    assert last_us <= last < NOON + 31 * SECOND
    book.restart(NOON + 30 * SECOND)
    assert figures.t5(book.records[call.call]) == last
    book.restart(NOON + 29 * SECOND)  # a start of an earlier process, of which the lines came late
    assert figures.t5(book.records[call.call]) == NOON + 30 * SECOND - 1


def test_the_journals_own_end_outranks_a_restart_and_the_limit() -> None:
    told = answered()
    book, _ = run(facts_of(told.rows[:-5]))
    book.restart(NOON + 3000 * SECOND)
    book.expire(NOON + UNTERMINATED_US + SECOND)
    for fact in facts_of(told.rows):
        book.feed(fact)
    assert stored(book)[told.call] == ALONE[told.call] or "restart" in str(
        stored(book)[told.call][0]["facts"]
    )
    assert figures.ended_by(book.records[told.call]) == "citizen"
    assert figures.t5(book.records[told.call]) == ALONE_END


ALONE_END = figures.t5(only(answered()))


def test_a_call_without_an_end_is_unterminated_after_four_hours() -> None:
    book, _ = run(facts_of(answered().rows[:-6]))
    assert not book.expire(NOON + UNTERMINATED_US - SECOND)
    news = book.expire(NOON + UNTERMINATED_US + SECOND)
    assert [(event.ended_by, event.outcome) for event in news if isinstance(event, CallEnded)] == [
        ("unterminated", "answered")
    ]
    (record,) = [record for record in book.records.values() if record.citizen]
    assert figures.talk(record) is None


def test_memory_is_given_back() -> None:
    book, _ = run([*live_facts_of(ROWS), *facts_of(ROWS), *live_facts_of(internal().rows)])
    book.saved(dict(book.dirty))
    book.expire(NOON + 3600 * SECOND)
    assert not book.records
    book, _ = run(live_facts_of(ROWS[:8]))
    book.expire(NOON + UNTERMINATED_US * 2)
    assert not book.records


def test_a_call_merged_into_another_stays_the_citizens() -> None:
    """A transfer gives the citizen's channel another Linkedid in the middle of its life."""
    told = answered()
    rows = [list(row) for row in told.rows]
    for row in rows[-7:]:
        row[3] = "node1-1795319000.3"
    book, _ = run(facts_of(rows))
    assert figures.t5(book.records[told.call]) == ALONE_END


def test_what_memory_does_not_know_is_asked_for_in_the_store_a_merged_citizens_own_call_too() -> None:
    told = answered()
    facts = facts_of(told.rows)
    book, _ = run(facts)
    assert book.unsaved_calls(facts) == set()
    merged = [fact._replace(call="node1-1795319000.3") for fact in facts[-7:]]
    assert book.unsaved_calls(merged) >= {"node1-1795319000.3"}
    assert CallBook("node1").unsaved_calls(facts) == {told.call}, "no look for each agent's leg"
    assert told.call in CallBook("node1").unsaved_calls(merged)


def test_a_journal_written_by_asterisk_itself() -> None:
    with (DATA / "two_calls.csv").open(encoding="utf-8", newline="") as file:
        facts = facts_of(list(csv.reader(file)))
    assert all(fact.source is Source.JOURNAL for fact in facts)
    book, _ = run(facts)
    ended, cut = (book.records[call] for call in ("node1-1795318464.0", "node1-1795318468.3"))
    assert figures.ended_by(ended) == "citizen"
    assert (figures.t5(ended) or 0) - (figures.t0(ended) or 0) == 3_009_720
    assert [leg.channel for leg in legs(ended)] == [
        "PJSIP/trunk-local-00000000",
        "PJSIP/1002-00000001",
        "PJSIP/1001-00000002",
    ]
    assert cut.is_open
