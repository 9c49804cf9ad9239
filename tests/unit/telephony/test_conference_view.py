"""Who is in a room, as the switch's list of its members tells."""

from __future__ import annotations

from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.conference_view import Sight, members_of
from hotline.telephony.snapshot import ChannelView


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
