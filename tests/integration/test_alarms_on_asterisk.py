"""Alarms of a real node: a citizen who waits too long, nobody signed in, a cut AMI, a trunk that goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from hotline.app.service import Service
from hotline.core.events import DomainEvent
from hotline.core.settings import Settings
from hotline.queue.alarms import AlarmCleared, AlarmEvent, AlarmRaised
from hotline.telephony.call_figures import t1
from support import sipp
from support.asterisk import Switch, free_ports
from support.load_faults import silent_proxy
from support.node import ZERO_LEVEL_MENU
from support.receiver import receiver, until
from support.sipp_agents import answering_agents, desk_phones

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-Q-3")]

StartSwitch = Callable[..., Awaitable[Switch]]

ONE_QUEUE = [{"name": "public", "label": "综合受理"}]
SECRET = "webhook-secret-for-tests"


def kinds(service: Service) -> set[str]:
    return {one["kind"] for one in service.alarms.active()}


@asynccontextmanager
async def service_of(settings: Settings) -> AsyncGenerator[tuple[Service, list[AlarmEvent]]]:
    """A service beside a switch that runs already, and the alarms' events."""
    told: list[AlarmEvent] = []

    def note(event: DomainEvent) -> None:
        if isinstance(event, AlarmEvent):
            told.append(event)

    settings.menu.write_text(ZERO_LEVEL_MENU, encoding="utf-8")
    service = Service(settings, None)
    service.bus.listen(note)
    async with service:
        await service.actions.wait_connected(20)
        await until("alarms are loaded", service.alarms.keeper.loaded.is_set)
        yield service, told


@pytest.mark.takes(40)
async def test_a_citizen_waits_10_and_15_seconds_and_the_ami_is_cut(running_asterisk: StartSwitch) -> None:
    phones = free_ports(1)[0]
    async with receiver() as duty, answering_agents(phones):
        switch = await running_asterisk(
            queues=ONE_QUEUE,
            agents=desk_phones(1, phones),
            agents_work={"wrap_up_seconds": 0},
            alarms={"webhook_secret": SECRET},
            webhooks=[{"name": "duty", "url": "http://127.0.0.1:1/"}],
        )
        port = switch.settings.asterisk.ami_port
        async with silent_proxy(port) as proxy:
            settings = switch.settings.model_copy(
                update={
                    "asterisk": switch.settings.asterisk.model_copy(update={"ami_port": proxy.port}),
                    "webhooks": (duty.target(),),
                }
            )
            async with service_of(settings) as (service, told):
                citizen = asyncio.create_task(sipp.call(switch.trunk, [sipp.Wait(60)], limit_s=90))
                await until("about to break", lambda: "wait_near" in kinds(service), 40)
                await until("broken", lambda: "wait_broken" in kinds(service), 20)
                (call,) = service.tracker.open_calls()
                raised = {event.alarm.kind: event for event in told if isinstance(event, AlarmRaised)}
                asked_us = t1(call)
                assert asked_us is not None
                for kind, limit_s in (("wait_near", 10), ("wait_broken", 15)):
                    after_s = raised[kind].at.timestamp() - asked_us / 1e6 - limit_s
                    print(f"{kind} raised {after_s * 1000:.0f} ms after the limit")
                    assert after_s > 0
                assert service.live().alarms[0]["severity"] == "critical"
                live = service.figures.live()
                assert {"wait_near", "wait_broken"} <= {one["kind"] for one in live["alarms"]}  # type: ignore[attr-defined]

                await service.agents.sign_in("2000")
                await until(
                    "answered, so it is over", lambda: not kinds(service) & {"wait_near", "wait_broken"}
                )

                proxy.cut()
                await until("not reachable", lambda: "asterisk_unreachable" in kinds(service), 40)
                assert any("交换机失联" in line for line in service.live().problems)
                proxy.mend()
                await until("reachable again", lambda: "asterisk_unreachable" not in kinds(service), 40)
                assert not citizen.done(), "the call goes on through it"
                citizen.cancel()

                def news() -> list[tuple[str, str]]:
                    wanted = {"wait_near", "wait_broken", "asterisk_unreachable"}
                    sent = [(one["event"], one["alarm"]["kind"]) for one in duty.taken]
                    return [one for one in sent if one[1] in wanted]

                await until("all sent", lambda: len(news()) == 6)
                assert news() == [
                    ("alarm.raised", "wait_near"),
                    ("alarm.raised", "wait_broken"),
                    ("alarm.cleared", "wait_near"),
                    ("alarm.cleared", "wait_broken"),
                    ("alarm.raised", "asterisk_unreachable"),
                    ("alarm.cleared", "asterisk_unreachable"),
                ]
            for kind in ("wait_near", "wait_broken", "asterisk_unreachable"):
                mine = [type(event) for event in told if event.alarm.kind == kind]
                assert mine == [AlarmRaised, AlarmCleared]


@pytest.mark.takes(60)
async def test_a_trunk_that_stops_to_answer_and_a_queue_without_agents(running_asterisk: StartSwitch) -> None:
    peer, phones = free_ports(2)
    switch = await running_asterisk(
        queues=ONE_QUEUE,
        agents=desk_phones(1, phones),
        trunks=[
            {"name": "carrier", "host": "127.0.0.1", "port": peer, "qualify_seconds": 2},
            {"name": "mute", "host": "127.0.0.2", "port": peer},
        ],
    )
    async with answering_agents(peer), service_of(switch.settings) as (service, _):
        await until("the peer answers", lambda: service.alarms.probes.trunks.get("carrier") is True, 40)
        await until("nobody is signed in", lambda: "queue_unattended" in kinds(service), 60)
        assert "trunk_down" not in kinds(service)
        assert not service.alarms.failures()
    async with service_of(switch.settings) as (service, told):
        await until("the peer is gone", lambda: "trunk_down" in kinds(service), 60)
        (down,) = (one for one in service.alarms.active() if one["kind"] == "trunk_down")
        assert (down["subject"], down["level"]) == ("carrier", "II")
        async with answering_agents(peer):
            await until("the peer is back", lambda: "trunk_down" not in kinds(service), 60)
        assert [type(event) for event in told if event.alarm.kind == "queue_unattended"] == []
