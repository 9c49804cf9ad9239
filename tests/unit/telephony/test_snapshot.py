from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.ami_wire import MessageBuffer, Value
from hotline.telephony.snapshot import WaitingView, read_snapshot, take_snapshot
from support.ami_simulator import trace

AT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
ANSWERS = MessageBuffer(frozenset({"*"})).feed(trace("answers.ami"))


def test_a_recorded_answer_becomes_a_snapshot() -> None:
    shot = read_snapshot(AT, ANSWERS)
    assert len(shot.channels) == 4
    assert len(shot.calls) == 2
    citizen = shot.channels["node1-1795318580.18"]
    assert (citizen.name, citizen.state, citizen.number) == ("PJSIP/trunk-test-00000012", "Up", "13800000002")
    assert (citizen.caller_name, citizen.linkedid, citizen.duration_s) == (
        "李“老”师，市民",
        citizen.uniqueid,
        3,
    )
    agent = shot.channels["node1-1795318581.19"]
    assert (agent.caller_name, agent.linkedid, agent.bridge) == ("", citizen.uniqueid, citizen.bridge)
    assert shot.queues["general12345"].completed == 10
    assert {member.interface: member.device_state for member in shot.members} == {
        "PJSIP/1001": 1,
        "PJSIP/1002": 2,
        "PJSIP/1003": 1,
    }
    assert [member.in_call for member in shot.members] == [False, True, False]


def test_answers_that_come_twice_count_once() -> None:
    assert read_snapshot(AT, [*ANSWERS, *ANSWERS]) == read_snapshot(AT, ANSWERS)


def test_waiting_callers_and_odd_numbers() -> None:
    entry = AmiMessage(
        b"Event: QueueEntry\r\nQueue: public\r\nPosition: 2\r\nChannel: PJSIP/t-1\r\n"
        b"Uniqueid: n-1\r\nWait: 41"
    )
    odd = AmiMessage(b"Event: QueueEntry\r\nQueue: public\r\nPosition: \xc2\xb2\r\nUniqueid: n-2\r\nWait: -1")
    assert read_snapshot(AT, [entry, odd]).waiting == (
        WaitingView("public", "n-1", "PJSIP/t-1", 2, 41),
        WaitingView("public", "n-2", "", 0, 0),
    )


async def test_the_switch_is_asked_for_channels_and_queues() -> None:
    asked: list[str] = []

    class Switch:
        connected = True

        async def action(
            self, name: str, fields: Mapping[str, Value] | None = None, *, limit_s: float = 5.0
        ) -> list[AmiMessage]:
            asked.append(name)
            return ANSWERS

    shot = await take_snapshot(Switch(), clock=lambda: AT)
    assert asked == ["CoreShowChannels", "QueueStatus"]
    assert shot.at == AT
