"""After the agent has hung up the citizen is asked for an evaluation, with no service at all (R-T-11)."""

from __future__ import annotations

import pytest

from hotline.queue.replay import replay
from hotline.telephony import call_figures as figures
from hotline.telephony.calls import CallRecord
from hotline.telephony.evaluation import evaluated
from hotline.telephony.facts import HANGUP
from support.flow import AGENTS, QUEUES, Flow
from support.journal import journal, seconds_with, spells_with, until, until_idle, write_tone
from support.rooms import room_flow, room_mark, third_phone

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-T-11")]

ASKED_HZ = 1900.0
ON = {"enabled": True, "answer_seconds": 2}


def ask_with_a_tone(flow: Flow) -> None:
    """The question is a tone of its own, long enough to be pressed into."""
    for name in ("evaluation-three", "evaluation-five"):
        write_tone(flow.switch.runtime.paths.sounds / "hotline" / f"{name}.wav", ASKED_HZ, 1.5)


async def asked_flow(running_asterisk, tmp_path, profile: str = "gb") -> Flow:
    switch = await running_asterisk(
        queues=QUEUES,
        agents=AGENTS,
        agents_work={"wrap_up_seconds": 2},
        site={"profile": profile},
        evaluation=ON,
    )
    flow = Flow(switch, tmp_path)
    ask_with_a_tone(flow)
    return flow


async def talk(flow: Flow, number: str = "13800000001"):
    agent, citizen = await flow.agent("1001"), await flow.citizen(number)
    await citizen.call("12345")
    await agent.wait_for("established")
    await until(lambda: "mix" in flow.files() and flow.files()["mix"].stat().st_size > 30_000)
    return agent, citizen


def answers(flow: Flow) -> list[dict[str, str]]:
    return [
        {key: value for key, value in line.values.items() if key != "n"} for line in flow.mark("HL_EVALUATED")
    ]


async def records(flow: Flow, count: int) -> list[CallRecord]:
    """Wait until the journal, which a thread of its own writes, has the ends of all these calls."""

    def whole() -> list[CallRecord]:
        found = [one for one in replay(flow.switch.journal.parent.parent, "node1") if one.citizen]
        agents = [one.find(mark.leg, HANGUP) for one in found for _, mark in figures.answers(one)]
        ended = sum(one.has_own_end for one in found) == count == len(found)
        return found if ended and all(agents) else []

    return await until(whole)


async def test_one_key_is_the_answer_and_the_agent_is_free_meanwhile(running_asterisk, tmp_path):
    async with await asked_flow(running_asterisk, tmp_path) as flow:
        agent, citizen = await talk(flow)
        await agent.hang_up()
        await flow.marks("HL_EVALUATE")
        await flow.queue("paused:wrapup")
        assert not citizen.happened("closed")
        await citizen.press("2")
        await citizen.wait_for("closed")
        await until_idle(flow.switch)
        assert answers(flow) == [{"level": "2", "levels": "3", "times": "1"}]
        assert flow.told()[-3:] == ["HL_AGENT", "HL_EVALUATE", "HL_EVALUATED"]
        assert [line.values["n"] for line in flow.mark("HL_EVALUATED")] == ["6"]
        assert seconds_with(citizen.heard()[-1], ASKED_HZ) > 0.1
        assert all(seconds_with(file, ASKED_HZ) == 0 for file in flow.files().values())
        assert flow.switch.faults() == []
        [record] = await records(flow, 1)
        found = evaluated(record)
        assert found is not None
        assert found.level == "basically_satisfied"
        assert (figures.outcome(record), figures.ended_by(record)) == ("answered", "agent")
        hung_up = [line for line in journal(flow.switch) if line.event == "HANGUP"]
        left = [line.at for line in hung_up if line.channel.startswith("PJSIP/1001")]
        bridged, talked = figures.t4(record), figures.talk(record)
        assert bridged is not None
        assert talked is not None
        assert (bridged + talked) / 1e6 == pytest.approx(left[-1], abs=0.5)


async def test_five_levels_where_the_standard_has_them_and_a_wrong_key_is_asked_once_more(
    running_asterisk, tmp_path
):
    async with await asked_flow(running_asterisk, tmp_path, "beijing") as flow:
        agent, citizen = await talk(flow)
        await agent.hang_up()
        await flow.marks("HL_EVALUATE")
        await citizen.press("9")
        await flow.hears(citizen, 0.7)
        await citizen.press("5")
        await citizen.wait_for("closed")
        await until_idle(flow.switch)
        assert answers(flow) == [{"level": "5", "levels": "5", "times": "2"}]
        assert flow.switch.faults() == []


