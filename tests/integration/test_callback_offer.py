"""A call-back keeps the place in the queue, by the dialplan alone: no service runs here (R-IVR-7)."""

from __future__ import annotations

import asyncio

import pytest

from support.asterisk import free_ports
from support.callbacks import HEARD_S, READ_OUT_S, begin, kill, outcomes, promise, told
from support.flow import AGENT_HZ
from support.journal import seconds_with, until, until_idle
from support.outside import telephones

pytestmark = pytest.mark.asterisk

FIRST, SECOND, THIRD = "13800000001", "13800000002", "13800000003"


@pytest.mark.clause("R-IVR-7")
async def test_the_place_is_kept_and_the_citizen_called_through_the_trunk(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    async with flow, telephones(port) as outside:
        agent = await flow.agent("1001")
        talking = await flow.citizen(FIRST)
        await talking.call("12345")
        await agent.wait_for("established")
        await promise(flow, SECOND)
        behind = await flow.citizen(THIRD)
        await behind.call("12345")
        await flow.queue("2. PJSIP/trunk-test")
        shown = await flow.switch.console("queue show public")
        assert "1. Local/s@hotline-callback-hold" in shown
        await talking.hang_up()
        await agent.wait_for("established")
        await until(lambda: outside.count("answered") == 1)
        assert (outside.called, outside.shown) == ([SECOND], ["12345"])
        await flow.values("HL_CALLBACK_ANSWERED", "agent", "1001")
        assert told(flow) == ["HL_CALLBACK", "HL_CALLBACK_TRY", "HL_CALLBACK_ANSWERED"]
        assert "0 results found" in await flow.switch.console("database show hotline-callback")
        sound = await until(lambda: next(iter(flow.switch.recordings.rglob("*-citizen9.wav")), None))
        await until(lambda: sound.stat().st_size > 40_000)
        await agent.hang_up()
        await agent.wait_for("established")
        assert not behind.happened("closed")
        await behind.hang_up()
        await until_idle(flow.switch)
        assert seconds_with(sound, AGENT_HZ) > 1  # the telephone sends back what it hears
        assert outcomes(flow.switch) == {
            FIRST: ("answered", False),
            SECOND: ("callback_accepted", True),
            THIRD: ("answered", False),
        }
        assert outside.count("called") == 1
        assert flow.switch.faults() == []


async def test_nobody_is_called_more_often_than_promised_and_a_lost_agent_loses_no_place(
    running_asterisk, tmp_path
):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port, tries=2)
    async with flow, telephones(port, "ring") as outside:
        await promise(flow, SECOND)
        agent = await flow.agent("1001")
        await agent.wait_for("established")
        await until(lambda: outside.count("called") == 1)
        await agent.hang_up()  # the citizen's telephone stops ringing at once
        await until(lambda: outside.count("cancelled") == 1, limit_s=4)
        await agent.wait_for("established")  # the place was taken again
        await until(lambda: outside.count("called") == 2)
        await agent.wait_for("closed")  # nobody answered: the agent is let go
        await until(lambda: flow.mark("HL_CALLBACK_FAILED"))
        await until_idle(flow.switch)
        assert told(flow) == ["HL_CALLBACK", "HL_CALLBACK_TRY", "HL_CALLBACK_TRY", "HL_CALLBACK_FAILED"]
        assert outside.called == [SECOND, SECOND]
        assert outcomes(flow.switch) == {SECOND: ("callback_accepted", False)}
        assert "0 results found" in await flow.switch.console("database show hotline-callback")
        assert flow.switch.faults() == []


