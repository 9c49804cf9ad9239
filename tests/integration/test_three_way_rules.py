"""Who may call whom in, when, how often; and nobody but an agent may at all (R-3W-1, R-3W-2)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from support.flow import AGENTS
from support.journal import until
from support.outside import telephones
from support.rooms import port_of, room_flow, room_mark, room_marks, steps, talk

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-2")]

ROUTE = [{"trunk": "first", "number": "96116"}]


def line(name: str, code: str, **more):
    return {"name": name, "code": code, "label": name, "kind": "utility", "routes": ROUTE, **more}


def another_day() -> str:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).isoweekday()
    return "、".join(f"周{'一二三四五六日'[day - 1]}" for day in range(1, 8) if (day - today) % 7 > 1)


async def test_refusals_are_spoken_to_the_agent_and_marked(running_asterisk, tmp_path):
    lines = [
        line("chiefs", "501", roles=["supervisor"]),
        line("closed", "502", hours=[f"{another_day()} 00:00-24:00"]),
        line("always", "503", hours=["每天 00:00-24:00"]),
        line("either", "504", hours=["工作日 00:00-24:00", "休息日 00:00-24:00"]),
        line("police", "110", kind="emergency"),
    ]
    settings = {"third_lines": lines, "three_way": {"per_minute": 2}}
    async with await room_flow(running_asterisk, tmp_path, **settings) as flow:
        agent, citizen = await talk(flow)
        async with telephones(port_of(flow), "486"):
            for code, name in (
                ("501", "REFUSED"),
                ("502", "REFUSED"),
                ("503", "GAVE_UP"),
                ("504", "GAVE_UP"),
            ):
                count = len(room_marks(flow, name))
                await agent.press(f"*{code}")
                await room_mark(flow, name, count + 1)
            for _ in range(3):  # a minute may end between them
                over = len(room_marks(flow, "GAVE_UP", "REFUSED"))
                await agent.press("*503")
                await until(lambda over=over: len(room_marks(flow, "GAVE_UP", "REFUSED")) > over)
                if len(room_marks(flow, "REFUSED")) == 3:
                    break
            over = len(room_marks(flow, "GAVE_UP"))
            await agent.press("*110")  # never counted
            await room_mark(flow, "GAVE_UP", over + 1)
        assert [one.values["why"] for one in room_marks(flow, "REFUSED")] == ["role", "hours", "rate"]
        asked = [one.values["target"] for one in room_marks(flow, "ASKED")]
        assert asked[:2] == ["always", "either"]
        assert asked[-1] == "police"
        size = flow.files()["mix"].stat().st_size
        await until(lambda: flow.files()["mix"].stat().st_size > size + 20_000)
        assert not citizen.happened("closed")
        assert flow.switch.faults() == []


async def test_a_supervisor_may_what_an_agent_may_not(running_asterisk, tmp_path):
    lines = [line("chiefs", "501", roles=["senior", "supervisor"])]
    agents = [{**AGENTS[0], "role": "supervisor"}]
    queues = [{"name": "public", "label": "综合"}, {"name": "enterprise", "label": "企业"}]
    values = {"third_lines": lines, "agents": agents, "queues": queues}
    async with await room_flow(running_asterisk, tmp_path, **values) as flow:
        agent, _ = await talk(flow)
        async with telephones(port_of(flow), "486"):
            await agent.press("*501")
            await room_mark(flow, "GAVE_UP")
        assert room_marks(flow, "REFUSED") == []


async def test_no_citizen_starts_anything(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow, telephones(port_of(flow)) as outside:
        agent, citizen = await talk(flow)
        await citizen.press("*110")
        await citizen.press("*961")
        stranger = await flow.citizen("13800000002")
        for number in ("*110", "police", "hotline-line"):
            await stranger.call(number)
            await stranger.wait_for("closed")
        # Also in the room nobody but the agent has keys.
        await agent.press("*110")
        await room_mark(flow, "JOINED")
        await citizen.press("*119")
        await citizen.press("*90")
        size = flow.files()["mix"].stat().st_size
        await until(lambda: flow.files()["mix"].stat().st_size > size + 20_000)
        assert outside.called == ["110"]
        assert [one.values["agent"] for one in room_marks(flow, "ASKED")] == ["1001"]
        assert not [step for step in steps(flow) if step.startswith("LEFT")]


async def test_an_agent_without_a_citizen_calls_nobody_in(running_asterisk, tmp_path):
    async with await room_flow(running_asterisk, tmp_path) as flow, telephones(port_of(flow)) as outside:
        one, other = await flow.agent("1001"), await flow.agent("1002")
        await one.call("1002")
        await other.wait_for("established")
        await other.press("*110")
        await one.press("*110")
        await one.call("*110")
        await one.wait_for("closed")
        assert outside.called == []
        assert room_marks(flow) == []
