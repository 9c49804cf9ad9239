"""``hotline up`` is killed with -9 around a request: in the end all three talk, or two as before."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp
import pytest

from support.journal import until_idle
from support.node import Node
from support.rooms import room_flow, room_marks, talk, talks, third_phone

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4"), pytest.mark.heavy(2)]


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


@pytest.fixture
async def node(flow):
    node = Node(flow.switch.settings)
    flow.switch.settings.menu.unlink()  # no menu is wanted here, nor the voice that would speak it
    try:
        await node.start()
        yield node
    finally:
        await node.kill()
        print(node.log_text()[-4000:])


@pytest.mark.takes(50)
@pytest.mark.parametrize("after_ms", [20, 60, 120])
async def test_whatever_was_done_before_the_kill_is_finished_once(flow, node, after_ms):
    agent, citizen = await talk(flow)
    call = await in_talk(node)
    async with third_phone(flow) as police:
        asking = asyncio.create_task(ask(node, call))
        await asyncio.sleep(after_ms / 1000)
        await node.kill()
        with suppress(aiohttp.ClientError):
            await asking
        answered = not asking.cancelled() and asking.exception() is None
        await node.start()
        end = await settled(node, call)
        print("in the end:", end)
        assert not citizen.happened("closed")
        assert talks(agent)
        if end == "three":
            assert talks(police)
            assert len(room_marks(flow, "DIAL")) == 1
        else:
            assert not answered, "a request that was acknowledged is carried out"
            assert room_marks(flow, "DIAL") == []
        await citizen.hang_up()
        await until_idle(flow.switch)
        assert not talks(agent)
    assert flow.switch.faults("AudioSocket") == [], "the switch tells that nobody listens live any more"


async def settled(node, call):
    """Wait until all three talk, or until it is clear that the request was never taken: then the two do."""
    quiet = 0
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(0.2)
            if (await node.api("GET", "status"))["open_calls"] != 1:
                continue
            state = await node.api("GET", f"calls/{call}/three-way")
            if [line["state"] for line in state["lines"]] == ["joined"]:
                assert sorted(party["who"] for party in state["parties"]) == ["agent", "citizen"]
                return "three"
            quiet = 0 if state["lines"] or state["requests"] else quiet + 1
            if quiet > 25:
                there = sorted(party["who"] for party in state["parties"])
                assert there == (["agent", "citizen"] if state["room"] else [])
                return "two"


async def in_talk(node):
    """The id of the call, once it is stored."""
    async with asyncio.timeout(30):
        while True:
            with suppress(AssertionError):  # the service has no tables yet
                if calls := (await node.api("GET", "calls"))["calls"]:
                    return calls[0]["id"]
            await asyncio.sleep(0.1)


async def ask(node, call):
    url = f"http://127.0.0.1:{node.settings.web.port}/api/v1/calls/{call}/three-way"
    headers = {"Authorization": f"Bearer {node.settings.web.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, json={"target": "110"}) as answer,
    ):
        assert answer.status == 202, await answer.text()
