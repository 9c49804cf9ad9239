"""An agent passes a citizen on: the recording goes on, and nobody is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest

from support.flow import AGENT_HZ, AGENTS, CITIZEN_HZ, OTHER_AGENT_HZ, QUEUES, Flow
from support.journal import journal, seconds_with, spells_with, until, until_idle

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-T-1")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, agents_work={"wrap_up_seconds": 2})
    async with Flow(switch, tmp_path) as flow:
        yield flow


async def talk(flow: Flow):
    agent, citizen = await flow.agent("1001"), await flow.citizen()
    await citizen.call("12345")
    await agent.wait_for("established")
    await until(lambda: "mix" in flow.files() and flow.files()["mix"].stat().st_size > 40_000)
    return agent, citizen


async def goes_on(flow: Flow, more: int = 60_000) -> None:
    """Wait until the recording has grown."""
    size = flow.files()["mix"].stat().st_size
    await until(lambda: flow.files()["mix"].stat().st_size > size + more)


async def assert_both_agents_in_one_recording(flow: Flow) -> None:
    files = flow.files()
    assert set(files) == {"mix", "citizen", "agent"}
    assert seconds_with(files["agent"], AGENT_HZ) > 1
    assert seconds_with(files["agent"], OTHER_AGENT_HZ) > 1
    assert seconds_with(files["citizen"], CITIZEN_HZ) > 3
    await flow.marks("HL_REC")


@pytest.mark.parametrize("how", ["refer", "keys"])
async def test_a_blind_transfer_to_a_colleague(flow, how):
    agent, citizen = await talk(flow)
    other = await flow.agent("1002", signed_in=False)
    if how == "refer":
        await agent.transfer("1002")
    else:
        await agent.press("*7")
        await agent.press("1002")
    await other.wait_for("established")
    await agent.wait_for("closed")
    await goes_on(flow)
    assert not citizen.happened("closed")
    await citizen.hang_up()
    await other.wait_for("closed")
    await until_idle(flow.switch)
    await assert_both_agents_in_one_recording(flow)
    await flow.values("HL_AGENT", "agent", "1001", "1002")
    assert len({line.linkedid for line in await flow.marks("HL_AGENT", 2)}) == 1
    assert "PAUSEALL|wrapup" in flow.switch.queue_log.read_text()


async def test_every_turn_of_a_call_passed_on_four_times_is_in_the_recording(flow):
    """Each new telephone begins its RTP numbers anywhere: the recorder must not take it for late."""
    agent, citizen = await talk(flow)
    other = await flow.agent("1002", signed_in=False)
    turns = [(agent, "1001"), (other, "1002")] * 3
    for (present, _), (following, number) in pairwise(turns[:5]):
        await present.transfer(number)
        await present.wait_for("closed")
        await following.wait_for("established")
        await goes_on(flow, 20_000)
    await citizen.hang_up()
    await until_idle(flow.switch)
    await assert_both_agents_in_one_recording(flow)
    whole = flow.files()["agent"]
    assert seconds_with(whole, AGENT_HZ) + seconds_with(whole, OTHER_AGENT_HZ) > 6
    assert len(spells_with(whole, AGENT_HZ)) == 3
    assert len(spells_with(whole, OTHER_AGENT_HZ)) == 2


async def test_an_attended_transfer_by_keys(flow):
    agent, citizen = await talk(flow)
    other = await flow.agent("1002", signed_in=False)
    await agent.press("*8")
    await agent.press("1002")
    await other.wait_for("established")
    await agent.hang_up()
    await goes_on(flow)
    assert not citizen.happened("closed")
    await citizen.hang_up()
    await other.wait_for("closed")
    await until_idle(flow.switch)
    await assert_both_agents_in_one_recording(flow)
    assert [line.event for line in journal(flow.switch)].count("ATTENDEDTRANSFER") == 1
    assert seconds_with(citizen.heard()[-1], OTHER_AGENT_HZ) > 1


@pytest.mark.clause("R-IVR-1")
async def test_a_transfer_that_nobody_answers_leads_back_to_the_head_of_the_queue(flow):
    agent, citizen = await talk(flow)
    await agent.transfer("1003")  # not registered
    await agent.wait_for("closed")
    await agent.wait_for("ringing", limit_s=30)
    await agent.wait_for("established")
    assert not citizen.happened("closed")
    await flow.values("HL_QUEUE", "visit", "1", "2")


async def test_a_transfer_to_a_queue(flow):
    agent, citizen = await talk(flow)
    other = await flow.agent("1003")
    await agent.transfer("*22")
    await other.wait_for("established")
    await flow.values("HL_AGENT", "queue", "public", "enterprise")
    assert not citizen.happened("closed")


@pytest.mark.parametrize("target", ["13900000000", "*11", "hotline-arrival", "9"])
async def test_a_transfer_to_anywhere_else_reaches_nobody_outside_and_leads_back_to_the_queue(flow, target):
    agent, citizen = await talk(flow)
    await agent.transfer(target)
    await agent.wait_for("closed")
    await agent.wait_for("established", limit_s=30)  # again, after the wrap-up
    await flow.values("HL_AGENT", "agent", "1001", "1001")
    assert not citizen.happened("closed")
