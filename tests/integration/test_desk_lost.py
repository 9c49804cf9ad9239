"""Who is with a citizen when a telephone is lost, without a service: asked first, passed on, called back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hotline.demo.phones import Phone
from support.asterisk import free_ports
from support.callbacks import begin, promise
from support.flow import AGENTS, OTHER_AGENT_HZ, QUEUES, Flow
from support.heard import hears, seconds_of
from support.journal import until, until_idle
from support.outside import telephones
from support.rooms import ami

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(35)]


async def channels(flow: Flow, agent: str) -> list[str]:
    """The legs of an agent's telephone."""
    lines = (await flow.switch.console("core show channels concise")).splitlines()
    return [line.split("!")[0] for line in lines if line.startswith(f"PJSIP/{agent}-")]


async def lose(flow: Flow, agent: str) -> None:
    """End an agent's leg as the media's time-out does."""
    (channel,) = await channels(flow, agent)
    answer = await ami(flow, "Hangup", ("Channel", channel), ("Cause", "44"))
    assert answer["Response"] == "Success", answer


async def asks(agent: Phone, colleague: Phone) -> None:
    """Ask a colleague first, by the keys that the page's command types too."""
    await agent.press("*8")
    await agent.press(colleague.account.user)


@pytest.mark.clause("R-T-1")
async def test_whoever_has_the_citizen_after_a_consultation_is_waited_for_and_nobody_else(
    running_asterisk: Any, tmp_path: Any
) -> None:
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, agents_work={"wrap_up_seconds": 1})
    async with Flow(switch, tmp_path) as flow:
        agent, citizen = await flow.agent("1001"), await flow.citizen()
        await citizen.call("12345")
        await agent.wait_for("established")
        colleague = await flow.agent("1002")
        heard = await until(lambda: flow.files().get("agent"))
        await hears(heard, "voice")

        # The one who asked hangs up: the other one has the citizen, is lost, and is called again.
        await asks(agent, colleague)
        await colleague.wait_for("established")
        await agent.hang_up()
        await until(lambda: seconds_of(heard, OTHER_AGENT_HZ) > 0.5)
        await lose(flow, "1002")
        await colleague.wait_for("closed")
        await colleague.wait_for("established")
        await hears(heard, "voice")
        await flow.values("HL_LOST", "agent", "1002")
        assert not citizen.happened("closed")

        # The one who asks is lost: the citizen is with the other one, and nobody waits for the first.
        await asks(colleague, agent)
        await agent.wait_for("established")
        await hears(heard, "music")
        await lose(flow, "1002")
        await hears(heard, "voice")
        assert not citizen.happened("closed")

        # Nobody answers: back to the head of the queue.
        silent = await flow.agent("1003", answer_after_s=None, signed_in=False)
        await asks(agent, silent)
        await silent.wait_for("ringing")
        await agent.hang_up()
        async with asyncio.timeout(30):
            while await channels(flow, "1001"):  # noqa: ASYNC110  # the switch's
                await asyncio.sleep(0.1)
        await silent.hang_up()
        await until(lambda: len(flow.mark("HL_QUEUE")) == 2)
        await flow.values("HL_LOST", "agent", "1002")
        await hears(heard, "voice")
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await until_idle(switch)
        log = switch.queue_log.read_text(encoding="utf-8")
        assert "|1002|PAUSEALL|wrapup" in log
        assert switch.faults() == []


@pytest.mark.clause("R-T-1")
async def test_the_citizen_of_a_call_back_is_kept_like_any_other(
    running_asterisk: Any, tmp_path: Any
) -> None:
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    async with flow, telephones(port) as outside:
        await promise(flow, "13800000002")
        agent = await flow.agent("1001")
        await until(lambda: outside.count("answered") == 1)
        heard = await until(lambda: next(iter(flow.switch.recordings.rglob("*-agent9.wav")), None))
        await hears(heard, "voice")
        await lose(flow, "1001")
        await agent.wait_for("closed")
        await agent.wait_for("established")
        await hears(heard, "voice")
        # Who does not come back leaves the citizen to the next one, as every room does.
        await agent.hang_up()
        await agent.wait_for("closed")
        colleague = await flow.agent("1002")
        await colleague.wait_for("established", limit_s=30)
        await until(lambda: seconds_of(heard, OTHER_AGENT_HZ) > 0.5)
        await colleague.hang_up()
        await until_idle(flow.switch)
        assert outside.count("answered") == 1
        assert flow.switch.faults() == []
