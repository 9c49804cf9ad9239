"""The third line is busy, refuses, is out of reach: the next route, and the talk goes on (R-3W-4)."""

from __future__ import annotations

import pytest

from support.journal import until, until_idle
from support.outside import telephones
from support.rooms import (
    HEARD,
    hears,
    port_of,
    room_flow,
    room_mark,
    room_marks,
    steps,
    talk,
    third_phone,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-1"), pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


@pytest.mark.parametrize(
    ("way", "why"),
    [("486", "busy"), ("503", "congestion"), ("403", "rejected"), ("480", "noanswer"), (None, "unreachable")],
)
async def test_the_second_route_is_tried(flow, way, why):
    agent, citizen = await talk(flow)
    async with third_phone(flow, trunk="second") as police:
        if way is None:
            await agent.press("*110")
            await police.wait_for("established", limit_s=30)
        else:
            async with telephones(port_of(flow), way) as outside:
                await agent.press("*110")
                await police.wait_for("established", limit_s=30)
                assert outside.called == ["110"]
        await room_mark(flow, "JOINED")
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await agent.wait_for("closed")
        await until_idle(flow.switch)
    told = steps(flow)
    assert f"FAILED 1 {why}" in told
    assert (
        told.index(f"FAILED 1 {why}") < told.index("DIAL 2") < told.index("ANSWERED 2") < told.index("JOINED")
    )
    (failed,) = room_marks(flow, "FAILED")
    assert failed.values["cause"] == (way or "")
    assert flow.switch.faults() == []


async def test_no_route_is_left_and_citizen_and_agent_talk_on(flow):
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow), "486"), telephones(port_of(flow, "second"), "503"):
        await agent.press("*110")
        assert (await room_mark(flow, "GAVE_UP")).values["why"] == "congestion"
        size = flow.files()["mix"].stat().st_size
        await until(lambda: flow.files()["mix"].stat().st_size > size + 60_000)
    # Nothing of it keeps the agent from asking again.
    async with third_phone(flow) as police:
        await agent.press("*110")
        await police.wait_for("established")
        await room_mark(flow, "JOINED")
        await citizen.hang_up()
        await agent.wait_for("closed")
        await until_idle(flow.switch)
    assert "ALONE citizen" not in steps(flow)
    assert hears(agent, HEARD["room-last"])[0] >= 0.5
    assert hears(citizen, HEARD["room-last"])[0] == 0.0
    assert [line.values["target"] for line in room_marks(flow, "ASKED")] == ["police", "police"]
    assert len(flow.mark("HL_AGENT")) == 1


async def test_nobody_answers_in_time(running_asterisk, tmp_path):
    line = {
        "name": "police",
        "code": "110",
        "label": "公安",
        "kind": "emergency",
        "ring_seconds": 5,
        "routes": [{"trunk": "first", "number": "110"}, {"trunk": "second", "number": "110"}],
    }
    async with await room_flow(running_asterisk, tmp_path, third_lines=[line]) as flow:
        agent, citizen = await talk(flow)
        async with (
            telephones(port_of(flow), "ring") as first,
            third_phone(flow, trunk="second") as police,
        ):
            await agent.press("*110")
            await police.wait_for("established", limit_s=30)
            await until(lambda: first.count("cancelled") == 1)
            await citizen.hang_up()
            await agent.wait_for("closed")
        assert steps(flow)[:1] == ["ASKED"]
        assert {"RINGING 1", "FAILED 1 noanswer", "DIAL 2"} < set(steps(flow))
