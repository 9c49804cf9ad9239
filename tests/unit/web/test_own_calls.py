"""Whose call it is: who answered it, and whose telephone rings for it now."""

from hotline.web.own_calls import agents_of
from support.call_facts import Story, answered
from support.heard_legs import record_of

CALL = "node1-1795320000.12"


def test_who_answered_a_call_had_it_and_who_let_it_ring_had_not() -> None:
    assert agents_of(record_of(answered(CALL))) == {"1001"}


def test_whose_telephone_rings_now_has_the_call_until_it_stops() -> None:
    story = Story(CALL).arrive().menu().ask().enter().ring(f"{CALL}1", "1002")
    assert agents_of(record_of(story)) == {"1002"}
    story.hang_up(f"{CALL}1", agent="1002", by="elsewhere", cause=26)
    assert agents_of(record_of(story)) == set()
