from __future__ import annotations

from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.holds import holders


def channel(name: str, bridge: str, *, held: str = "0") -> AmiMessage:
    lines = ("Event: Status", f"Channel: {name}", f"BridgeID: {bridge}", f"Variable: CHANNEL(onhold)={held}")
    return AmiMessage("\r\n".join(lines).encode())


def test_whoever_shares_a_bridge_of_two_with_a_held_channel_holds_it():
    answers = [
        AmiMessage(b"Response: Success\r\nEventList: start"),
        *(channel("PJSIP/trunk-a-1", "b1", held="1"), channel("PJSIP/1001-2", "b1")),
        *(channel("PJSIP/trunk-a-3", "b2"), channel("PJSIP/1002-4", "b2")),
        *(channel("PJSIP/trunk-a-5", "b3", held="1"), channel("PJSIP/1003-6", "b3", held="1")),
        *(channel("PJSIP/trunk-a-7", "b4", held="1"), channel("PJSIP/1004-8", "b4"), channel("x", "b4")),
        *(channel("PJSIP/trunk-a-9", "", held="1"), channel("PJSIP/1005-10", "")),
    ]
    assert holders(answers) == {"PJSIP/1001-2"}


def test_what_a_caller_writes_into_a_header_is_no_hold():
    hostile = AmiMessage(
        b"Event: Status\r\nChannel: PJSIP/trunk-a-1\r\nCallerIDName: Variable: CHANNEL(onhold)=1\r\n"
        b"BridgeID: b1\r\nVariable: CHANNEL(onhold)=0"
    )
    assert holders([hostile, channel("PJSIP/1001-2", "b1")]) == frozenset()