@pytest.mark.clause("R-IVR-8")
async def test_a_promise_outlives_the_death_of_the_switch_and_is_kept_once(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    async with flow, telephones(port) as outside:
        await promise(flow, SECOND)
        await asyncio.sleep(2)  # Asterisk's database is on the disk within a second
        await kill(flow.switch)
        await flow.queue("1. Local/s@hotline-callback-hold")
        agent = await flow.agent("1001")
        await until(lambda: outside.count("answered") == 1)
        await asyncio.sleep(2)
        await kill(flow.switch)  # in the middle of the talk: a kept promise is over
        await flow.queue("No Callers")
        await flow.key(agent, "*13")
        await asyncio.sleep(3)
        assert outside.count("called") == 1
        assert told(flow) == ["HL_CALLBACK", "HL_CALLBACK_TRY", "HL_CALLBACK_ANSWERED"]
        assert outcomes(flow.switch) == {SECOND: ("callback_accepted", True)}


async def test_another_number_may_be_given_but_none_outside_of_the_pattern(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    async with flow, telephones(port) as outside:
        citizen = await flow.citizen(FIRST)
        await citizen.call("12345")
        await citizen.wait_for("established")
        await flow.queue("PJSIP/trunk-test")
        await citizen.press("2")
        await flow.hears(citizen, READ_OUT_S)
        await citizen.press("2")
        for number in ("110#", "008612345678#", "13912345678#"):
            await flow.hears(citizen, 1.5)
            await citizen.press(number)
        await flow.hears(citizen, 4.5)
        await citizen.press("1")
        await citizen.wait_for("closed")
        agent = await flow.agent("1001")
        await agent.wait_for("established")
        await until(lambda: outside.count("answered") == 1)
        assert outside.called == ["13912345678"]


async def test_who_does_not_confirm_waits_on_at_the_same_place(running_asterisk, tmp_path):
    flow = await begin(running_asterisk, tmp_path, free_ports(1)[0])
    async with flow:
        citizen, behind = await flow.citizen(FIRST), await flow.citizen(SECOND)
        await citizen.call("12345")
        await flow.queue("1. PJSIP/trunk-test")
        await asyncio.sleep(1.1)
        await behind.call("12345")
        await flow.queue("2. PJSIP/trunk-test")
        await citizen.press("2")
        await flow.hears(citizen, READ_OUT_S)
        await citizen.press("3")
        await until(lambda: len(flow.mark("HL_QUEUE")) == 3)
        agent = await flow.agent("1001")
        await agent.wait_for("established")
        [answered] = await until(lambda: flow.mark("HL_AGENT"))
        arrived = {line.fields["number"]: line.linkedid for line in flow.mark("HL_ARRIVED")}
        assert answered.linkedid == arrived[FIRST]
        assert told(flow) == []


async def test_a_number_is_promised_one_call_at_a_time(running_asterisk, tmp_path):
    flow = await begin(running_asterisk, tmp_path, free_ports(1)[0])
    async with flow:
        await promise(flow, FIRST)
        await flow.queue("1. Local/s@hotline-callback-hold")
        again = await flow.citizen(FIRST)
        await again.call("12345")
        await flow.queue("2. PJSIP/trunk-test")
        await flow.hears(again, HEARD_S)
        await again.press("2")
        await flow.hears(again, READ_OUT_S)
        await again.press("1")
        await until(lambda: len(flow.mark("HL_QUEUE")) == 3)
        assert told(flow) == ["HL_CALLBACK"]
        assert "1 results found" in await flow.switch.console("database show hotline-callback")
        assert not again.happened("closed")


async def test_no_more_is_promised_than_can_be_kept(running_asterisk, tmp_path):
    flow = await begin(running_asterisk, tmp_path, free_ports(1)[0], max_waiting=1)
    async with flow:
        await promise(flow, FIRST)
        citizen = await flow.citizen(SECOND)
        await citizen.call("12345")
        await flow.queue("2. PJSIP/trunk-test")
        await flow.hears(citizen, HEARD_S)
        await citizen.press("2")
        await until(lambda: len(flow.mark("HL_QUEUE")) == 3)
        assert told(flow) == ["HL_CALLBACK"]
        assert not citizen.happened("closed")
