"""Which call is at which desk, from records as the journal makes them."""

from __future__ import annotations

from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from hotline.telephony.desk_view import at_desks
from support.call_facts import Story, asking


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


def test_who_is_asked_before_a_transfer_is_known_at_both_desks_until_the_citizen_is_taken_back() -> None:
    story, leg = asking(), f"{Story().call}1"
    there = at_desks([record_of(story)])
    assert (there["1001"].consulting, there["1001"].asked_by) == ("1002", "")
    assert (there["1002"].consulting, there["1002"].asked_by) == ("", "1001")
    channel = "PJSIP/1001-00000001"
    story.event("BRIDGE_EXIT", leg, channel=channel, bridge_id="b-2")
    story.event("BRIDGE_ENTER", leg, channel=channel, bridge_id="b-1")
    assert at_desks([record_of(story)])["1001"].consulting == ""


def test_of_two_calls_the_later_one_is_shown() -> None:
    first, second = ringing(), ringing("node1-1795320009.20")
    second.rows = [[cell.replace("1795320000", "1795320009") for cell in row] for row in second.rows]
    for order in ([first, second], [second, first]):
        assert at_desks([record_of(story) for story in order])["1001"].call == second.call


def test_a_call_that_is_over_is_at_no_desk() -> None:
    story = ringing().answer(f"{Story().call}1")
    assert at_desks([record_of(story.hang_up())]) == {}
