"""Who is heard live, from what the switch writes of a call."""

from __future__ import annotations

import pytest

from hotline.telephony.audio_heard import heard, with_citizen
from hotline.telephony.audio_ports import LegOfCall
from hotline.telephony.cel import fact_of_event, fact_of_row
from support.call_facts import Story, live, row
from support.heard_legs import AGENT, CITIZEN, POLICE, record_of
from support.room_calls import AGENT_CHANNEL, AGENT_LEG, CALL, LINE, RoomStory

OTHER, OTHER_CHANNEL = "node1-1795320000.300", "PJSIP/1002-00000007"


def speaking(story: Story) -> set[LegOfCall]:
    found = heard(record_of(story))
    assert found == heard(record_of(story, is_live=True))
    return set(found.together)


def answered(story: RoomStory) -> RoomStory:
    """The third line's own telephone tells its answer."""
    story.told("ANSWERED", POLICE.leg, POLICE.channel, "node1-1795320031.77", line=LINE, route=1)
    return story


def talk() -> RoomStory:
    return RoomStory(CALL).begin()


def test_nobody_is_heard_before_an_agent_answers():
    assert speaking(RoomStory(CALL).arrive().menu().ask().enter().ring(AGENT_LEG)) == set()


def test_a_talk_is_heard_from_the_answer_on_both_sides():
    story = RoomStory(CALL).arrive().menu().ask().enter().ring(AGENT_LEG)
    story.event("ANSWER", AGENT_LEG, channel=AGENT_CHANNEL)
    story.event("HL_AGENT", AGENT_LEG, channel=AGENT_CHANNEL, extra="agent=1001&queue=main&visit=1")
    assert speaking(story) == {CITIZEN, AGENT}
    assert speaking(talk()) == {CITIZEN, AGENT}
    assert heard(record_of(talk())).alive == {CALL, AGENT_LEG}


def test_after_the_end_nobody_is():
    assert heard(record_of(talk().ends())).alive == frozenset()
    story = talk()
    story.event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1").hang_up(AGENT_LEG, agent="1001")
    assert speaking(story) == set()
    assert heard(record_of(story)).alive == {CALL}


def test_a_transfer_goes_to_the_next_agent():
    story = talk()
    story.event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1").event("BRIDGE_EXIT", bridge_id="b-1")
    story.hang_up(AGENT_LEG, agent="1001").wait(2)
    story.event("CHAN_START", OTHER, channel=OTHER_CHANNEL).event("ANSWER", OTHER, channel=OTHER_CHANNEL)
    story.event("BRIDGE_ENTER", OTHER, channel=OTHER_CHANNEL, bridge_id="b-2")
    story.event("BRIDGE_ENTER", bridge_id="b-2")
    assert speaking(story) == {CITIZEN, LegOfCall(CALL, OTHER, OTHER_CHANNEL, "agent", "1002")}


def test_a_colleague_who_is_only_asked_is_not_heard_and_the_agent_not_while_asking():
    story = talk().event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1")
    story.event("BRIDGE_ENTER", AGENT_LEG, channel=AGENT_CHANNEL, bridge_id="b-9")
    story.event("BRIDGE_ENTER", OTHER, channel=OTHER_CHANNEL, bridge_id="b-9")
    found = heard(record_of(story))
    assert found.together == ()
    assert found.unsure == (AGENT,)
    assert with_citizen(found, {}) == ()
    assert with_citizen(found, {CALL: "", AGENT_LEG: ""}) == ()
    assert with_citizen(found, {CALL: "b-1", AGENT_LEG: "b-9"}) == ()


def test_an_agent_who_came_back_is_heard_when_the_switch_says_so():
    """Leaving a bridge and coming back to the same one leaves the same facts as leaving it."""
    story = talk().event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1").wait(5)
    story.event("BRIDGE_ENTER", AGENT_LEG, channel=AGENT_CHANNEL, bridge_id="b-1")
    found = heard(record_of(story))
    assert set(with_citizen(found, {CALL: "b-1", AGENT_LEG: "b-1"})) == {CITIZEN, AGENT}


def test_in_a_room_all_three_are_heard_and_the_line_alone_with_the_citizen():
    story = answered(talk().ask_for().move().dial())
    assert speaking(story) == {CITIZEN, AGENT}, "it hears the announcement and is not joined yet"
    story.of_line("JOINED")
    assert speaking(story) == {CITIZEN, AGENT, POLICE}
    story.agent_leaves()
    assert speaking(story) == {CITIZEN, POLICE}
    story.of_line("LEFT", who="line")
    assert speaking(story) == set()


def test_while_the_citizen_waits_for_a_consultation_nobody_is_heard():
    story = talk().ask_for(how="api", mode="consult")
    story.event("BRIDGE_EXIT", AGENT_LEG, bridge_id="b-1").event("BRIDGE_EXIT", bridge_id="b-1")
    answered(story.hold().dial()).of_line("JOINED")
    assert speaking(story) == set()
    assert heard(record_of(story)).alive == {CALL, AGENT_LEG, POLICE.leg}
    assert speaking(story.join_all()) == {CITIZEN, AGENT, POLICE}


@pytest.mark.parametrize(
    "name",
    [
        "PJSIP/1001-00000001,qoEB",
        "PJSIP/1001-00000001&PJSIP/1002-00000001",
        "PJSIP/",
        "PJSIP/1001",
        "PJSIP/1001-0000000",
        "PJSIP/1001-00000001\n",
        "Local/1001@somewhere-00000001;1",
        "PJSIP/${X}-00000001",
    ],
)
def test_only_a_whole_and_plain_channel_name_is_ever_listened_to(name):
    story = RoomStory(CALL).arrive().menu().ask().enter()
    story.rows.append(row("CHAN_START", story.at_us, AGENT_LEG, CALL, channel=name))
    story.event("HL_AGENT", AGENT_LEG, channel=name, extra="agent=1001&queue=main&visit=1")
    assert speaking(story) == set()


def test_channels_of_live_audio_are_no_part_of_any_call():
    ear = "hotline-ear-01J0000000000000000000000"
    for name in ("CHAN_START", "ANSWER", "HANGUP", "CHAN_END", "LINKEDID_END"):
        cells = row(name, 1_795_320_000_000_000, ear, ear, channel="AudioSocket/127.0.0.1:4-x")
        assert fact_of_row(cells) is None
        assert fact_of_event(live(cells)) is None
        assert fact_of_row(row(name, 1_795_320_000_000_000, ear, CALL)) is None
