"""Consult first: agent and third line talk while the citizen hears music (R-3W-2), over AMI and by keys."""

from __future__ import annotations

import asyncio

import pytest

from support.journal import until, until_idle
from support.outside import telephones
from support.rooms import (
    AGENT_HZ,
    CITIZEN_HZ,
    LINE_HZ,
    ami,
    hears,
    port_of,
    room_flow,
    room_mark,
    steps,
    talk,
    third_phone,
)

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-2"), pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


async def move(flow, exten: str) -> None:
    """Redirect both parties of the talk, the citizen to ``exten``."""
    citizen, agent = flow.mark("HL_ARRIVED")[0].channel, flow.mark("HL_AGENT")[-1].channel
    answer = await ami(
        flow,
        "Redirect",
        *(("Channel", citizen), ("Context", "hotline-room"), ("Exten", exten), ("Priority", "1")),
        *(("ExtraChannel", agent), ("ExtraContext", "hotline-room"), ("ExtraExten", "agent")),
        ("ExtraPriority", "1"),
    )
    assert answer["Response"] == "Success", answer


async def call_in(flow, name: str, mode: str, line: str = "1795000000000") -> None:
    agent = flow.mark("HL_AGENT")[-1].channel
    call = flow.mark("HL_ARRIVED")[0].uniqueid
    values = f"HL_CALL={call},HL_LINE={line},HL_ASKED_BY=1001,HL_AGENT_CHANNEL={agent}"
    answer = await ami(
        flow,
        "Originate",
        *(("Channel", f"Local/{name}@hotline-line/n"), ("Context", "hotline-room"), ("Exten", "line")),
        *(("Priority", "1"), ("Async", "true"), ("Timeout", "3600000"), ("ChannelId", f"{call}-3w-1")),
        *(("OtherChannelId", f"{call}-3w-2"), ("Variable", f"{values},HL_REQUEST=r1,HL_MODE={mode}")),
    )
    assert answer["Response"] == "Success", answer


async def consulted(flow, police):
    agent, citizen = await talk(flow)
    await move(flow, "wait")
    await call_in(flow, "police", "consult")
    await police.wait_for("established")
    await room_mark(flow, "JOINED")
    return agent, citizen


async def test_consult_then_join_by_key_then_drop_by_key(flow):
    async with third_phone(flow) as police:
        agent, citizen = await consulted(flow, police)
        await asyncio.sleep(2)  # the two talk alone
        await agent.press("*91")
        await room_mark(flow, "UNHELD")
        await asyncio.sleep(2)  # now all three
        await agent.press("*90")
        await police.wait_for("closed")
        await room_mark(flow, "LEFT")
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await agent.wait_for("closed")
        await until_idle(flow.switch)
        with_citizen, with_agent = hears(police, CITIZEN_HZ, AGENT_HZ)
        assert with_citizen > 1
        assert with_agent - with_citizen > 1.5
        assert hears(citizen, LINE_HZ)[0] > 1
    told = steps(flow)
    assert told.index("HELD citizen") < told.index("JOINED") < told.index("UNHELD citizen")
    assert "ALONE citizen" not in told
    assert told[0] in ("ASKED", "HELD citizen", "MOVED agent")
    assert flow.switch.faults() == []


async def test_the_agent_leaves_the_consultation_and_the_citizen_is_brought_to_the_line(flow):
    async with third_phone(flow) as police:
        agent, citizen = await consulted(flow, police)
        await agent.hang_up()
        await room_mark(flow, "UNHELD")
        await asyncio.sleep(2)  # they talk
        await police.hang_up()
        await room_mark(flow, "ALONE")
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await until_idle(flow.switch)
        assert hears(police, CITIZEN_HZ)[0] > 1


async def test_the_line_leaves_the_consultation_and_the_two_talk_again(flow):
    async with third_phone(flow) as police:
        agent, citizen = await consulted(flow, police)
        await police.hang_up()
        await room_mark(flow, "UNHELD")
    await room_mark(flow, "MOVED", 2)
    size = flow.files()["mix"].stat().st_size
    await until(lambda: flow.files()["mix"].stat().st_size > size + 40_000)
    assert not citizen.happened("closed")
    assert not agent.happened("closed")[1:]


async def test_the_agent_leaves_while_the_consulted_line_rings(flow):
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow), "ring") as outside:
        await move(flow, "wait")
        await call_in(flow, "police", "consult")
        await room_mark(flow, "RINGING")
        await agent.hang_up()
        await room_mark(flow, "ALONE")
        await until(lambda: outside.count("cancelled") == 1)
    assert not citizen.happened("closed")


async def test_the_citizen_leaves_while_held_and_both_others_are_let_go(flow):
    async with third_phone(flow) as police:
        agent, citizen = await consulted(flow, police)
        await citizen.hang_up()
        await police.wait_for("closed")
        await agent.wait_for("closed")
        await until_idle(flow.switch)


async def test_no_line_ever_comes_and_the_two_talk_again(flow):
    """The service died between its two commands."""
    agent, citizen = await talk(flow)
    await move(flow, "wait")
    await room_mark(flow, "UNHELD", limit_s=30)
    await room_mark(flow, "MOVED", 2)
    assert not citizen.happened("closed")
    assert not agent.happened("closed")[1:]


async def test_nobody_is_moved_and_the_line_is_let_go(flow):
    """The service died after it had the line called: the two talk on, nobody is joined to silence."""
    agent, citizen = await talk(flow)
    async with telephones(port_of(flow), "ring") as outside:
        await call_in(flow, "police", "direct")
        await until(lambda: outside.count("cancelled") == 1)
    assert not citizen.happened("closed")
    assert not agent.happened("closed")[1:]


async def test_nobody_is_moved_and_a_line_that_has_answered_is_let_go(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow, answer_after_s=0.0) as police:
        await call_in(flow, "police", "direct")
        await police.wait_for("closed")
        await room_mark(flow, "LEFT")
    assert "JOINED" not in steps(flow)
    assert not citizen.happened("closed")
    assert not agent.happened("closed")[1:]


async def test_moved_a_second_time_everybody_stays(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow) as police:
        await agent.press("*110")
        await police.wait_for("established")
        await room_mark(flow, "JOINED")
        await move(flow, "citizen")
        await asyncio.sleep(2)
        assert not any(phone.happened("closed")[1:] for phone in (agent,))
        assert not citizen.happened("closed")
        assert not police.happened("closed")
        await citizen.hang_up()
        await police.wait_for("closed")
        await agent.wait_for("closed")
        await until_idle(flow.switch)
