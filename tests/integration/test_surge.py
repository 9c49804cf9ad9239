"""Surges: what is told while waiting, and where calls go when nobody here can take them (R-IVR-7, R-IVR-8).

No service runs here: everything is the switch's own.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from support.asterisk import free_ports
from support.flow import AGENTS, QUEUES, Flow
from support.journal import seconds_with, until, until_console, until_idle, write_tone
from support.outside import telephones

pytestmark = pytest.mark.asterisk

PLACE = "01012345678"
FOUR_SECONDS = 4 * 8000 * 2
NEXT_HZ, POSITION_HZ, TWO_HZ = 500.0, 800.0, 1300.0


async def begin(running_asterisk, tmp_path, queues: list[dict[str, Any]], port: int) -> Flow:
    switch = await running_asterisk(
        queues=queues,
        agents=AGENTS,
        agents_work={"wrap_up_seconds": 0},
        trunks=[{"name": "test", "host": "127.0.0.1", "port": port, "numbers": ["12345"]}],
        outside=[{"name": "region", "trunk": "test", "number": PLACE, "ring_seconds": 5}],
    )
    return Flow(switch, tmp_path)


@pytest.mark.clause("R-IVR-7")
async def test_who_waits_hears_the_place_and_nobody_else_hears_anything(running_asterisk, tmp_path):
    switch = await running_asterisk(
        queues=[QUEUES[0]],
        agents=[{**AGENTS[0], "queues": ["public"]}],
        agents_work={"wrap_up_seconds": 0},
        waiting={"position_seconds": 60, "offer_seconds": 600},
    )
    async with Flow(switch, tmp_path) as flow:
        sounds = switch.runtime.paths.sounds / "hotline"
        write_tone(sounds / "queue-next.wav", NEXT_HZ, 0.6)
        write_tone(sounds / "queue-position.wav", POSITION_HZ, 0.6)
        write_tone(sounds / "digits" / "2.wav", TWO_HZ, 0.6)
        agent = await flow.agent("1001")
        served = await flow.citizen("13800000001")
        await served.call("12345")
        await agent.wait_for("established")
        first, second = await flow.citizen("13800000002"), await flow.citizen("13800000003")
        await first.call("12345")
        await flow.queue("1. PJSIP/trunk-test")
        await asyncio.sleep(1.1)
        await second.call("12345")
        await flow.queue("2. PJSIP/trunk-test")
        await until(lambda: second.heard()[-1].stat().st_size > FOUR_SECONDS)
        for citizen in (second, first, served):
            await citizen.hang_up()
        await until_idle(switch)
        heard = {citizen: citizen.heard()[-1] for citizen in (served, first, second)}
        assert seconds_with(heard[first], NEXT_HZ) >= 0.4
        assert seconds_with(heard[first], POSITION_HZ) == 0
        assert seconds_with(heard[second], POSITION_HZ) >= 0.4
        assert seconds_with(heard[second], TWO_HZ) >= 0.4
        assert seconds_with(heard[served], NEXT_HZ) == seconds_with(heard[served], POSITION_HZ) == 0
        # Music that meets a hang-up says so; a sound that is missing would be told by file.c or say.c.
        assert [line for line in switch.faults() if "res_musiconhold" not in line] == []


@pytest.mark.clause("R-S-4")
@pytest.mark.clause("R-IVR-8")
async def test_without_any_agent_a_place_outside_answers(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    queues = [
        {**QUEUES[0], "overflow": "enterprise"},
        {"name": "enterprise", "label": "涉企", "overflow": "night"},
        {"name": "night", "label": "夜间", "overflow_to": "region"},
    ]
    flow = await begin(running_asterisk, tmp_path, queues, port)
    async with flow, telephones(port) as outside:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await until(lambda: outside.count("answered") == 1, limit_s=8)
        assert outside.called == [PLACE]
        await flow.visited(("public", "JOINEMPTY"), ("enterprise", "JOINEMPTY"), ("night", "JOINEMPTY"))
        await citizen.wait_for("established")
        await citizen.hang_up()
        await until_idle(flow.switch)
        assert flow.told()[-1] == "HL_OUTSIDE"
        assert flow.switch.faults() == []


@pytest.mark.clause("R-IVR-8")
async def test_a_line_outside_that_is_dead_is_no_dead_end_and_no_loop(running_asterisk, tmp_path):
    queues = [{**QUEUES[0], "overflow_to": "region"}]
    flow = await begin(running_asterisk, tmp_path, queues, free_ports(1)[0])
    async with flow:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await flow.marks("HL_OUTSIDE_END", limit_s=25)
        await flow.visited(("public", "JOINEMPTY"), ("public", ""))
        await flow.values("HL_OUTSIDE", "to", "region")
        agent = await flow.agent("1001")
        await agent.wait_for("established")
        assert not citizen.happened("closed")


@pytest.mark.clause("R-S-4")
@pytest.mark.clause("R-IVR-7")
async def test_who_waits_too_long_for_busy_agents_goes_outside_and_a_busy_place_sends_back(
    running_asterisk, tmp_path
):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, [{**QUEUES[0], "overflow_to": "region"}], port)
    async with flow, telephones(port, "busy") as outside:
        await flow.agent("1001", answer_after_s=None)
        citizen = await flow.citizen()
        await citizen.call("12345")
        await until(lambda: outside.count("called") == 1, limit_s=25)
        await flow.visited(("public", "TIMEOUT"), ("public", ""))
        await flow.values("HL_OUTSIDE_END", "status", "BUSY")
        assert not citizen.happened("closed")


async def test_three_hops_are_gone_one_after_another(running_asterisk, tmp_path):
    queues = [
        {**QUEUES[0], "name": "a", "overflow": "b"},
        {**QUEUES[0], "name": "b", "overflow": "c"},
        {**QUEUES[0], "name": "c"},
    ]
    agents = [{**AGENTS[0], "queues": ["c"]}]
    switch = await running_asterisk(queues=queues, agents=agents)
    async with Flow(switch, tmp_path) as flow:
        agent, citizen = await flow.agent("1001"), await flow.citizen()
        await citizen.call("12345")
        await agent.wait_for("established", limit_s=8)
        await flow.visited(("a", "JOINEMPTY"), ("b", "JOINEMPTY"), ("c", ""))


async def test_who_asked_first_is_served_first_whatever_queue_was_waited_in(running_asterisk, tmp_path):
    queues = [{**QUEUES[0], "name": "a", "overflow": "public"}, QUEUES[0]]
    agents = [{**AGENTS[0], "queues": ["public"]}, {**AGENTS[1], "queues": ["a"]}]
    switch = await running_asterisk(queues=queues, agents=agents)
    async with Flow(switch, tmp_path) as flow:
        agent = await flow.agent("1001", answer_after_s=None)
        await flow.agent("1002", answer_after_s=None)
        early = await flow.citizen("13800000001")
        await early.call("12345")
        await asyncio.sleep(1.1)
        transferred = await flow.citizen("13800000002")
        await transferred.call("12345")
        await until_console(switch, "queue show public", "2. PJSIP/trunk-test", limit_s=25)
        shown = await switch.console("queue show public")
        first = next(line for line in shown.splitlines() if "1. PJSIP" in line)
        arrived = {line.fields["number"]: line.channel for line in await flow.marks("HL_ARRIVED", 2)}
        assert arrived["13800000001"] in first
        assert agent.happened("ringing")
