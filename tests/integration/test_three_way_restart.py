"""The service dies in any state of a request, or loses the switch in the middle of it: one room, one line."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from hotline.telephony.rooms import room
from support.ami_proxy import ami_proxy, once
from support.attached import Attached, attached
from support.journal import until, until_idle
from support.node import Node
from support.rooms import room_flow, room_marks, talk, talks, third_phone

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


def parties(service, call):
    return sorted(party.who for party in room(service.tracker.find(call)).parties)


async def one_room_one_line(flow, service, call, phones):
    """All three talk, the police was dialled once, and the records say the same."""
    citizen, agent, police = phones
    await service.line(call, "joined")
    assert talks(agent)
    assert not any(phone.happened("closed") for phone in (citizen, police))
    async with asyncio.timeout(20):
        while parties(service, call) != ["agent", "citizen"]:  # noqa: ASYNC110  # the switch's journal
            await asyncio.sleep(0.05)
    there = room(service.tracker.find(call))
    assert [line.state for line in there.lines] == ["joined"]
    assert len(room_marks(flow, "DIAL")) == 1, "the police was dialled twice"
    await citizen.hang_up()
    await police.wait_for("closed")
    await agent.wait_for("closed")
    await until_idle(flow.switch)


@pytest.mark.takes(40)
@pytest.mark.parametrize("state", ["asked", "moving", "calling", "called", "running"])
async def test_a_service_that_ends_in_any_state_is_followed_by_one_that_goes_on(flow, state):
    agent, citizen = await talk(flow)
    settings = flow.switch.settings
    first = Attached(settings, dies=lambda event: event.state == state)
    await first.start()
    call = await first.call()
    async with third_phone(flow) as police:
        await first.api("POST", f"calls/{call}/three-way", {"target": "110"})
        async with asyncio.timeout(20):
            await first.died.wait()
        await first.stop()
        async with attached(settings) as second:
            await one_room_one_line(flow, second, call, (citizen, agent, police))
            assert await second.logged("three_way.request") == ["accepted"]
            assert [
                one for one in await second.logged("three_way.state") if one in ("running", "failed")
            ] == ["running"]
            steps = await second.logged("three_way.line")
            assert [steps.count(step) for step in ("asked", "dial", "answered", "joined")] == [1, 1, 1, 1]


@pytest.mark.takes(20)
async def test_a_consultation_that_another_service_began_is_joined(flow):
    agent, citizen = await talk(flow)
    settings = flow.switch.settings
    async with third_phone(flow) as police:
        async with attached(settings) as first:
            call = await first.call()
            await first.api("POST", f"calls/{call}/three-way", {"target": "110", "mode": "consult"})
            await first.line(call, "joined")
        async with attached(settings) as second:
            assert room(second.tracker.find(call)).state == "held"
            status, answer = await second.api("POST", f"calls/{call}/three-way", {"target": "110"})
            assert (status, answer["type"]) == (409, "urn:hotline:three_way.already")
            assert (await second.api("POST", f"calls/{call}/three-way/join", {}))[0] == 200
            async with asyncio.timeout(20):
                while room(second.tracker.find(call)).state != "open":  # noqa: ASYNC110  # the switch's journal
                    await asyncio.sleep(0.05)
            await one_room_one_line(flow, second, call, (citizen, agent, police))


@pytest.mark.takes(30)
@pytest.mark.parametrize("judged", ["lose", "cut"])
@pytest.mark.parametrize("action", [b"Redirect", b"Originate"])
async def test_the_line_to_the_switch_is_cut_in_the_middle_of_a_command(flow, action, judged):
    agent, citizen = await talk(flow)
    settings = flow.switch.settings
    async with (
        ami_proxy(settings.asterisk.ami_host, settings.asterisk.ami_port) as proxy,
        attached(settings, port=proxy.port) as service,
        third_phone(flow) as police,
    ):
        call = await service.call()
        proxy.verdict = once(action, judged)
        await service.api("POST", f"calls/{call}/three-way", {"target": "110"})
        await one_room_one_line(flow, service, call, (citizen, agent, police))
        assert proxy.cuts == 1
        assert "looking" in service.states


async def test_the_citizen_hangs_up_while_the_service_is_away(flow):
    agent, citizen = await talk(flow)
    settings = flow.switch.settings
    first = Attached(settings, dies=lambda event: event.state == "moving")
    await first.start()
    call = await first.call()
    await first.api("POST", f"calls/{call}/three-way", {"target": "110"})
    async with asyncio.timeout(20):
        await first.died.wait()
    await first.stop()
    await citizen.hang_up()
    await until_idle(flow.switch)
    await until(lambda: not talks(agent))
    async with attached(settings) as second:
        async with asyncio.timeout(20):
            while (await second.logged("three_way.state"))[-1] != "failed":  # noqa: ASYNC110  # rows of a table
                await asyncio.sleep(0.05)
        assert await second.logged("three_way.request") == ["accepted"]
    assert room_marks(flow, "DIAL") == []


@pytest.mark.takes(60)
async def test_a_killed_service_is_followed_by_one_that_adopts_the_room(flow):
    """``hotline up`` itself, killed with -9 while the police's telephone rings."""
    agent, citizen = await talk(flow)
    settings = flow.switch.settings
    node = Node(settings)
    settings.menu.unlink()  # no menu is wanted here, nor the voice that would speak it
    try:
        await node.start()
        call = await in_talk(node)
        async with third_phone(flow, answer_after_s=None) as police:
            await asked(node, call)
            await police.wait_for("ringing")
            await node.kill()
            await police.answer()
            await police.wait_for("established")
            await node.start()
            state = await joined(node, call)
            assert state["room"] == "open"
            assert [party["who"] for party in state["parties"]].count("citizen") == 1
            assert not citizen.happened("closed")
            assert talks(agent)
            await citizen.hang_up()
            await police.wait_for("closed")
            await until_idle(flow.switch)
        assert len(room_marks(flow, "DIAL")) == 1
    finally:
        await node.kill()
        print(node.log_text()[-4000:])


async def in_talk(node):
    """The id of the call, once the service has read the journal to its end."""
    async with asyncio.timeout(30):
        while (await node.api("GET", "status"))["open_calls"] != 1:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.1)
        while not (calls := (await node.api("GET", "calls"))["calls"]):  # noqa: ASYNC110  # the same
            await asyncio.sleep(0.1)
    return calls[0]["id"]


async def asked(node, call):
    url = f"http://127.0.0.1:{node.settings.web.port}/api/v1/calls/{call}/three-way"
    headers = {"Authorization": f"Bearer {node.settings.web.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json={"target": "police"}) as answer,
    ):
        assert answer.status == 202, await answer.text()


async def joined(node, call):
    async with asyncio.timeout(30):
        while True:
            state = await node.api("GET", f"calls/{call}/three-way")
            if [line["state"] for line in state["lines"]] == ["joined"]:
                return state
            await asyncio.sleep(0.1)
