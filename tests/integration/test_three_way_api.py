"""Third lines by the API on a real switch with real phones: direct, consulted, dropped, several in turn."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import ClientSession, ClientTimeout

from support.attached import attached, states_of
from support.flow import AGENT_HZ, CITIZEN_HZ
from support.journal import marks, until, until_idle
from support.rooms import LINE_HZ, hears, room_flow, room_marks, steps, talk, talks, third_phone

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-1"), pytest.mark.clause("R-3W-2")]
SECOND_HZ = 3000.0


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow:
        yield flow


@pytest.fixture
async def service(flow):
    async with attached(flow.switch.settings) as service:
        yield service


async def three(service, call, target="110", **fields):
    status, answer = await service.api("POST", f"calls/{call}/three-way", {"target": target, **fields})
    assert status == 202, answer
    return answer["line"]


async def test_one_request_and_all_three_hear_each_other(flow, service):
    agent, citizen = await talk(flow)
    call = await service.call()
    async with third_phone(flow) as police:
        line = await three(service, call)
        await service.line(call, "joined")
        await asyncio.sleep(3)
        assert await service.api("POST", f"calls/{call}/three-way/leave", {"agent": "1001"}) == (
            200,
            {"left": True},
        )
        await agent.wait_for("closed")
        await asyncio.sleep(2)
        assert not citizen.happened("closed")
        assert not police.happened("closed")
        await citizen.hang_up()
        await police.wait_for("closed")
        await until_idle(flow.switch)
    for phone, others, own in (
        (citizen, (AGENT_HZ, LINE_HZ), CITIZEN_HZ),
        (agent, (CITIZEN_HZ, LINE_HZ), AGENT_HZ),
        (police, (CITIZEN_HZ, AGENT_HZ), LINE_HZ),
    ):
        assert all(seconds > 1.0 for seconds in hears(phone, *others))
        assert hears(phone, own) == [0.0]
    (found,) = await service.line(call, "left")
    assert (found.id, found.how, found.mode, found.agent) == (line, "api", "direct", "1001")
    assert found.asked_us <= found.dialled_us <= found.answered_us <= found.joined_us
    assert await service.logged("three_way.request") == ["accepted"]
    assert (await service.logged("three_way.line"))[:2] == ["asked", "dial"]
    assert await service.logged("three_way.leave") == ["done"]
    assert flow.switch.faults() == []


async def test_consult_then_join(flow, service):
    agent, citizen = await talk(flow)
    call = await service.call()
    async with third_phone(flow) as police:
        await three(service, call, mode="consult")
        await service.line(call, "joined")
        await asyncio.sleep(2)
        status, refused = await service.api("POST", f"calls/{call}/three-way/leave", {})
        assert (status, refused["type"]) == (409, "urn:hotline:three_way.would_be_alone")
        assert (await service.api("POST", f"calls/{call}/three-way/join", {}))[0] == 200
        await until(lambda: "UNHELD citizen" in steps(flow))
        await asyncio.sleep(2.5)
        status, refused = await service.api("POST", f"calls/{call}/three-way/join", {})
        assert (status, refused["type"]) == (409, "urn:hotline:three_way.nobody_held")
        await citizen.hang_up()
        await police.wait_for("closed")
        await agent.wait_for("closed")
        await until_idle(flow.switch)
    assert all(seconds > 1.0 for seconds in hears(citizen, AGENT_HZ, LINE_HZ))
    assert hears(citizen, LINE_HZ)[0] < hears(agent, LINE_HZ)[0] - 1.0, "the citizen heard the consultation"
    assert all(seconds > 1.0 for seconds in hears(police, AGENT_HZ, CITIZEN_HZ))
    assert flow.switch.faults() == []


@pytest.mark.clause("R-3W-4")
async def test_the_agent_hangs_up_in_a_consultation(flow, service):
    agent, citizen = await talk(flow)
    call = await service.call()
    async with third_phone(flow) as police:
        await three(service, call, mode="consult")
        await service.line(call, "joined")
        await agent.hang_up()
        await until(lambda: "UNHELD citizen" in steps(flow))
        await asyncio.sleep(2)
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await police.wait_for("closed")
        await until_idle(flow.switch)
    assert hears(police, CITIZEN_HZ)[0] > 1.0
    assert hears(citizen, LINE_HZ)[0] > 1.0


async def test_several_lines_in_turn_and_one_is_dropped(flow, service):
    agent, citizen = await talk(flow)
    call = await service.call()
    async with third_phone(flow) as police, third_phone(flow, "110", trunk="second", hertz=SECOND_HZ) as fire:
        first = await three(service, call)
        await service.line(call, "joined")
        second = await three(service, call, "fire")
        await service.line(call, "joined", count=2)
        assert states_of(service.lines(call)) == [("police", "joined"), ("fire", "joined")]
        status, answer = await service.api("POST", f"calls/{call}/three-way", {"target": "*119"})
        assert (status, answer["type"], answer["line"]) == (409, "urn:hotline:three_way.already", second)
        assert (await service.api("POST", f"calls/{call}/three-way/leave", {}))[0] == 200
        await agent.wait_for("closed")
        await asyncio.sleep(2)
        assert await service.api("DELETE", f"calls/{call}/three-way/{first}") == (200, {"dropped": first})
        await police.wait_for("closed")
        await service.line(call, "left")
        status, answer = await service.api("DELETE", f"calls/{call}/three-way/{first}")
        assert (status, answer["type"]) == (404, "urn:hotline:three_way.no_line")
        await asyncio.sleep(1)
        assert not any(phone.happened("closed") for phone in (citizen, fire))
        await citizen.hang_up()
        await fire.wait_for("closed")
        await until_idle(flow.switch)
    assert hears(fire, LINE_HZ)[0] > 0.5, "the two lines did not hear each other"
    assert await service.logged("three_way.drop") == ["done"]


async def test_a_line_brought_in_by_key_is_dropped_by_the_api(flow, service):
    agent, citizen = await talk(flow)
    call = await service.call()
    async with third_phone(flow) as police:
        await agent.press("*110")
        (line,) = await service.line(call, "joined")
        assert line.how == "key"
        assert (await service.api("DELETE", f"calls/{call}/three-way/{line.id}"))[0] == 200
        await police.wait_for("closed")
        assert not citizen.happened("closed")
        await citizen.hang_up()
        await until_idle(flow.switch)
    assert (await service.logged("three_way.line"))[0] == "asked"


async def test_key_and_request_at_once_make_one_room_and_one_line(flow, service):
    agent, citizen = await talk(flow)
    call = await service.call()
    async with third_phone(flow) as police:
        _, (status, _answer) = await asyncio.gather(
            agent.press("*110"), service.api("POST", f"calls/{call}/three-way", {"target": "110"})
        )
        assert status in (202, 409)
        await service.line(call, "joined")
        await asyncio.sleep(2)
        assert [line.state for line in service.lines(call)].count("joined") == 1
        assert {line.state for line in service.lines(call)} <= {"joined", "refused"}
        assert talks(agent)
        assert not any(phone.happened("closed") for phone in (citizen, police))
        await citizen.hang_up()
        await police.wait_for("closed")
        await until_idle(flow.switch)
    dialled = [line for line in room_marks(flow, "DIAL")]
    assert len(dialled) == 1, "the police was dialled twice"


async def test_the_stream_tells_the_course(flow, service):
    _agent, citizen = await talk(flow)
    call = await service.call()
    settings = flow.switch.settings
    url = f"http://127.0.0.1:{settings.web.port}/api/v1/calls/{call}/three-way/stream"
    told: list[str] = []

    async def follow() -> None:
        headers = {"Authorization": f"Bearer {settings.web.token}"}
        async with (
            ClientSession(headers=headers, timeout=ClientTimeout(60)) as session,
            session.get(url) as answer,
        ):
            name = ""
            async for raw in answer.content:
                text = raw.decode().strip()
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                elif text.startswith("data: "):
                    data = json.loads(text.removeprefix("data: "))
                    told.append(f"{name} {data.get('state', data.get('step', ''))}".strip())

    following = asyncio.create_task(follow())
    await until(lambda: told)
    async with third_phone(flow):
        await three(service, call)
        await service.line(call, "joined")
        await citizen.hang_up()
        await following
    assert told[0] == "state"
    wanted = [
        "request asked",
        "request moving",
        "request calling",
        "line asked",
        "line dial",
        "line answered",
        "line joined",
    ]
    assert [one for one in told if one in wanted] == wanted
    assert told[-1] == "ended"
    assert "110" not in "".join(line for line in told)
    await until_idle(flow.switch)


async def test_what_is_refused_says_what_to_do(flow, service):
    status, answer = await service.api("POST", "calls/none/three-way", {"target": "110"})
    assert (status, answer["type"]) == (404, "urn:hotline:three_way.no_call")
    citizen = await flow.citizen()
    await citizen.call("12345")
    await until(lambda: marks(flow.switch, "HL_QUEUE"))
    call = await service.call()
    for body, expected, kind in (
        ({"target": "110"}, 409, "three_way.not_in_talk"),
        ({"target": "13800000000"}, 404, "three_way.unknown_target"),
        ({"target": "water", "agent": "1001"}, 403, "three_way.not_yours"),
        ({"target": ""}, 422, "input.invalid"),
        ({"target": "110", "mode": "loud"}, 422, "input.invalid"),
        ([], 422, "input.invalid"),
    ):
        status, answer = await service.api("POST", f"calls/{call}/three-way", body)
        assert (status, answer["type"]) == (expected, f"urn:hotline:{kind}"), body
    assert "13800000000" not in json.dumps(answer)
    assert await service.logged("three_way.request") == ["refused"] * 4
    status, answer = await service.api("GET", "third-lines?agent=1001")
    assert [
        (line["name"], line["code"], line["open"], line["allowed"]) for line in answer["third_lines"]
    ] == [
        ("police", "110", True, True),
        ("fire", "119", True, True),
        ("water", "961", True, True),
    ]
    assert "96116" not in json.dumps(answer)
    await citizen.hang_up()
    await until_idle(flow.switch)
