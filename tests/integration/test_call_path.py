"""A citizen's call on a real Asterisk with no service at all: queue, agent, sound, marks, wrap-up."""

from __future__ import annotations

import asyncio

import pytest

from support.flow import AGENT_HZ, AGENTS, CITIZEN_HZ, QUEUES, Flow
from support.journal import marks, seconds_with, until, until_idle

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, agents_work={"wrap_up_seconds": 2})
    async with Flow(switch, tmp_path) as flow:
        yield flow


@pytest.mark.clause("R-T-1")
@pytest.mark.parametrize("first_to_hang_up", ["citizen", "agent"])
async def test_both_hear_each_other_and_the_journal_tells_the_call_in_order(flow, first_to_hang_up):
    agent = await flow.agent("1001")
    citizen = await flow.citizen(display="张三")
    await citizen.call("12345")
    await agent.wait_for("established")
    await until(lambda: "mix" in flow.files() and flow.files()["mix"].stat().st_size > 50_000)
    one, other = (citizen, agent) if first_to_hang_up == "citizen" else (agent, citizen)
    await one.hang_up()
    await other.wait_for("closed")
    await until_idle(flow.switch)

    assert flow.told() == ["HL_ARRIVED", "HL_REC", "HL_HUMAN", "HL_QUEUE", "HL_AGENT"]
    steps = [line for line in marks(flow.switch) if "n" in line.values]
    assert [line.values["n"] for line in steps] == ["1", "2", "3", "4"]
    assert steps[0].values == {"n": "1", "trunk": "test", "did": "12345"}
    assert steps[2].values == {"n": "3", "queue": "public", "why": "zero_level"}
    [answered] = await flow.marks("HL_AGENT")
    assert answered.values == {"agent": "1001", "queue": "public", "visit": "1"}
    assert answered.linkedid == steps[0].uniqueid == steps[0].linkedid
    assert answered.uniqueid != answered.linkedid

    files = flow.files()
    assert steps[1].values["file"] + "-mix.wav" == str(files["mix"].relative_to(flow.switch.recordings))
    heard = {name: (seconds_with(f, CITIZEN_HZ), seconds_with(f, AGENT_HZ)) for name, f in files.items()}
    assert set(heard) == {"mix", "citizen", "agent"}
    assert heard["citizen"][0] > 1.5
    assert heard["citizen"][1] == 0
    assert heard["agent"][1] > 1.5
    assert heard["agent"][0] == 0
    assert min(heard["mix"]) > 1.5
    assert seconds_with(agent.heard()[-1], CITIZEN_HZ) > 1
    assert seconds_with(citizen.heard()[-1], AGENT_HZ) > 1
    assert flow.switch.faults() == []


async def test_after_a_talk_comes_wrap_up_and_then_the_next_call_without_any_service(flow):
    agent = await flow.agent("1001")
    first, second = await flow.citizen("13800000001"), await flow.citizen("13800000002")
    await first.call("12345")
    await agent.wait_for("established")
    await second.call("12345")
    await flow.queue("1. PJSIP/trunk-test")
    await first.hang_up()
    await flow.queue("paused:wrapup")
    assert "1. PJSIP/trunk-test" in await flow.switch.console("queue show public")
    await agent.wait_for("established")
    paused = await flow.switch.console("queue show public")
    assert "paused" not in paused
    await flow.values("HL_AGENT", "visit", "1", "1")
    await until(lambda: flow.switch.queue_log.read_text().count("|CONNECT|") == 2)
    log = flow.switch.queue_log.read_text()
    assert log.index("PAUSEALL|wrapup") < log.index("UNPAUSEALL|wrapup-end") < log.rindex("|CONNECT|")


async def test_a_pause_chosen_in_the_wrap_up_outlasts_it(flow):
    agent, citizen = await flow.agent("1001"), await flow.citizen()
    await citizen.call("12345")
    await agent.wait_for("established")
    await citizen.hang_up()
    await flow.queue("paused:wrapup")
    await flow.key(agent, "*142")
    await flow.queue("paused:meal")
    await until_idle(flow.switch)  # the timer of the wrap-up has ended
    await flow.queue("paused:meal")
    await flow.key(agent, "*13")
    assert "paused" not in await flow.switch.console("queue show public")


async def test_a_pause_chosen_during_the_talk_is_no_wrap_up(flow):
    agent, citizen = await flow.agent("1001"), await flow.citizen()
    await citizen.call("12345")
    await agent.wait_for("established")
    await flow.switch.console("queue pause member PJSIP/1001 queue public reason meeting")
    await citizen.hang_up()
    await until_idle(flow.switch)
    await flow.queue("paused:meeting")
    assert "wrapup" not in flow.switch.queue_log.read_text()


async def test_the_feature_codes_of_an_agent(flow):
    agent = await flow.agent("1001", signed_in=False)
    await flow.key(agent, "*13")
    assert "No Members" in await flow.switch.console("queue show public")
    await flow.key(agent, "*11")
    await flow.key(agent, "*11")
    assert "1001 (PJSIP/1001)" in await flow.switch.console("queue show public")
    assert "1001 (PJSIP/1001)" in await flow.switch.console("queue show enterprise")
    await flow.key(agent, "*14")
    await flow.queue("paused:rest", name="enterprise")
    await flow.key(agent, "*145")
    await flow.queue("paused:paperwork", name="enterprise")
    await flow.key(agent, "*13")
    assert "paused" not in await flow.switch.console("queue show")
    await flow.key(agent, "*12")
    assert "1001" not in await flow.switch.console("queue show")
    await until(lambda: "feature" in {line.values["role"] for line in flow.mark("HL_INTERNAL")})
    await flow.marks("HL_ARRIVED", 0)


async def test_a_wrap_up_that_the_end_of_asterisk_interrupts_ends_after_its_next_start(flow):
    agent, citizen = await flow.agent("1001"), await flow.citizen()
    await citizen.call("12345")
    await agent.wait_for("established")
    await citizen.hang_up()
    await flow.queue("paused:wrapup")
    await flow.switch.runtime.stop(limit_s=10)
    await flow.switch.runtime.start()
    assert "1001 (PJSIP/1001)" in await flow.switch.console("queue show public")
    assert "paused:wrapup" in await flow.switch.console("queue show public")
    async with asyncio.timeout(20):
        while "paused" in await flow.switch.console("queue show"):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.1)
