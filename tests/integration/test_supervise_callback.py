"""A supervisor on the talk of a call-back: the citizen is behind the placeholder's two halves."""

from __future__ import annotations

import pytest

from support.asterisk import free_ports
from support.callbacks import begin, promise
from support.flow import AGENT_HZ, AGENTS, SUPERVISOR_HZ
from support.journal import marks, seconds_with, until, until_idle
from support.outside import telephones
from support.rooms import hears, room_mark
from support.supervising import supervised, supervisor

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


async def test_the_talk_of_a_call_back_is_listened_to_and_taken_over(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    chief = {**AGENTS[1], "number": "1009", "role": "supervisor"}
    agents = [{**AGENTS[0], "queues": ["public"]}, chief]
    flow = await begin(running_asterisk, tmp_path, port, agents=agents)
    async with flow, telephones(port) as outside:
        await promise(flow, "13800000002")
        agent = await flow.agent("1001")
        await until(lambda: outside.count("answered") == 1)
        sound = await until(lambda: next(iter(flow.switch.recordings.rglob("*-citizen9.wav")), None))
        await until(lambda: sound.stat().st_size > 20_000)
        boss = await supervisor(flow, "*311001")
        await flow.hears(boss, 3)
        await boss.hang_up()
        await supervised(flow, "HL_SUPERVISE_END")
        assert hears(boss, AGENT_HZ)[0] > 1.5
        await boss.call("*341001")
        await agent.wait_for("closed")
        await room_mark(flow, "MOVED", 2)
        before = sound.stat().st_size
        await until(lambda: sound.stat().st_size > before + 60_000)
        await boss.hang_up()
        await room_mark(flow, "ALONE")
        await agent.wait_for("established")  # with the citizen again, after the wrap-up
        await flow.switch.console("channel request hangup all")
        await until_idle(flow.switch)
    assert hears(agent, SUPERVISOR_HZ) == [0.0]
    promised = marks(flow.switch, "HL_ARRIVED")[0].uniqueid
    assert {line.values["call"] for line in marks(flow.switch, "HL_SUPERVISE")} == {promised}
    assert seconds_with(sound, SUPERVISOR_HZ) > 1  # the telephone sends back what it hears
    assert "PAUSEALL|wrapup" in flow.switch.queue_log.read_text()
