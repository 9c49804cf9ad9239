"""What becomes of the marks of a room: lines with every time, who is there, in whatever order they come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import CallBook
from hotline.telephony.call_legs import legs
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import BadRecordError, fact_of_event, fact_of_row
from hotline.telephony.events import LineChanged, RoomChanged
from hotline.telephony.facts import Fact
from hotline.telephony.room_marks import LINE_STEPS, PARTY_STEPS, mark_of, room_slot
from hotline.telephony.room_store import line_values
from hotline.telephony.rooms import facts_of_room, is_settled, lines, room
from hotline.telephony.store import call_values, record_of, step_values
from support.call_facts import SECOND, answered, live
from support.room_calls import AGENT_LEG, CALL, LINE, RoomStory, emergency

OTHER_LINE = "1795320040000"


def facts_of(rows: Sequence[list[str]]) -> list[Fact]:
    return [fact for row in rows if (fact := fact_of_row(row)) is not None]


def live_of(rows: Sequence[list[str]]) -> list[Fact]:
    return [fact for row in rows if (fact := fact_of_event(live(row))) is not None]


def record_after(facts: Sequence[Fact], call: str = CALL) -> CallRecord:
    book = CallBook("node1")
    for fact in facts:
        book.feed(fact)
    return book.records[call]


def only(story: RoomStory) -> CallRecord:
    return record_after(facts_of(story.rows))


def talking() -> RoomStory:
    return RoomStory(CALL).begin()


@pytest.mark.clause("R-3W-4")
def test_every_step_of_a_line_has_its_time() -> None:
    (line,) = lines(only(emergency()))
    times = [line.asked_us, line.moved_us, line.dialled_us, line.ringing_us, line.answered_us, line.joined_us]
    assert None not in times
    assert times == sorted(times, key=lambda at: at or 0)
    assert (line.answered_us or 0) - (line.asked_us or 0) > 5 * SECOND
    assert (line.state, line.why, line.is_over) == ("left", "", True)
    assert line.left_us == line.ended_us
    assert (line.target, line.agent, line.how, line.mode) == ("police", "1001", "key", "direct")
    assert (line.route, line.trunk, line.number) == (2, "emergency", "0110")
    first, second = line.tries
    assert (first.route, first.why, first.cause, first.number) == (1, "busy", "17", "110")
    assert first.failed_us is not None
    assert (second.answered_us, second.why) == (line.answered_us, "")


@pytest.mark.parametrize(
    ("story", "state", "why"),
    [
        (talking().ask_for(), "asked", ""),
        (talking().ask_for().move(), "asked", ""),
        (talking().ask_for().of_line("DIAL", route=1, trunk="t", number="110"), "dialling", ""),
        (talking().ask_for().dial(), "ringing", ""),
        (talking().ask_for().dial().fail(), "dialling", ""),
        (talking().ask_for().dial().of_line("ANSWERED", route=1), "answered", ""),
        (talking().ask_for().dial().join_line(), "joined", ""),
        (talking().ask_for().dial().join_line().of_line("LEFT", who="line"), "left", ""),
        (talking().ask_for().dial().fail().of_line("GAVE_UP", why="busy"), "failed", "busy"),
        (talking().ask_for().dial().of_line("LEFT", who="line", why="dropped"), "failed", "dropped"),
        (talking().of_line("REFUSED", target="water", agent="1001", why="hours"), "refused", "hours"),
        (talking().ask_for().dial().ends(), "failed", "gone"),
        (talking().ask_for().dial().alone(), "failed", "gone"),
        (talking().ask_for().dial().join_line().ends(), "left", ""),
    ],
)
def test_states(story: RoomStory, state: str, why: str) -> None:
    record = only(story)
    (line,) = lines(record)
    assert (line.state, line.why) == (state, why)
    assert line.is_over == (state in ("left", "failed", "refused")) == (line.ended_us is not None)
    assert is_settled(record) == (line.is_over and why != "gone" and story.rows[-1][0] != "LINKEDID_END")


def test_a_line_that_nobody_ended_is_over_with_the_call_and_not_before() -> None:
    story = talking().ask_for().dial().join_line().wait(10)
    began = story.at_us
    (line,) = lines(only(story.ends()))
    assert line.left_us is not None
    assert line.left_us >= began


def test_two_lines_and_the_second_finds_the_room_there() -> None:
    story = talking().ask_for().move().dial().join_line().wait(5)
    story.ask_for(OTHER_LINE, "water").dial(OTHER_LINE, number="96116").wait(2)
    record = only(story)
    first, second = lines(record)
    assert (first.state, second.state, second.target) == ("joined", "ringing", "water")
    assert first.moved_us is not None
    assert second.moved_us is None
    now = room(record)
    assert now is not None
    assert (now.state, [party.who for party in now.parties]) == ("open", ["citizen", "agent"])
    assert [line.id for line in now.lines] == [LINE, OTHER_LINE]


def test_who_is_in_the_room_through_a_consultation() -> None:
    story = talking().ask_for(mode="consult").hold().dial()
    waiting = room(only(story))
    assert waiting is not None
    assert waiting.state == "held"
    assert [(party.who, party.held, party.agent) for party in waiting.parties] == [
        ("citizen", True, ""),
        ("agent", False, "1001"),
    ]
    joined = room(only(story.join_line().join_all()))
    assert joined is not None
    assert joined.state == "open"
    assert not any(party.held for party in joined.parties)
    left = room(only(story.agent_leaves()))
    assert left is not None
    assert ([party.who for party in left.parties], left.state) == (["citizen"], "open")
    over = room(only(story.of_line("LEFT", who="line").alone()))
    assert over is not None
    assert (over.parties, over.lines, over.state) == ((), (), "over")


def test_the_citizens_end_is_the_rooms_end() -> None:
    now = room(only(talking().ask_for().move().dial().join_line().ends()))
    assert now is not None
    assert (now.state, now.lines) == ("over", ())


def test_a_second_room_of_the_same_call_is_another_stay() -> None:
    story = talking().ask_for().move().dial().join_line().wait(5).of_line("LEFT", who="line")
    story.told("LEFT", AGENT_LEG, "PJSIP/1001-00000001", who="agent", agent="1001", n=1).alone().wait(30)
    began = story.at_us
    story.ask_for(OTHER_LINE).move()
    now = room(only(story))
    assert now is not None
    assert now.state == "open"
    assert all(party.since_us >= began for party in now.parties)
    assert [line.moved_us is not None and line.moved_us >= began for line in now.lines] == [True]


def test_every_step_is_told_once_whoever_tells_it_first() -> None:
    def told(facts: Sequence[Fact]) -> list[tuple[object, ...]]:
        book = CallBook("node1")
        news = [event for fact in facts for event in book.feed(fact)]
        mine = [event for event in news if isinstance(event, LineChanged | RoomChanged)]
        return [tuple(value for name, value in vars(event).items() if name != "at") for event in mine]

    journal, heard = facts_of(ROWS), live_of(ROWS)
    wanted = told(journal)
    assert sorted(map(str, told([*heard[::2], *journal]))) == sorted(map(str, wanted))
    assert sorted(map(str, told([*heard, *journal, *heard]))) == sorted(map(str, wanted))
    assert len(wanted) == 14


def test_steps_of_a_line_and_of_parties_in_order() -> None:
    book = CallBook("node1")
    news = [event for fact in facts_of(emergency().rows) for event in book.feed(fact)]
    assert [event.step for event in news if isinstance(event, LineChanged)] == [
        *("asked", "dial", "ringing", "failed", "dial", "ringing", "answered", "joined", "left")
    ]
    assert [(event.who, event.step) for event in news if isinstance(event, RoomChanged)] == [
        *(("citizen", "moved"), ("agent", "moved"), ("line", "joined"), ("agent", "left"), ("line", "left"))
    ]


def test_marks_heard_before_the_call_is_brought_back_are_told_then() -> None:
    """A call-back's talk: its room is told as that of a call which ended long ago and was let go."""
    rows = emergency().rows
    before = [row for row in rows if "HL_3W" not in "".join(row)]
    after = [row for row in rows if "HL_3W" in "".join(row)]
    stored = record_after(facts_of(before))
    book = CallBook("node1")
    assert not [event for fact in live_of(after) for event in book.feed(fact)]
    news = book.remember([stored])
    assert sum(isinstance(event, LineChanged) for event in news) == 9
    assert not [event for fact in facts_of(after) for event in book.feed(fact)]


