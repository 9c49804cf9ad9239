"""The AMI line against a real Asterisk, with the rights that the service has."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from hotline.telephony.ami import Ami, AmiMessage, AmiState
from hotline.telephony.ami_errors import AmiConnectionLostError, AmiError, AmiLoginError, AmiRefusedError
from hotline.telephony.ami_watch import AmiLimits
from hotline.telephony.ami_wire import variable
from hotline.telephony.events_wanted import EVENTS_WANTED
from hotline.telephony.snapshot import take_snapshot
from support.asterisk import ACTION_SECRET, EVENT_SECRET, Switch

pytestmark = pytest.mark.asterisk

WAIT_S = 20.0
LIMITS = AmiLimits(first_pause_s=0.05, longest_pause_s=0.5)
HELPER = "Local/s@hotline-internal/n"


def session(switch: Switch, user: str, secret: str, wanted: frozenset[str] = frozenset()) -> Ami:
    at = switch.settings.asterisk
    return Ami(at.ami_host, at.ami_port, user, secret, wanted=wanted, limits=LIMITS)


def actions_of(switch: Switch) -> Ami:
    return session(switch, "hotline-actions", ACTION_SECRET)


@asynccontextmanager
async def running(*sessions: Ami) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(one.run()) for one in sessions]
    try:
        for one in sessions:
            await one.wait_connected(WAIT_S)
        yield
    finally:
        for one, task in zip(sessions, tasks, strict=True):
            await one.close()
            with suppress(asyncio.CancelledError):
                await task
            assert (one.pending, one.state) == (0, AmiState.CLOSED)


async def originate(ami: Ami, channel_id: str, variables: dict[str, str]) -> str:
    """Start a helper channel and return its name once the switch shows it."""
    await ami.action(
        "Originate",
        {
            "Channel": HELPER,
            "ChannelId": channel_id,
            "Application": "Wait",
            "Data": "20",
            "CallerID": "市民，张三 <13800000001>",
            "Variable": [variable(name, value) for name, value in variables.items()],
        },
    )
    async with asyncio.timeout(WAIT_S):
        while True:
            shot = await take_snapshot(ami)
            if channel_id in shot.channels:
                return shot.channels[channel_id].name
            await asyncio.sleep(0.02)


async def test_chinese_and_hostile_variables_arrive_as_they_are(shared_asterisk: Switch) -> None:
    values = {
        "HL_A": "李“老”师，市民,𠮷",
        "HL_B": 'quote " and \\ back\\\\slash',
        "HL_C": "${SHELL(id)} $[1+1] ${EPOCH}",
        "HL_D": "Action: Hangup, Channel: /.*/;|`'()[]{}<>&=",
        "HL_E": "王" * 300,
        "HL_F": "",
    }
    ami = actions_of(shared_asterisk)
    async with running(ami):
        name = await originate(ami, "ami-test-variables", values)
        for key, value in values.items():
            (got,) = await ami.action("Getvar", {"Channel": name, "Variable": key})
            assert got["Value"] == value
        await ami.action("Hangup", {"Channel": name})


async def test_a_snapshot_shows_channels_queues_and_members(shared_asterisk: Switch) -> None:
    ami = actions_of(shared_asterisk)
    member = {"Queue": "public", "Interface": "PJSIP/1001"}
    async with running(ami):
        await ami.action("QueueAdd", {**member, "MemberName": "王芳"})
        await ami.action("QueuePause", {**member, "Paused": "true", "Reason": "meal"})
        name = await originate(ami, "ami-test-snapshot", {})
        shot = await take_snapshot(ami)
        assert set(shot.queues) >= {"public", "enterprise"}
        (agent,) = [one for one in shot.members if one.interface == "PJSIP/1001"]
        assert (agent.queue, agent.name, agent.paused, agent.paused_reason) == (
            "public",
            "王芳",
            True,
            "meal",
        )
        channel = shot.channels["ami-test-snapshot"]
        assert (channel.name, channel.linkedid) == (name, channel.uniqueid)
        assert channel.caller_name == "市民，张三"
        assert "ami-test-snapshot" in shot.calls
        await ami.action("QueueRemove", member)
        await ami.action("Hangup", {"Channel": name})
        with pytest.raises(AmiRefusedError):
            await ami.action("Hangup", {"Channel": "PJSIP/nobody-1"})


async def test_the_events_of_a_call_come_in_order_over_the_event_line(shared_asterisk: Switch) -> None:
    got: list[AmiMessage] = []
    events = session(shared_asterisk, "hotline-events", EVENT_SECRET, EVENTS_WANTED)
    actions = actions_of(shared_asterisk)
    ended = asyncio.Event()

    async def handler(message: AmiMessage) -> None:
        if message["LinkedID"] == "ami-test-events":
            got.append(message)
            await asyncio.sleep(0)
            if message["EventName"] == "LINKEDID_END":
                ended.set()

    events.on("CEL", handler)
    async with running(events, actions):
        name = await originate(actions, "ami-test-events", {})
        await actions.action("Hangup", {"Channel": name})
        async with asyncio.timeout(WAIT_S):
            await ended.wait()
        with pytest.raises(AmiRefusedError):
            await events.action("Originate", {"Channel": HELPER, "Application": "Wait"})
    times = [float(message["Timestamp"]) for message in got]
    assert times == sorted(times)
    assert (got[0]["EventName"], got[-1]["EventName"]) == ("CHAN_START", "LINKEDID_END")
    assert "市民，张三" in {message["CallerIDname"] for message in got}


async def test_a_restart_of_the_switch_is_survived_without_a_replay(running_asterisk) -> None:
    switch: Switch = await running_asterisk()
    events = session(switch, "hotline-events", EVENT_SECRET, EVENTS_WANTED)
    actions = actions_of(switch)
    order: list[str] = []
    booted = asyncio.Semaphore(0)

    async def greet(_: Ami) -> None:
        order.append("connected")

    events.on_connect(greet)
    events.on("FullyBooted", lambda _: (order.append("booted"), booted.release())[1])
    async with running(events, actions):
        async with asyncio.timeout(WAIT_S):
            await booted.acquire()
        await originate(actions, "ami-test-restart", {})
        unanswered = {"Channel": HELPER, "Application": "Wait", "Async": "false", "Timeout": "60000"}
        asked = asyncio.create_task(actions.action("Originate", unanswered, limit_s=60))
        await asyncio.sleep(0.2)
        os.kill(switch.pid, signal.SIGKILL)
        with pytest.raises(AmiConnectionLostError):
            await asked
        with pytest.raises(AmiError) as error:
            await actions.action("Ping")
        assert error.value.retryable
        await switch.runtime.stop(limit_s=10)
        await switch.runtime.start()
        async with asyncio.timeout(WAIT_S):
            await booted.acquire()
        await actions.wait_connected(WAIT_S)
        assert "ami-test-restart" not in (await take_snapshot(actions)).channels
    assert order == ["connected", "booted"] * 2


async def test_a_wrong_secret_is_told_apart_from_a_switch_that_is_away(shared_asterisk: Switch) -> None:
    ami = session(shared_asterisk, "hotline-actions", "not-the-secret-at-all")
    task = asyncio.create_task(ami.run())
    async with asyncio.timeout(WAIT_S):
        while ami.state is not AmiState.REFUSED:  # noqa: ASYNC110  # the state is what operators see
            await asyncio.sleep(0.05)
    with pytest.raises(AmiLoginError):
        await ami.action("Ping")
    await ami.close()
    with suppress(asyncio.CancelledError):
        await task
