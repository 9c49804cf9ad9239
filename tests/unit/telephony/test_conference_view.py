"""Who is in a room, as the switch's list of its members tells."""

from __future__ import annotations

from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from hotline.telephony.conference_view import Sight, agents_of, members_of
from hotline.telephony.snapshot import ChannelView
from support.call_facts import Story


def member(uniqueid: str, channel: str) -> AmiMessage:
    return AmiMessage(f"Event: ConfbridgeList\r\nChannel: {channel}\r\nUniqueid: {uniqueid}".encode())


def test_a_citizen_with_music_is_alone() -> None:
    answer = [
        AmiMessage(b"Response: Success\r\nEventList: start"),
        member("node1-1.1", "PJSIP/trunk-test-00000001"),
        member("node1-1.9", "Local/s@hotline-room-music-00000004;1"),
        AmiMessage(b"Event: ConfbridgeListComplete\r\nEventList: Complete"),
    ]
    there = members_of(answer)
    assert there == {"node1-1.1"}
    citizen = ChannelView(
        *("node1-1.1", "node1-1.1", "PJSIP/trunk-test-00000001", "Up", "13800000001", ""),
        *("hotline-room", "citizen", "ConfBridge", "b-1", 9),
    )
    assert Sight({"node1-1.1": citizen}, there).is_alone("node1-1.1", [])
    with_line = there | {"node1-1.7"}
    assert not Sight({"node1-1.1": citizen}, with_line).is_alone("node1-1.1", [])


def agents_in(story: Story) -> list[str]:
    facts = (fact_of_row(row) for row in story.rows)
    return list(agents_of(merge_all(CallRecord(story.call), (fact for fact in facts if fact is not None))))


def test_an_agent_who_asked_a_colleague_first_and_took_the_citizen_back_is_in_the_talk() -> None:
    story, leg = Story(), f"{Story().call}1"
    channel = "PJSIP/1001-00000001"
    story.arrive().ask().enter().ring(leg).answer(leg).wait(5)
    story.event("BRIDGE_EXIT", leg, channel=channel, bridge_id="b-1")
    story.event("BRIDGE_ENTER", leg, channel=channel, bridge_id="b-2").wait(5)
    assert agents_in(story) == []
    story.event("BRIDGE_EXIT", leg, channel=channel, bridge_id="b-2")
    assert agents_in(story) == ["1001"]
    story.event("BRIDGE_ENTER", leg, channel=channel, bridge_id="b-1").wait(5)
    assert agents_in(story) == ["1001"]
    assert agents_in(story.hang_up(leg, agent="1001")) == []