def test_an_agent_who_left_a_room_that_went_on_has_not_ended_the_call() -> None:
    def by(story: RoomStory) -> str | None:
        return figures.ended_by(only(story))

    story = talking().ask_for().move().dial().join_line().wait(5).agent_leaves().wait(20)
    assert by(story.hang_up(by="dialplan/builtin").retire()) == "switch"
    story = talking().ask_for().move().dial().join_line().wait(5).agent_leaves().wait(20)
    assert by(story.of_line("LEFT", who="line").alone().wait(5).hang_up(by="x").retire()) == "switch"
    assert by(emergency()) == "citizen"
    story = talking().ask_for().move().dial().fail().of_line("GAVE_UP", why="busy").wait(5).agent_leaves()
    assert by(story.hang_up(by="x").retire()) == "agent"


def test_the_figures_of_a_call_hold_through_its_room() -> None:
    plain, roomy = talking(), talking()
    at_us = plain.at_us
    roomy.ask_for().move().dial().join_line().wait(5).agent_leaves().wait(60).ends()
    plain.wait((roomy.at_us - at_us) / SECOND).ends()
    one, other = only(roomy), only(plain)
    for point in (figures.t1, figures.t2, figures.t3, figures.t4, figures.wait_human, figures.outcome):
        assert point(one) == point(other)
    t4, t5 = figures.t4(one), figures.t5(one)
    assert None not in (t4, t5)
    assert figures.talk(one) == (t5 or 0) - (t4 or 0)
    assert [(leg.role, leg.agent) for leg in legs(one)] == [("citizen", ""), ("agent", "1001")]


