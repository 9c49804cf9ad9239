"""What the switch is told to dial, and what it is never told."""

from __future__ import annotations

import pytest

from hotline.callback_bot.dial.lines import Lines, trunk_of
from hotline.callback_bot.dial.originate import attempt_id, is_attempt, originate
from hotline.core.errors import InvalidInputError
from hotline.telephony.ami_wire import encode_action

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ID = attempt_id("node-1.a", ULID)
GOOD = {"attempt": ID, "trunk": "city", "number": "13900000001", "shown": "12345", "ring_s": 40}


def test_an_attempt_is_dialled_under_its_own_id():
    name, fields = originate(**GOOD, variables={"HL_ROBOT_VERSION": "0123abcd", "HL_P_IDENTITY": "cb-1"})
    assert name == "Originate"
    assert fields == {
        "Channel": "PJSIP/13900000001@trunk-city",
        "Context": "hotline-robot",
        "Exten": "s",
        "Priority": "1",
        "Timeout": "40000",
        "CallerID": "12345",
        "ChannelId": f"robot-node-1.a-{ULID}",
        "Async": "true",
        "Variable": ["HL_ROBOT_VERSION=0123abcd", "HL_P_IDENTITY=cb-1"],
    }
    assert encode_action("Originate", fields, "id-1").count(b"\r\n\r\n") == 1


def test_a_trunk_without_numbers_shows_none():
    assert "CallerID" not in originate(**{**GOOD, "shown": ""}, variables={})[1]


ATTACKS = (
    "13900000001\r\nAction: Command",
    "13900000001@evil",
    "13900000001,13900000002",
    "13900000001&PJSIP/110",
    "${SHELL(id)}",
    "1390000000１",
    "",
    " 13900000001",
    "13900000001\n",
    "9" * 61,
)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("field", ["attempt", "trunk", "number", "shown"])
def test_nothing_but_a_number_a_trunk_and_an_id_gets_in(field, attack):
    if attack or field != "shown":
        with pytest.raises(InvalidInputError):
            originate(**{**GOOD, field: attack}, variables={})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HL_X", "a,b=c"),
        ("HL_X", "a\r\nAction: Command"),
        ("HL_X", "${SHELL(id)}"),
        ("HL_X", "a;b"),
        ("HL_X", "x" * 201),
        ("HL X", "a"),
        ("SHELL(id)", "a"),
        ("HL_X=1,HL_Y", "a"),
        ("", "a"),
    ],
)
def test_nothing_but_names_and_plain_values_gets_into_variables(name, value):
    with pytest.raises(InvalidInputError):
        originate(**GOOD, variables={name: value})


def test_ids_of_attempts_are_known_from_others():
    assert is_attempt(ID)
    assert not any(
        is_attempt(one) for one in (f"{ID};2", f"{ID}x", "robot-a", "node1-1790000000.4", f" {ID}")
    )


@pytest.mark.parametrize(
    ("channel", "trunk"),
    [
        ("PJSIP/trunk-city-0000001f", "city"),
        ("PJSIP/trunk-a-b.c-0000001f", "a-b.c"),
        ("PJSIP/1001-0000001f", ""),
        ("Local/s@hotline-0000001f;1", ""),
        ("AudioSocket/127.0.0.1:4000-x", ""),
        ("", ""),
    ],
)
def test_a_channel_of_a_trunk_is_known_by_its_name(channel, trunk):
    assert trunk_of(channel) == trunk


def test_lines_in_use_are_everybodys_calls_and_what_is_being_dialled():
    lines = Lines()
    lines.began("citizen", "PJSIP/trunk-city-00000001")
    lines.began("agent", "PJSIP/1001-00000002")
    lines.began(ID, "PJSIP/trunk-city-00000003")
    assert lines.in_use([(ID, "city"), ("robot-not-there-yet", "city"), ("other", "rail")]) == {
        "city": 3,
        "rail": 1,
    }
    lines.ended("citizen")
    lines.ended("never seen")
    assert lines.in_use() == {"city": 1}
    lines.looked({"citizen2": "PJSIP/trunk-rail-00000009", "x": "PJSIP/1001-0000000a"})
    assert lines.in_use([(ID, "city")]) == {"rail": 1, "city": 1}, "a look puts right what events missed"
