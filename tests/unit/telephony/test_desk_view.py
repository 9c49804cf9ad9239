"""Which call is at which desk, from records as the journal makes them."""

from __future__ import annotations

from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from hotline.telephony.desk_view import at_desks
from support.call_facts import Story


def record_of(story: Story) -> CallRecord:
    facts = (fact_of_row(row) for row in story.rows)
    return merge_all(CallRecord(story.call), (fact for fact in facts if fact is not None))


def ringing(call: str = "node1-1795320000.12") -> Story:
    return Story(call).arrive().ask().enter(queue="public").ring(f"{call}1")


def lost() -> Story:
    """A talk whose agent's telephone has gone away."""
    story = ringing().answer(f"{Story().call}1").wait(20)
    story.hang_up(f"{story.call}1", agent="1001", by="elsewhere", cause=44)
    return story.mark("HL_LOST", agent="1001")


def test_a_call_rings_then_talks_then_is_gone() -> None:
    story = ringing()
    there = at_desks([record_of(story)])["1001"]
    assert (there.state, there.queue, there.channel) == ("ringing", "public", "PJSIP/1001-00000001")
    there = at_desks([record_of(story.answer(f"{story.call}1"))])["1001"]
    assert (there.state, there.in_room, there.citizen_channel) == ("talking", False, "PJSIP/trunk-local-0.12")
    assert at_desks([record_of(story.hang_up(f"{story.call}1", agent="1001"))]) == {}


def test_a_telephone_that_is_waited_for_still_has_its_call() -> None:
    there = at_desks([record_of(lost())])["1001"]
    assert (there.state, there.channel, there.leg) == ("lost", "", f"{Story().call}1")


def test_a_call_that_came_back_is_a_talk_again() -> None:
    story = lost().ring(f"{Story().call}2").answer(f"{Story().call}2")
    there = at_desks([record_of(story)])["1001"]
    assert (there.state, there.leg) == ("talking", f"{story.call}2")


def test_a_call_that_was_led_to_the_queue_is_at_no_desk() -> None:
    assert at_desks([record_of(lost().enter(visit=2))]) == {}


def test_another_agents_answer_ends_the_wait() -> None:
    story = lost().ring(f"{Story().call}3", "1002")
    channel = "PJSIP/1002-00000001"
    story.event("ANSWER", f"{story.call}3", channel=channel)
    assert set(at_desks([record_of(story)])) == {"1002"}


def test_of_two_calls_the_later_one_is_shown() -> None:
    first, second = ringing(), ringing("node1-1795320009.20")
    second.rows = [[cell.replace("1795320000", "1795320009") for cell in row] for row in second.rows]
    for order in ([first, second], [second, first]):
        assert at_desks([record_of(story) for story in order])["1001"].call == second.call


def test_a_call_that_is_over_is_at_no_desk() -> None:
    story = ringing().answer(f"{Story().call}1")
    assert at_desks([record_of(story.hang_up())]) == {}