def test_a_third_lines_trunk_is_no_agent() -> None:
    story = talking().ask_for().move().dial().join_line()
    story.event("BRIDGE_ENTER", "node1-9.9", channel="PJSIP/trunk-emergency-00000007", bridge_id="room-1")
    story.hang_up("node1-9.9", by="PJSIP/trunk-emergency-00000007")
    (third,) = [leg for leg in legs(only(story)) if leg.id == "node1-9.9"]
    assert (third.role, third.agent) == ("other", "")


def test_what_is_stored_of_lines_and_steps() -> None:
    record = only(emergency())
    (row,) = line_values(record, "node1")
    assert (row["call"], row["line"], row["node"], row["state"]) == (CALL, LINE, "node1", "left")
    assert (row["target"], row["number"], row["route"]) == ("police", "0110", 2)
    assert [one["why"] for one in row["tries"]] == ["busy", ""]
    steps = step_values(record, "node1")
    keys = [(step["leg"], step["n"], step["name"]) for step in steps]
    assert len(keys) == len(set(keys))
    of_line = {step["name"]: step for step in steps if step["leg"] == f"line:{LINE}"}
    assert {"HL_3W_ASKED", "HL_3W_FAILED", "HL_3W_JOINED"} <= of_line.keys()
    assert of_line["HL_3W_FAILED"]["params"] == {"route": "1", "why": "busy", "cause": "17"}
    assert record_of(record.id, call_values(record, "n")["facts"]) == record


def test_a_call_pushed_by_110_says_so_and_keeps_the_callers_number_out_of_its_steps() -> None:
    story = RoomStory(CALL).arrive()
    story.mark("HL_PUSHED", case="A110-7", caller="13900001111", officer="012345")
    record = only(story)
    assert call_values(record, "n")["source"] == "110"
    (step,) = [step for step in step_values(record, "n") if step["name"] == "HL_PUSHED"]
    assert step["params"] == {"case": "A110-7", "officer": "012345"}
    assert call_values(only(talking()), "n")["source"] is None


def test_a_call_without_a_room_has_none() -> None:
    record = record_after(facts_of(answered().rows))
    assert (lines(record), room(record), is_settled(record)) == ((), None, True)


ROWS = [*emergency().rows, *answered("node1-1795320010.14", at_us=emergency().at_us).rows]
ALONE = record_after(facts_of(ROWS))


@given(st.permutations(range(len(ROWS))), st.lists(st.integers(0, len(ROWS) - 1)))
@pytest.mark.clause("R-3W-4")
def test_order_and_repetition_change_nothing(order: list[int], again: list[int]) -> None:
    facts = facts_of(ROWS)
    record = record_after([facts[index] for index in (*order, *again)])
    assert record == ALONE
    assert lines(record) == lines(ALONE)


@given(st.sets(st.integers(0, len(ROWS) - 1)), st.randoms(use_true_random=False))
@pytest.mark.clause("R-3W-4")
def test_live_then_journal_is_the_journal_alone(heard: set[int], random: Any) -> None:
    some = live_of([ROWS[index] for index in heard])
    random.shuffle(some)
    assert record_after([*some, *facts_of(ROWS)]) == ALONE


def test_live_alone_tells_the_same_steps() -> None:
    live_lines = lines(record_after(live_of(ROWS)))
    assert [(line.state, line.route, line.target) for line in live_lines] == [("left", 2, "police")]


@pytest.mark.parametrize("parts", list(permutations(range(3))))
def test_marks_may_come_before_their_call_is_known(parts: tuple[int, ...]) -> None:
    rows = emergency().rows
    third = [row for row in rows if row[3] != CALL]
    first, second = [row for row in rows if row[3] == CALL][:4], [row for row in rows if row[3] == CALL][4:]
    told = [third, first, second]
    assert lines(record_after(facts_of([row for part in parts for row in told[part]]))) == lines(ALONE)


@pytest.mark.parametrize(
    "extra",
    [
        "line=1&target=police",
        "call=node1-1&target=police",
        "call=node1-1&line=",
        "call=node1-1&line=1:2",
        "call=&line=1",
        "call=no id&line=1",
    ],
)
def test_a_mark_that_does_not_say_what_it_is_about_is_bad(extra: str) -> None:
    with pytest.raises(BadRecordError):
        facts_of(RoomStory(CALL).event("HL_3W_ASKED", extra=extra).rows)


