"""The command line and the service sign agents in and out with the least rights on a real switch."""

from __future__ import annotations

import asyncio
import json

import pytest

from hotline.cli import agents as command
from hotline.core.errors import HotlineError
from hotline.core.log import setup_logging
from hotline.queue.agent_moves import MOVED, Moves
from hotline.queue.agents import Agents, NotSignedInError
from hotline.telephony.ami import Ami
from support.flow import AGENTS, QUEUES, Flow
from support.journal import until, until_idle

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, agents_work={"wrap_up_seconds": 3})
    async with Flow(switch, tmp_path) as flow:
        yield flow


@pytest.fixture
async def ami(flow):
    switch = flow.switch.settings.asterisk
    ami = Ami(switch.ami_host, switch.ami_port, "hotline-actions", switch.ami_action_secret)
    running = asyncio.create_task(ami.run())
    await ami.wait_connected(5)
    yield ami
    await ami.close()
    running.cancel()
    await asyncio.wait({running})


@pytest.fixture
async def agents(flow, ami):
    return Agents(flow.switch.settings, ami)


async def late_end_of_wrap_up(flow, ami):
    """Do what the timer does once it has found its token in place, however late that is."""
    where = {"Context": "agent-wrapup-wait", "Exten": "s", "Priority": "end"}
    helper = {"Channel": "Local/*43@from-agent/n", "Variable": "HL_ME=1001"}
    ended = len(queue_lines(flow, "UNPAUSE|wrapup-end"))
    await ami.action("Originate", {**helper, **where, "Async": "true"})
    await until(lambda: len(queue_lines(flow, "UNPAUSE|wrapup-end")) > ended)
    await until_idle(flow.switch)


def queue_lines(flow, text):
    return [line for line in flow.switch.queue_log.read_text(encoding="utf-8").splitlines() if text in line]


async def states(agents):
    return {state.number: (state.kind.value, state.reason) for state in await agents.states()}


async def test_the_same_semantics_as_the_keys(flow, agents):
    phone = await flow.agent("1001", signed_in=False)
    assert (await states(agents))["1001"] == ("signed_out", "")
    with pytest.raises(NotSignedInError):
        await agents.ready("1001")
    await agents.sign_in("1001")
    await agents.sign_in("1001")
    assert await states(agents) == {
        "1001": ("ready", ""),
        "1002": ("signed_out", ""),
        "1003": ("signed_out", ""),
    }
    await agents.pause("1001", "training")
    assert (await states(agents))["1001"] == ("paused", "training")
    await flow.key(phone, "*13")
    assert (await states(agents))["1001"] == ("ready", "")
    await flow.key(phone, "*12")
    assert (await states(agents))["1001"] == ("signed_out", "")
    await agents.sign_out("1001")
    assert flow.switch.faults() == []


async def test_a_pause_over_ami_in_the_wrap_up_outlasts_it(flow, agents):
    phone, citizen = await flow.agent("1001"), await flow.citizen()
    await citizen.call("12345")
    await phone.wait_for("established")
    await flow.queue("(in call)")  # the phone knows of the answer before the switch has acted on it
    await flow.marks("HL_AGENT")
    assert (await states(agents))["1001"] == ("talking", "")
    await citizen.hang_up()
    await flow.queue("paused:wrapup")
    await agents.pause("1001", "meal")
    await until_idle(flow.switch)  # the timer of the wrap-up has ended
    assert (await states(agents))["1001"] == ("paused", "meal")


async def test_a_pause_stands_that_meets_the_very_end_of_the_wrap_up(flow, agents, ami):
    """The timer has looked at its token already when the pause is chosen: it ends the pause, and sees it."""
    phone, citizen = await flow.agent("1001"), await flow.citizen()
    await citizen.call("12345")
    await phone.wait_for("established")
    await flow.marks("HL_AGENT")
    await citizen.hang_up()
    await flow.queue("paused:wrapup")
    await agents.pause("1001", "meal")
    await until_idle(flow.switch)
    await late_end_of_wrap_up(flow, ami)
    assert (await states(agents))["1001"] == ("paused", "meal")
    await agents.ready("1001")
    await late_end_of_wrap_up(flow, ami)
    assert (await states(agents))["1001"] == ("ready", "")


async def test_the_command_line(flow, capsys, monkeypatch):
    monkeypatch.setattr(command, "load_settings", lambda _: flow.switch.settings)

    async def run(function, *arguments, **options):
        await asyncio.to_thread(function, *arguments, **options)
        return json.loads(capsys.readouterr().out)

    setup_logging()  # as the command does: the log goes to standard error
    capsys.readouterr()
    [state] = await run(command.sign_in, "1002", as_json=True)
    assert (state["agent"], state["name"], state["state"]) == ("1002", "李强", "unreachable")
    [state] = await run(command.pause, "1002", reason="meal", as_json=True)
    assert state["queues"] == ["public"]
    listed = await run(command.list_agents, as_json=True)
    assert [one["agent"] for one in listed] == ["1001", "1002", "1003"]
    assert listed[1]["reason"] == "meal"
    [state] = await run(command.sign_out, "1002", as_json=True)
    assert state["state"] == "signed_out"
    with pytest.raises(HotlineError, match="no agent"):
        await run(command.ready, "4711", as_json=True)


class Notes:
    """Keeps what was noted."""

    def __init__(self):
        self.entries = []

    async def put(self, who, action, call="", details=None, *, result="", limit_s=2.0):
        self.entries.append((who, action, result))
        return True


async def test_an_agent_is_moved_to_another_queue_and_answers_and_wraps_up_there(flow, agents, ami):
    """The switch alone begins the wrap-up, though the agent is in none of its own queues."""
    notes = Notes()
    moves = Moves(flow.switch.settings, ami, notes)
    phone, citizen = await flow.agent("1003"), await flow.citizen()
    await agents.pause("1003", "meal")
    await moves.place("1003", ["public"], who="chief")
    [state] = [one for one in await agents.states() if one.number == "1003"]
    assert (state.kind.value, state.reason, state.queues) == ("paused", "meal", ("public",))
    await agents.ready("1003")
    await citizen.call("12345")
    await phone.wait_for("established")
    await flow.marks("HL_AGENT")
    await citizen.hang_up()
    await flow.queue("paused:wrapup")
    await until_idle(flow.switch)
    assert (await states(agents))["1003"] == ("ready", "")
    await flow.key(phone, "*12")
    assert (await states(agents))["1003"] == ("signed_out", "")
    assert notes.entries == [("chief", MOVED, "done")]
    assert flow.switch.faults() == []