async def test_no_answer_ends_by_itself_and_hanging_up_is_fine(running_asterisk, tmp_path):
    async with await asked_flow(running_asterisk, tmp_path) as flow:
        agent, citizen = await talk(flow)
        await agent.hang_up()
        await citizen.wait_for("closed", limit_s=30)
        assert len(spells_with(citizen.heard()[-1], ASKED_HZ)) == 2
        other = await flow.citizen("13800000002")
        await other.call("12345")
        await flow.marks("HL_AGENT", 2)
        await agent.hang_up()
        await flow.marks("HL_EVALUATE", 2)
        await other.hang_up()
        await until_idle(flow.switch)
        assert answers(flow) == []
        ended = [(figures.ended_by(one), figures.outcome(one)) for one in await records(flow, 2)]
        assert ended == [("agent", "answered")] * 2
        assert flow.switch.faults() == []


async def test_whose_agent_let_go_before_a_word_was_heard_keeps_the_place(running_asterisk, tmp_path):
    """The telephone was answered, and ended before the switch had noted it: led there as such a call is."""
    async with await asked_flow(running_asterisk, tmp_path) as flow:
        citizen = await flow.citizen()
        await citizen.call("12345")
        await flow.marks("HL_QUEUE")
        channel = flow.mark("HL_QUEUE")[0].channel
        await flow.switch.console(f"channel redirect {channel} hotline-evaluate,s,1")
        await flow.marks("HL_QUEUE", 2)
        assert flow.mark("HL_EVALUATE") == []
        assert not citizen.happened("closed")
        agent = await flow.agent("1001")
        await flow.marks("HL_AGENT")
        await agent.hang_up()
        await flow.marks("HL_EVALUATE")
        await citizen.hang_up()
        await until_idle(flow.switch)
        (record,) = await records(flow, 1)
        assert figures.outcome(record) == "answered"
        assert flow.switch.faults() == []


async def test_who_is_passed_on_is_asked_after_the_last_agent_and_who_hangs_up_never(
    running_asterisk, tmp_path
):
    async with await asked_flow(running_asterisk, tmp_path) as flow:
        agent, citizen = await talk(flow)
        other = await flow.agent("1002", signed_in=False)
        await agent.transfer("1002")
        await other.wait_for("established")
        await agent.wait_for("closed")
        await flow.hears(citizen, 1)
        assert flow.mark("HL_EVALUATE") == []
        await other.press("*8")
        await other.press("1001")
        await agent.wait_for("established")
        await other.hang_up()
        await flow.hears(citizen, 1)
        assert flow.mark("HL_EVALUATE") == []
        await agent.hang_up()
        await flow.marks("HL_EVALUATE")
        await citizen.press("1")
        await citizen.wait_for("closed")
        assert answers(flow) == [{"level": "1", "levels": "3", "times": "1"}]

        second = await flow.citizen("13800000002")
        await second.call("12345")
        await agent.wait_for("established")
        await second.hang_up()
        await agent.wait_for("closed")
        waiting = await flow.citizen("13800000003")
        await flow.key(agent, "*12")
        await waiting.call("12345")
        await flow.marks("HL_QUEUE", 3)
        await waiting.hang_up()
        await until_idle(flow.switch)
        assert len(flow.mark("HL_EVALUATE")) == 1
        assert flow.switch.faults() == []


async def test_nobody_is_asked_after_an_emergency_line_was_called_in(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path, evaluation=ON) as flow:
        ask_with_a_tone(flow)
        agent, citizen = await talk(flow)
        async with third_phone(flow) as police:
            await agent.press("*110")
            await police.wait_for("established")
            await room_mark(flow, "JOINED")
            await agent.hang_up()
            await flow.hears(citizen, 1)
            assert not citizen.happened("closed")
            await police.hang_up()
        await agent.wait_for("established", limit_s=30)  # back in the queue, and served again
        await flow.hears(citizen, 1)
        await agent.hang_up()
        await citizen.wait_for("closed")
        await until_idle(flow.switch)
        assert flow.mark("HL_EVALUATE") == []
        assert flow.switch.faults() == []