def test_the_far_half_of_a_local_channel_whose_id_was_given_is_heard() -> None:
    story = talking()
    story.told("ASKED", "mine-1;2", "Local/police@hotline-line-1;2", "mine-1", line=LINE, target="police")
    (line,) = lines(only(story))
    assert (line.target, line.leg) == ("police", "mine-1;2")


def test_an_unknown_step_is_bad_and_no_slot() -> None:
    with pytest.raises(BadRecordError):
        facts_of(RoomStory(CALL).event("HL_3W_NONSENSE", extra=f"call={CALL}&line=1").rows)


@pytest.mark.parametrize(
    ("name", "values", "mark"),
    [
        ("HL_3W_ASKED", {"line": "17"}, ("HL_3W_ASKED", "17", 0)),
        ("HL_3W_DIAL", {"line": "17", "route": "2"}, ("HL_3W_DIAL", "17", 2)),
        ("HL_3W_DIAL", {"line": "17", "route": "x"}, ("HL_3W_DIAL", "17", 0)),
        ("HL_3W_LEFT", {"line": "17", "who": "line"}, ("HL_3W_LEFT", "17", 0)),
        ("HL_3W_LEFT", {"who": "agent", "n": "3"}, ("HL_3W_LEFT", "n:1.2", 3)),
        ("HL_3W_MOVED", {"who": "citizen", "n": "4"}, ("HL_3W_MOVED", "n:1.2", 4)),
        ("HL_3W_ALONE", {}, ("HL_3W_ALONE", "n:1.2", 0)),
        ("HL_SUPERVISE", {"n": "1"}, ("HL_SUPERVISE", "n:1.2", 1)),
        ("HL_SUPERVISE_END", {"n": "2"}, ("HL_SUPERVISE_END", "n:1.2", 2)),
        ("HL_SUPERVISE_REFUSED", {"n": "1"}, ("HL_SUPERVISE_REFUSED", "n:1.2", 1)),
    ],
)
def test_a_slot_tells_its_mark(name: str, values: dict[str, str], mark: tuple[str, str, int]) -> None:
    slot = room_slot(name, "n:1.2", values)
    assert slot is not None
    assert mark_of(slot) == mark


def test_every_mark_of_a_room_is_kept() -> None:
    told = sum(row[6].startswith("HL_3W_") or "HL_3W_" in "".join(row) for row in emergency().rows)
    assert len(facts_of_room(ALONE)) == told


_NAMES = [f"HL_3W_{step}" for step in sorted(LINE_STEPS | PARTY_STEPS)] + ["HL_SUPERVISE", "HL_SUPERVISE_END"]
_marks = st.tuples(
    st.sampled_from(_NAMES),
    st.sampled_from([CALL, AGENT_LEG, "node1-9.9"]),
    st.integers(0, 90),
    st.fixed_dictionaries(
        {"line": st.sampled_from([LINE, OTHER_LINE]), "n": st.integers(0, 3), "route": st.integers(0, 2)},
        optional={
            "who": st.sampled_from(["citizen", "agent", "line", ""]),
            "agent": st.sampled_from(["1001", "1002", ""]),
            "why": st.sampled_from(["busy", "gone"]),
            "target": st.just("police"),
        },
    ),
)


@given(st.lists(_marks, max_size=25), st.booleans(), st.randoms(use_true_random=False))
def test_whatever_marks_there_are_each_line_has_one_state_and_one_end(
    marks: list[tuple[str, str, int, dict[str, object]]], ends: bool, random: Any
) -> None:
    story = talking()
    began = story.at_us
    for name, leg, second, values in marks:
        story.at_us = began + second * SECOND
        pairs = "&".join(f"{key}={value}" for key, value in {"call": CALL, **values}.items())
        story.event(name, leg, channel="PJSIP/x-1", extra=pairs)
    story.at_us = began + 100 * SECOND
    facts = facts_of((story.hang_up() if ends else story).rows)
    record = record_after(facts)
    random.shuffle(facts)
    assert record_after(facts) == record
    for line in lines(record):
        assert line.is_over == (line.ended_us is not None)
        assert line.is_over or not ends
        assert line.asked_us is not None
        assert line.left_us is None or line.ended_us is not None
    now = room(record)
    if now is not None:
        assert all(not line.is_over for line in now.lines)
        assert (now.state == "over") or now.parties or now.lines
        assert not ends or now.lines == ()
    keys = [(step["leg"], step["n"], step["name"]) for step in step_values(record, "n")]
    assert len(keys) == len(set(keys))
    assert len(line_values(record, "n")) == len(lines(record))
    assert record_of(CALL, call_values(record, "n")["facts"]) == record
