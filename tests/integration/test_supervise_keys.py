"""A supervisor listens, whispers, barges in and takes over by feature code, without any service."""

from __future__ import annotations

import pytest

from support.flow import AGENT_HZ, CITIZEN_HZ
from support.journal import marks, seconds_with, until, until_idle
from support.rooms import LINE_HZ, hears, room_mark, talk, talks, third_phone
from support.supervising import SUPERVISOR_HZ, supervised, supervised_flow, supervisor

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await supervised_flow(running_asterisk, tmp_path) as flow:
        yield flow


async def test_listening_is_heard_by_nobody(flow):
    agent, citizen = await talk(flow)
    boss = await supervisor(flow, "*311001")
    await flow.hears(boss, 4)
    await boss.hang_up()
    (end,) = await supervised(flow, "HL_SUPERVISE_END")
    assert talks(citizen)
    assert talks(agent)
    await citizen.hang_up()
    await until_idle(flow.switch)
    assert all(seconds > 2 for seconds in hears(boss, CITIZEN_HZ, AGENT_HZ))
    assert hears(citizen, SUPERVISOR_HZ) == hears(agent, SUPERVISOR_HZ) == [0.0]
    call = marks(flow.switch, "HL_ARRIVED")[0].uniqueid
    assert end.values == {
        "call": call,
        "supervisor": "1009",
        "agent": "1001",
        "mode": "listen",
        "n": "2",
    }
    assert all(seconds_with(file, SUPERVISOR_HZ) == 0 for file in flow.files().values())
    assert flow.switch.faults() == []


async def test_a_whisper_is_heard_by_the_agent_alone(flow):
    agent, citizen = await talk(flow)
    boss = await supervisor(flow, "*321001")
    await flow.hears(boss, 4)
    assert talks(citizen)
    await citizen.hang_up()
    await boss.wait_for("closed")
    await until_idle(flow.switch)
    assert all(seconds > 2 for seconds in hears(boss, CITIZEN_HZ, AGENT_HZ))
    assert hears(agent, SUPERVISOR_HZ)[0] > 2
    assert hears(citizen, SUPERVISOR_HZ) == [0.0]
    assert all(seconds_with(file, SUPERVISOR_HZ) == 0 for file in flow.files().values())
    assert [line.values["mode"] for line in marks(flow.switch, "HL_SUPERVISE")] == ["whisper"]
    assert flow.switch.faults() == []


async def test_who_barges_in_is_heard_by_all_and_leaves_them_talking(flow):
    agent, citizen = await talk(flow)
    boss = await supervisor(flow, "*331001")
    await room_mark(flow, "MOVED", 3)
    await flow.hears(boss, 4)
    await boss.hang_up()
    await supervised(flow, "HL_SUPERVISE_END")
    await flow.hears(agent, 3)
    assert talks(citizen)
    await citizen.hang_up()
    await agent.wait_for("closed")
    await until_idle(flow.switch)
    for phone, others, own in (
        (citizen, (AGENT_HZ, SUPERVISOR_HZ), CITIZEN_HZ),
        (agent, (CITIZEN_HZ, SUPERVISOR_HZ), AGENT_HZ),
        (boss, (CITIZEN_HZ, AGENT_HZ), SUPERVISOR_HZ),
    ):
        assert all(seconds > 2 for seconds in hears(phone, *others))
        assert hears(phone, own) == [0.0]
    assert hears(agent, CITIZEN_HZ)[0] > hears(agent, SUPERVISOR_HZ)[0] + 2, "they talk on"
    files = flow.files()
    assert seconds_with(files["agent"], SUPERVISOR_HZ) > 2, "what the citizen heard is recorded"
    assert seconds_with(files["citizen"], CITIZEN_HZ) > 6
    assert seconds_with(files["citizen"], SUPERVISOR_HZ) == 0
    assert seconds_with(files["1009"], SUPERVISOR_HZ) > 2
    assert flow.switch.faults() == []


async def test_taking_over_lets_the_agent_go_and_never_the_citizen(flow):
    agent, citizen = await talk(flow)
    await flow.hears(citizen, 3)
    boss = await supervisor(flow, "*341001")
    await agent.wait_for("closed")
    await flow.hears(boss, 4)
    assert talks(citizen)
    assert "PAUSEALL|wrapup" in flow.switch.queue_log.read_text()
    first, second = marks(flow.switch, "HL_AGENT")
    assert second.values == {**first.values, "agent": "1009", "call": first.linkedid}
    await citizen.hang_up()
    await boss.wait_for("closed")
    await until_idle(flow.switch)
    assert all(seconds > 2 for seconds in hears(citizen, AGENT_HZ, SUPERVISOR_HZ))
    assert hears(boss, CITIZEN_HZ)[0] > 2
    assert hears(boss, AGENT_HZ) == [0.0]
    files = flow.files()
    assert all(seconds_with(files["agent"], one) > 2 for one in (AGENT_HZ, SUPERVISOR_HZ))
    assert seconds_with(files["citizen"], CITIZEN_HZ) > 4
    assert flow.switch.faults() == []


async def test_a_supervisor_who_took_over_and_hangs_up_brings_the_citizen_back_to_the_queue(flow):
    agent, citizen = await talk(flow)
    boss = await supervisor(flow, "*341001")
    await agent.wait_for("closed")
    await room_mark(flow, "MOVED", 2)
    await boss.hang_up()
    await room_mark(flow, "ALONE")
    assert talks(citizen)
    await until(lambda: len(marks(flow.switch, "HL_AGENT")) == 3)  # the agent again, after the wrap-up
    assert talks(agent)
    await citizen.hang_up()
    await until_idle(flow.switch)
    assert flow.switch.faults() == []


async def test_from_a_room_the_supervisor_is_heard_and_takes_over(flow):
    agent, citizen = await talk(flow)
    async with third_phone(flow) as police:
        await agent.press("*110")
        await room_mark(flow, "JOINED")
        boss = await supervisor(flow, "*341001")
        await agent.wait_for("closed")
        await flow.hears(boss, 4)
        assert talks(citizen)
        assert talks(police)
        await citizen.hang_up()
        await boss.wait_for("closed")
        await until_idle(flow.switch)
        assert hears(police, SUPERVISOR_HZ)[0] > 2
    assert all(seconds > 2 for seconds in hears(boss, CITIZEN_HZ, LINE_HZ))
    assert hears(citizen, SUPERVISOR_HZ)[0] > 2
    assert flow.switch.faults() == []


async def test_only_a_supervisor_may_and_only_a_talk_can_be_supervised(flow):
    agent, citizen = await talk(flow)
    other = await flow.agent("1002", signed_in=False)
    for code in ("*311001", "*321001", "*331001", "*341001"):
        await flow.key(other, code)
    refused = await supervised(flow, "HL_SUPERVISE_REFUSED", 4)
    assert {line.values["why"] for line in refused} == {"role"}
    assert [line.values["mode"] for line in refused] == ["listen", "whisper", "barge", "take"]
    boss = await flow.agent("1009", signed_in=False)
    for code in ("*311002", "*341009", "*341002"):
        await flow.key(boss, code)
    await boss.call("*3410011")  # nobody's
    await boss.wait_for("closed")
    assert marks(flow.switch, "HL_SUPERVISE") == []
    assert talks(citizen)
    assert talks(agent)
    assert hears(other, CITIZEN_HZ, AGENT_HZ) == hears(boss, CITIZEN_HZ, AGENT_HZ) == [0.0, 0.0]
    await citizen.hang_up()
    await until_idle(flow.switch)
