"""No agent is never a dead end: wait on, overflow, or leave a message (R-IVR-1, R-IVR-7, R-IVR-8)."""

from __future__ import annotations

import asyncio

import pytest

from support.flow import AGENTS, CITIZEN_HZ, QUEUES, Flow
from support.full_disk import full_disk
from support.journal import seconds_with, until, until_idle

pytestmark = pytest.mark.asterisk


async def begin(running_asterisk, tmp_path, queues=QUEUES) -> Flow:
    switch = await running_asterisk(queues=queues, agents=AGENTS, agents_work={"wrap_up_seconds": 1})
    return Flow(switch, tmp_path)


@pytest.mark.clause("R-IVR-1")
async def test_who_waits_without_any_agent_gets_the_agent_who_signs_in_later(running_asterisk, tmp_path):
    async with await begin(running_asterisk, tmp_path) as flow:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await citizen.wait_for("established")
        await flow.queue("1. PJSIP/trunk-test")
        agent = await flow.agent("1001")
        await agent.wait_for("established")
        await flow.visited(("public", ""))
        await flow.marks("HL_HUMAN")


@pytest.mark.clause("R-IVR-8")
async def test_a_queue_without_agents_passes_on_at_once_to_an_overflow_that_has_some(
    running_asterisk, tmp_path
):
    queues = [
        QUEUES[1],
        QUEUES[0],
    ]  # enterprise is the first queue, so the fallback without a menu goes there
    async with await begin(running_asterisk, tmp_path, queues) as flow:
        agent, citizen = await flow.agent("1002"), await flow.citizen()
        await citizen.call("12345")
        await agent.wait_for("established", limit_s=8)
        await flow.visited(("enterprise", "JOINEMPTY"), ("public", ""))
        await flow.values("HL_HUMAN", "queue", "enterprise")
        [answered] = await flow.marks("HL_AGENT")
        assert answered.values == {"agent": "1002", "queue": "public", "visit": "2"}


@pytest.mark.takes(35)
@pytest.mark.clause("R-IVR-7")
async def test_who_waits_too_long_overflows_and_then_waits_on_as_the_first(running_asterisk, tmp_path):
    queues = [QUEUES[1], QUEUES[0]]
    async with await begin(running_asterisk, tmp_path, queues) as flow:
        deaf = await flow.agent("1003", answer_after_s=None)
        citizen = await flow.citizen()
        await citizen.call("12345")
        await deaf.wait_for("ringing")
        await flow.visited(("enterprise", "TIMEOUT"), ("public", "TIMEOUT"), ("enterprise", ""), limit_s=60)
        assert not citizen.happened("closed")
        deaf.answer_after_s = 0.1
        await deaf.wait_for("established", limit_s=20)
        await flow.marks("HL_HUMAN")


@pytest.mark.parametrize("end", ["#", "hang up"])
async def test_a_key_in_the_queue_leaves_a_message(running_asterisk, tmp_path, end):
    async with await begin(running_asterisk, tmp_path) as flow:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await citizen.wait_for("established")
        await flow.queue("1. PJSIP/trunk-test")
        await citizen.press("1")
        file = await until(lambda: flow.files().get("message1"))
        await until(lambda: file.stat().st_size > 30_000)
        await (citizen.press("#") if end == "#" else citizen.hang_up())
        [mark] = await flow.marks("HL_MESSAGE")
        await citizen.wait_for("closed")
        await until_idle(flow.switch)
        assert flow.switch.recordings / (mark.values["file"] + ".wav") == file
        assert seconds_with(file, CITIZEN_HZ) > 1
        await flow.visited(("public", "KEY"))
        assert flow.switch.faults() == []


async def test_a_message_without_a_word_leads_back_into_the_queue(running_asterisk, tmp_path):
    async with await begin(running_asterisk, tmp_path) as flow:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await citizen.wait_for("established")
        await flow.queue("1. PJSIP/trunk-test")
        await citizen.press("1")
        await until(lambda: "message1" in flow.files())
        await citizen.press("#", pause_s=0)
        await flow.queue("1. PJSIP/trunk-test")
        await flow.visited(("public", "KEY"), ("public", ""))
        await flow.marks("HL_MESSAGE", 0)


async def test_a_full_queue_is_no_dead_end(running_asterisk, tmp_path):
    queues = [{**QUEUES[0], "max_callers": 1}]
    agents = [{**AGENTS[0], "queues": ["public"]}]
    switch = await running_asterisk(queues=queues, agents=agents)
    async with Flow(switch, tmp_path) as flow:
        first, second = await flow.citizen("13800000001"), await flow.citizen("13800000002")
        await first.call("12345")
        await flow.queue("1. PJSIP/trunk-test")
        await second.call("12345")
        await until(lambda: ("public", "FULL") in flow.visits())
        await first.hang_up()
        await flow.queue("No Callers")
        await flow.queue("1. PJSIP/trunk-test")
        assert not second.happened("closed")


@pytest.mark.clause("R-S-4")
@pytest.mark.clause("R-IVR-8")
async def test_with_the_recordings_and_the_journals_disk_full_calls_still_reach_somebody(
    running_asterisk, tmp_path
):
    async with await begin(running_asterisk, tmp_path) as flow:
        agent, citizen = await flow.agent("1001"), await flow.citizen()
        switch = flow.switch
        with full_disk(switch.recordings), full_disk(switch.journal.parent):
            await citizen.call("12345")
            await agent.wait_for("established")
            await citizen.wait_for("established")
            await asyncio.sleep(1)
            await citizen.hang_up()
            await agent.wait_for("closed")
            await until_idle(switch)
        assert seconds_with(agent.heard()[-1], CITIZEN_HZ) > 0.5
        assert flow.files() == {}
        await flow.key(agent, "*13")  # the wrap-up is over
        again = await flow.citizen("13800000002")
        await again.call("12345")
        await agent.wait_for("established")
        await flow.marks("HL_ARRIVED")  # with room again the journal goes on
        await flow.marks("HL_AGENT")


@pytest.mark.clause("R-S-4")
@pytest.mark.clause("R-IVR-8")
async def test_with_the_service_and_its_database_gone_for_good_every_step_is_the_switchs_own(
    running_asterisk, tmp_path
):
    queues = [{**QUEUES[0], "overflow": "enterprise"}, {**QUEUES[1], "overflow": None}]
    switch = await running_asterisk(
        queues=queues,
        agents=AGENTS,
        database=f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'hotline.db'}",
    )
    async with Flow(switch, tmp_path) as flow:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await flow.queue("1. PJSIP/trunk-test")  # nobody anywhere: the citizen waits
        await flow.queue("1. PJSIP/trunk-test", name="enterprise", limit_s=40)
        agent = await flow.agent("1003")
        await agent.wait_for("established")
        await flow.visited(("public", "TIMEOUT"), ("enterprise", ""))
