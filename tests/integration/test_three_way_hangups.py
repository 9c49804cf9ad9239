"""Somebody hangs up while a request is carried out: the citizen is with somebody, or first in the queue."""

from __future__ import annotations

import asyncio

import pytest

from hotline.telephony.rooms import room
from support.attached import attached
from support.journal import until, until_console, until_idle
from support.rooms import room_flow, room_marks, talk, talks, third_phone

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]

OFFSETS_MS = [0, 4, 8, 15, 30, 60]
"""After the request was sent: around the redirects, the call to the line, and the line's answer."""


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


async def asked(service, call, *, after_ms, hang_up):
    """Ask for the police, and hang up so much later; returns the status of the answer."""

    async def later():
        await asyncio.sleep(after_ms / 1000)
        await hang_up()

    answer, _ = await asyncio.gather(
        service.api("POST", f"calls/{call}/three-way", {"target": "110"}), later()
    )
    return answer[0]


@pytest.mark.takes(60)
@pytest.mark.parametrize("after_ms", OFFSETS_MS)
async def test_the_agent_hangs_up(flow, after_ms):
    agent, citizen = await talk(flow)
    async with attached(flow.switch.settings) as service, third_phone(flow) as police:
        call = await service.call()
        assert await asked(service, call, after_ms=after_ms, hang_up=agent.hang_up) in (202, 409)
        async with asyncio.timeout(30):
            while not (end := await with_whom(flow, service, call, citizen, police)):  # noqa: ASYNC110  # phones
                await asyncio.sleep(0.1)
        print("the citizen:", end)
        if end != "over":
            assert not citizen.happened("closed")
            await citizen.hang_up()
        await until_idle(flow.switch)
    assert len(room_marks(flow, "DIAL")) <= 1
    assert flow.switch.faults() == []


async def with_whom(flow, service, call, citizen, police):
    """Where the citizen has ended up: with the police, in the queue, or at the end of an ordinary talk."""
    if police.happened("established") and talks(police):
        there = room(service.tracker.find(call))
        is_there = there is not None and "citizen" in [party.who for party in there.parties]
        if is_there and [line.state for line in there.lines] == ["joined"]:
            return "police"
    if room_marks(flow, "ALONE"):
        await until_console(flow.switch, "queue show", "1. PJSIP/trunk-test")
        return "queue"
    return "over" if citizen.happened("closed") and not room_marks(flow, "MOVED") else ""


@pytest.mark.takes(40)
@pytest.mark.parametrize("after_ms", OFFSETS_MS)
async def test_the_citizen_hangs_up(flow, after_ms):
    agent, citizen = await talk(flow)
    async with attached(flow.switch.settings) as service, third_phone(flow):
        call = await service.call()
        assert await asked(service, call, after_ms=after_ms, hang_up=citizen.hang_up) in (202, 409)
        await until_idle(flow.switch, limit_s=30)
        await until(lambda: not talks(agent))
        async with asyncio.timeout(20):
            while service.conference.requests(call):  # noqa: ASYNC110  # the service's own state
                await asyncio.sleep(0.05)
        states = await service.logged("three_way.state")
        assert not states or states[-1] in ("running", "failed")
    assert len(room_marks(flow, "DIAL")) <= 1
