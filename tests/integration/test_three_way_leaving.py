"""Whoever leaves, at whatever moment: the citizen is never dropped nor left alone (R-3W-4)."""

from __future__ import annotations

import asyncio

import pytest

from support.journal import marks, until, until_idle, write_tone
from support.outside import telephones
from support.rooms import (
    AGENT_HZ,
    CITIZEN_HZ,
    HEARD,
    LINE_HZ,
    channels,
    hears,
    port_of,
    room_flow,
    room_mark,
    room_marks,
    steps,
    talk,
    third_phone,
)

MUSIC_HZ = 500.0

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


async def no_more_music(flow):
    async with asyncio.timeout(20):
        while await channels(flow, "Local/s@hotline-room-music"):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.1)


async def test_the_agent_leaves_then_the_line_and_the_citizen_gets_another_agent(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow) as police:
        await agent.press("*110")
        await police.wait_for("established")
        await room_mark(flow, "JOINED")
        await agent.hang_up()
        await room_mark(flow, "LEFT")
        size = flow.files()["citizen"].stat().st_size
        await until(lambda: flow.files()["citizen"].stat().st_size > size + 60_000)
        assert not citizen.happened("closed")
        other = await flow.agent("1002")
        await police.hang_up()
        await other.wait_for("established")
        await until(lambda: len(marks(flow.switch, "HL_AGENT")) == 2)
        await asyncio.sleep(1.5)  # they talk
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await other.wait_for("closed")
        await until_idle(flow.switch)
    told = steps(flow)
    assert told.index("LEFT agent") < told.index("LEFT line") < told.index("ALONE citizen")
    assert hears(police, CITIZEN_HZ)[0] > 3
    heard = hears(citizen, AGENT_HZ, LINE_HZ, HEARD["room-alone"])
    assert min(heard) >= 0.5, heard
    visits = [line.values["visit"] for line in flow.mark("HL_QUEUE")]
    assert visits == ["1", "2"]
    assert flow.switch.queue_log.read_text().count("|PAUSEALL|wrapup\n") == 2
    assert flow.switch.faults() == []


async def test_alone_there_is_music_until_the_line_answers(flow):
    write_tone(flow.switch.runtime.paths.moh / "hotline.wav", MUSIC_HZ, 20)
    await flow.switch.console("module reload res_musiconhold.so")
    agent, citizen = await talk(flow)
    async with third_phone(flow, answer_after_s=None) as police:
        await agent.press("*110")
        await police.wait_for("ringing")
        await room_mark(flow, "MOVED", 2)
        await agent.hang_up()
        await room_mark(flow, "LEFT")
        await flow.hears(citizen, 4)
        assert len(await channels(flow, "Local/s@hotline-room-music")) == 2
        await police.answer()
        await room_mark(flow, "JOINED")
        await no_more_music(flow)
        await flow.hears(police, 3)
        await police.hang_up()
        await room_mark(flow, "ALONE")
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await until_idle(flow.switch)
    assert hears(citizen, MUSIC_HZ)[0] > 2
    assert hears(citizen, LINE_HZ)[0] > 1
    assert hears(police, MUSIC_HZ)[0] < 1
    assert hears(police, CITIZEN_HZ)[0] > 1
    assert steps(flow).count("ALONE citizen") == 1
    assert flow.switch.faults() == []


async def test_the_agent_leaves_while_the_line_rings_and_it_fails(flow):
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow, "second"), "ring"):
        await agent.press("*119")
        await room_mark(flow, "RINGING")
        await room_mark(flow, "MOVED", 2)
        await agent.hang_up()
        other = await flow.agent("1002")
    await room_mark(flow, "GAVE_UP", limit_s=45)
    await other.wait_for("established")
    assert not citizen.happened("closed")
    assert steps(flow)[-1] == "ALONE citizen"


async def test_the_agent_hangs_up_at_the_moment_of_the_key(flow):
    agent, citizen = await talk(flow)
    other = await flow.agent("1002")
    async with third_phone(flow, answer_after_s=0.0):
        await agent.press("*11")
        await agent.press("0", pause_s=0)
        await agent.hang_up()
        await asyncio.sleep(3)
        closed = citizen.happened("closed")
        told = steps(flow)
        # Either the key came too late for the talk, which ended as any talk does, or the citizen is kept.
        assert not closed or told == []
        if not closed:
            assert "JOINED" in told or other.happened("established")
            await citizen.hang_up()
        await until_idle(flow.switch)


async def test_the_citizen_leaves_while_the_line_rings(flow):
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow), "ring") as outside:
        await agent.press("*110")
        await room_mark(flow, "RINGING")
        await citizen.hang_up()
        await agent.wait_for("closed")
        await until(lambda: outside.count("cancelled") == 1)
        await until_idle(flow.switch)
    assert steps(flow)[-1] in ("GAVE_UP gone", "LEFT agent")
    assert "ALONE citizen" not in steps(flow)
    assert flow.switch.queue_log.read_text().count("|PAUSEALL|wrapup\n") == 1


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.05, 0.1])
async def test_the_citizen_leaves_while_being_moved(flow, after_s):
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow), "ring") as outside:
        await agent.press("*11")
        await agent.press("0", pause_s=after_s)
        await citizen.hang_up()
        await agent.wait_for("closed")
        await until_idle(flow.switch)
        assert outside.count("called") == outside.count("cancelled")
    assert flow.switch.queue_log.read_text().count("|PAUSEALL|wrapup\n") == 1
    assert flow.switch.faults() == []


async def test_the_line_leaves_first_and_the_two_talk_on(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow) as police:
        await agent.press("*110")
        await police.wait_for("established")
        await room_mark(flow, "JOINED")
        await police.hang_up()
        await room_mark(flow, "LEFT")
    size = flow.files()["mix"].stat().st_size
    await until(lambda: flow.files()["mix"].stat().st_size > size + 60_000)
    assert not citizen.happened("closed")
    await agent.hang_up()  # now nobody is left: the citizen asks for nobody a second time
    await room_mark(flow, "ALONE")
    await agent.wait_for("ringing")  # after the wrap-up
    assert not citizen.happened("closed")
    assert [line.values["who"] for line in room_marks(flow, "LEFT")] == ["line", "agent"]
