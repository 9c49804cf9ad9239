"""A third line that is told who calls, a trunk that says nothing, and an agent's transfer out of a room."""

from __future__ import annotations

import socket

import pytest

from support.flow import OTHER_AGENT_HZ
from support.journal import seconds_with, until_idle, write_tone
from support.rooms import (
    AGENT_HZ,
    CITIZEN_HZ,
    LINE_HZ,
    hears,
    port_of,
    room_flow,
    room_mark,
    room_marks,
    steps,
    talk,
    talks,
    third_phone,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-1"), pytest.mark.clause("R-3W-4")]

SENTENCE_HZ, SENTENCE_S = 620.0, 1.6


@pytest.mark.clause("R-3W-3")
async def test_the_third_line_hears_a_sentence_before_it_is_joined_and_nobody_else_does(
    running_asterisk, tmp_path
):
    line = {
        "name": "police",
        "code": "110",
        "label": "公安",
        "kind": "emergency",
        "announce": True,
        "routes": [{"trunk": "first", "number": "110"}],
    }
    async with await room_flow(running_asterisk, tmp_path, third_lines=[line]) as flow:
        sounds = flow.switch.runtime.paths.sounds / "hotline"
        write_tone(sounds / "room-announce.wav", SENTENCE_HZ, SENTENCE_S)
        agent, citizen = await talk(flow)
        async with third_phone(flow) as police:
            await agent.press("*110")
            joined = await room_mark(flow, "JOINED")
            await flow.hears(police, 3)
            await citizen.hang_up()
            await police.wait_for("closed")
            await agent.wait_for("closed")
            await until_idle(flow.switch)
            assert hears(police, SENTENCE_HZ)[0] > SENTENCE_S - 0.4
            assert min(hears(police, CITIZEN_HZ, AGENT_HZ)) > 1
        assert hears(citizen, SENTENCE_HZ) == [0.0]
        assert hears(agent, SENTENCE_HZ) == [0.0]
        assert min(hears(citizen, AGENT_HZ)) > 1
        (answered,) = room_marks(flow, "ANSWERED")
        assert joined.at - answered.at > SENTENCE_S - 0.1
        assert flow.switch.faults() == []


async def test_a_trunk_that_says_nothing_is_given_up_and_the_next_route_is_tried(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        agent, citizen = await talk(flow)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", port_of(flow)))
            async with third_phone(flow, trunk="second") as police:
                await agent.press("*110")
                await police.wait_for("established", limit_s=40)
                await room_mark(flow, "JOINED")
                assert silent.recv(65536).startswith(b"INVITE sip:110@")
                assert not citizen.happened("closed")
                await citizen.hang_up()
                await agent.wait_for("closed")
                await until_idle(flow.switch)
        (failed,) = room_marks(flow, "FAILED")
        assert failed.values["why"] == "unreachable"
        first, second = room_marks(flow, "DIAL")
        assert failed.at - first.at >= 4
        assert second.at >= failed.at
        assert steps(flow).index("FAILED 1 unreachable") < steps(flow).index("JOINED")


async def test_an_agent_who_transfers_out_of_a_room_leaves_the_others_talking(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        agent, citizen = await talk(flow)
        other = await flow.agent("1002", signed_in=False)
        async with third_phone(flow) as police:
            await agent.press("*110")
            await room_mark(flow, "JOINED")
            await agent.transfer("1002")
            await flow.hears(police, 3)
            assert talks(citizen)
            assert not police.happened("closed")
            assert not other.happened("established"), "nobody is put in the place of a whole room"
            await citizen.hang_up()
            await police.wait_for("closed")
            await until_idle(flow.switch)
        assert hears(citizen, LINE_HZ)[0] > 2
        assert "ALONE citizen" not in steps(flow)
        assert seconds_with(flow.files()["mix"], OTHER_AGENT_HZ) == 0.0
