"""Keys pressed twice, several lines, several rooms, and talks that came about by transfers and call-backs."""

from __future__ import annotations

import asyncio

import pytest

from support.callbacks import HEARD_S
from support.flow import OTHER_AGENT_HZ
from support.journal import seconds_with, until, until_idle
from support.outside import telephones
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
    third_phone,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-1"), pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


async def all_three(flow, agent, citizen, police, *, agent_hz=AGENT_HZ) -> None:
    await police.wait_for("established")
    await room_mark(flow, "JOINED")
    await asyncio.sleep(4)  # they talk, and the agent is told
    await citizen.hang_up()
    await police.wait_for("closed")
    await agent.wait_for("closed")
    await until_idle(flow.switch)
    assert min(hears(police, CITIZEN_HZ, agent_hz)) > 1
    assert min(hears(citizen, LINE_HZ, agent_hz)) > 1
    assert min(hears(agent, LINE_HZ, CITIZEN_HZ)) > 1


async def test_pressed_twice_it_is_one_line(flow):
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow)) as outside:
        await agent.press("*110*110")  # digits of the second may fall into the move
        await room_mark(flow, "JOINED")
        await agent.press("*110")
        await room_mark(flow, "REFUSED")
        assert outside.called == ["110"]
        await citizen.hang_up()
        await agent.wait_for("closed")
    assert {line.values["why"] for line in room_marks(flow, "REFUSED")} == {"busy"}
    assert len(room_marks(flow, "JOINED")) == 1


async def test_a_second_line_in_the_room_and_the_last_one_dropped(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow) as police, telephones(port_of(flow, "second")) as fire:
        await agent.press("*110")
        await police.wait_for("established")
        await room_mark(flow, "JOINED")
        await agent.press("*119")
        await room_mark(flow, "JOINED", 2)
        await agent.press("*90")
        await room_mark(flow, "LEFT")
        assert fire.called == ["110"]
        assert not police.happened("closed")
        await agent.press("*90")
        await police.wait_for("closed")
        await room_mark(flow, "LEFT", 2)
        await agent.press("*90")  # nobody is left to drop
        await asyncio.sleep(1)
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await agent.wait_for("closed")
        await until_idle(flow.switch)
    lines = [line.values["line"] for line in room_marks(flow, "ASKED")]
    assert [line.values["line"] for line in room_marks(flow, "LEFT")[:2]] == lines[::-1]
    assert "ALONE citizen" not in steps(flow)


async def test_two_rooms_at_once_are_apart(flow):
    agent, citizen = await talk(flow)
    other_agent = await flow.agent("1002")
    other = await flow.citizen("13800000002")
    await other.call("12345")
    await other_agent.wait_for("established")
    async with third_phone(flow) as police, third_phone(flow, trunk="second", hertz=2900.0) as fire:
        await asyncio.gather(agent.press("*110"), other_agent.press("*119"))
        await police.wait_for("established")
        await fire.wait_for("established")
        await room_mark(flow, "JOINED", 2)
        await asyncio.sleep(2)  # they talk
        await citizen.hang_up()
        await police.wait_for("closed")
        await agent.wait_for("closed")
        assert not fire.happened("closed")
        assert not other.happened("closed")
        await other.hang_up()
        await fire.wait_for("closed")
        await until_idle(flow.switch)
        assert hears(police, OTHER_AGENT_HZ) == [0.0]
        assert hears(fire, AGENT_HZ) == [0.0]
        assert hears(fire, OTHER_AGENT_HZ)[0] > 1
    assert len({line.values["call"] for line in room_marks(flow, "JOINED")}) == 2


@pytest.mark.parametrize("how", ["refer", "blind keys", "attended keys"])
async def test_after_a_transfer(flow, how):
    agent, citizen = await talk(flow)
    other = await flow.agent("1002", signed_in=False)
    if how == "refer":
        await agent.transfer("1002")
    else:
        await agent.press("*7" if how == "blind keys" else "*8")
        await agent.press("1002")
    await other.wait_for("established")
    if how == "attended keys":
        await agent.hang_up()
    await agent.wait_for("closed")
    size = flow.files()["mix"].stat().st_size
    await until(lambda: flow.files()["mix"].stat().st_size > size + 40_000)
    async with third_phone(flow) as police:
        await other.press("*110")
        await all_three(flow, other, citizen, police, agent_hz=OTHER_AGENT_HZ)
    assert {line.values["call"] for line in room_marks(flow)} == {flow.mark("HL_ARRIVED")[0].uniqueid}
    assert flow.switch.faults() == []


async def test_the_sound_of_each_is_in_the_recordings_after_a_return_to_the_queue(flow):
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow), "486"), telephones(port_of(flow, "second"), "486"):
        await agent.press("*110")
        await room_mark(flow, "GAVE_UP")
        await until(lambda: "1001" in flow.files() and flow.files()["1001"].stat().st_size > 40_000)
        other = await flow.agent("1002")
        await agent.hang_up()
        await room_mark(flow, "ALONE")
    await other.wait_for("established")
    size = flow.files()["mix"].stat().st_size
    await until(lambda: flow.files()["mix"].stat().st_size > size + 40_000)
    await citizen.hang_up()
    await other.wait_for("closed")
    await until_idle(flow.switch)
    files = flow.files()
    assert seconds_with(files["agent"], AGENT_HZ) > 1
    assert seconds_with(files["agent"], OTHER_AGENT_HZ) > 1
    assert seconds_with(files["1001"], AGENT_HZ) > 0.5


async def test_in_a_call_back(running_asterisk, tmp_path):
    async with await room_flow(
        running_asterisk,
        tmp_path,
        callback={"trunk": "second", "ring_seconds": 20, "retry_seconds": 1},
        waiting={"offer_seconds": 5},
    ) as flow:
        promised = await flow.citizen("13800000001")
        await promised.call("12345")
        await promised.wait_for("established")
        await asyncio.sleep(HEARD_S)
        await promised.press("2")
        await asyncio.sleep(HEARD_S + 1)
        await promised.press("1")
        await promised.wait_for("closed", limit_s=30)
        async with (
            third_phone(flow, "13800000001", trunk="second", hertz=CITIZEN_HZ) as citizen,
            third_phone(flow) as police,
        ):
            agent = await flow.agent("1001")
            await citizen.wait_for("established", limit_s=40)
            await asyncio.sleep(2)  # they talk
            await agent.press("*110")
            await all_three(flow, agent, citizen, police)
        call = flow.mark("HL_ARRIVED")[0].uniqueid
        assert {line.values["call"] for line in room_marks(flow)} == {call}
        assert not [one for one in flow.told() if one == "HL_CALLBACK_FAILED"]


async def test_a_new_dialplan_is_loaded_while_they_talk(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow) as police:
        await agent.press("*110")
        await police.wait_for("established")
        await room_mark(flow, "JOINED")
        await flow.switch.console("dialplan reload")
        await flow.switch.console("module reload app_confbridge.so")
        await asyncio.sleep(1)
        assert not citizen.happened("closed")
        await agent.hang_up()
        await room_mark(flow, "LEFT")
        await police.hang_up()
        await room_mark(flow, "ALONE")
        assert not citizen.happened("closed")
