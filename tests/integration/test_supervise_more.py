"""A supervisor on a call that was handed on, and whoever hangs up while one is there."""

from __future__ import annotations

import pytest

from support.flow import CITIZEN_HZ, OTHER_AGENT_HZ, SUPERVISOR_HZ
from support.journal import marks, until_idle
from support.rooms import hears, room_mark, talk, talks
from support.supervising import SUPERVISOR, supervised, supervised_flow, supervisor

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await supervised_flow(running_asterisk, tmp_path) as flow:
        yield flow


async def test_a_talk_handed_on_after_a_consultation_is_supervised_too(flow):
    agent, citizen = await talk(flow)
    other = await flow.agent("1002", signed_in=False)
    await agent.press("*8")
    await agent.press("1002")
    await other.wait_for("established")
    chief = await flow.agent(SUPERVISOR, signed_in=False)
    await flow.key(chief, "*311002")
    assert marks(flow.switch, "HL_SUPERVISE") == [], "two agents are no citizen's talk"
    await agent.hang_up()
    await flow.hears(other, 1)
    await chief.call("*311002")
    await supervised(flow, "HL_SUPERVISE")
    await flow.hears(chief, 3)
    await chief.hang_up()
    await supervised(flow, "HL_SUPERVISE_END")
    assert all(seconds > 1.5 for seconds in hears(chief, CITIZEN_HZ, OTHER_AGENT_HZ))
    await chief.call("*331002")
    await room_mark(flow, "MOVED", 3)
    await flow.hears(chief, 3)
    assert talks(citizen)
    assert talks(other)
    await citizen.hang_up()
    await other.wait_for("closed")
    await until_idle(flow.switch)
    assert all(seconds > 1.5 for seconds in hears(chief, CITIZEN_HZ, OTHER_AGENT_HZ))
    assert hears(other, SUPERVISOR_HZ)[0] > 1.5


async def test_the_agent_hangs_up_on_whoever_barged_in_and_the_citizen_talks_on(flow):
    agent, citizen = await talk(flow)
    chief = await supervisor(flow, "*331001")
    await room_mark(flow, "MOVED", 3)
    await agent.hang_up()
    await room_mark(flow, "LEFT")
    await flow.hears(chief, 3)
    assert talks(citizen)
    assert talks(chief)
    await citizen.hang_up()
    await chief.wait_for("closed")
    await until_idle(flow.switch)
    assert hears(citizen, SUPERVISOR_HZ)[0] > 2
    assert flow.switch.faults() == []


@pytest.mark.parametrize("code", ["*311001", "*321001", "*331001"])
async def test_the_citizen_hangs_up_and_nobody_stays(flow, code):
    agent, citizen = await talk(flow)
    chief = await supervisor(flow, code)
    await flow.hears(chief, 1)
    await citizen.hang_up()
    await chief.wait_for("closed")
    await agent.wait_for("closed")
    await supervised(flow, "HL_SUPERVISE_END")
    await until_idle(flow.switch)


@pytest.mark.parametrize("code", ["*331001", "*341001"])
async def test_a_supervisor_who_hangs_up_at_once_leaves_nobody_alone(flow, code):
    agent, citizen = await talk(flow)
    chief = await supervisor(flow, code)
    await chief.hang_up()
    await supervised(flow, "HL_SUPERVISE_END")
    await flow.hears(citizen, 8)
    assert talks(citizen)
    assert talks(agent), "he is with him still, or again after the wrap-up"
    await citizen.hang_up()
    await until_idle(flow.switch)
    assert hears(agent, CITIZEN_HZ)[0] > 0.5
