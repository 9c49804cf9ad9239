"""Names, numbers and headers from outside are text: the call goes through and nothing is run."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

import pytest

from support.flow import AGENTS, QUEUES, Flow
from support.journal import journal, marks, until_idle
from support.sipp import Wait, call

pytestmark = pytest.mark.asterisk

NASTY_NAMES = {
    "variable": "${SHELL(touch /tmp/hotline-owned)}",
    "evaluation": "${EVAL(${HL_FILE})}",
    "application": "x,1);System(touch /tmp/hotline-owned)",
    "mark": "n=1&agent=1001&HL_AGENT",
    "quotes": 'a\\"b\\\\',
    "semicolon": "; exten => s,1,Hangup()",
    "chinese": "张三；李四",
    "percent": "%0D%0AEvent: Hangup%0D%0A%0D%0A",
    "huge": "长" * 3400,
}
NASTY_NUMBERS = {
    "line break": "138%0D%0AEvent:%20Fake%0D%0A%0D%0A",
    "variable": "$%7BSHELL(id)%7D",
    "quote": "138%22%3B1",
    "huge": "1" * 900,
}


@pytest.fixture
async def flow(running_asterisk, tmp_path):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    async with Flow(switch, tmp_path) as flow:
        yield flow


async def assert_went_through(flow: Flow, result) -> None:
    assert result.ok, result.errors
    await until_idle(flow.switch)
    assert [line.event for line in marks(flow.switch) if line.event != "HL_INTERNAL"] == [
        "HL_ARRIVED",
        "HL_REC",
        "HL_HUMAN",
        "HL_QUEUE",
    ]
    arrived = marks(flow.switch, "HL_ARRIVED")[0]
    assert arrived.values == {"n": "1", "trunk": "test", "did": "12345"}
    assert re.fullmatch(r"[0-9+]*", marks(flow.switch, "HL_QUEUE")[0].fields["number"])
    assert {file.parent.parent.parent.parent for file in flow.files().values()} == {flow.switch.recordings}
    assert all(line.event != "" for line in journal(flow.switch))
    faults = [line for line in flow.switch.faults() if "pbx" in line or "func" in line]
    # A From header over 4 kB is not read at all: the call comes in without a number, and the log says so.
    assert not [line for line in faults if "Not enough buffer space in pjsip_hdr_print_on" not in line]


@pytest.mark.parametrize("name", NASTY_NAMES.values(), ids=NASTY_NAMES.keys())
async def test_a_hostile_display_name(flow, name):
    await assert_went_through(flow, await call(flow.switch.trunk, [Wait(1)], name=name))


@pytest.mark.parametrize("number", NASTY_NUMBERS.values(), ids=NASTY_NUMBERS.keys())
async def test_a_hostile_number(flow, number):
    await assert_went_through(flow, await call(flow.switch.trunk, [Wait(1)], number=number))


async def test_an_expression_as_a_display_name(flow):
    citizen = await flow.citizen(display="$[1 + 1] ${HL_N}")
    await citizen.call("12345")
    await citizen.wait_for("established")
    [entered] = await flow.marks("HL_QUEUE")
    assert entered.fields["name"] == "$[1 + 1] ${HL_N}"


async def test_no_line_of_ami_can_be_made_by_a_caller(flow):
    """A caller's number with an escaped line break would otherwise forge events for the service."""
    switch = flow.switch.settings.asterisk
    reader, writer = await asyncio.open_connection(switch.ami_host, switch.ami_port)
    login = f"Action: Login\r\nUsername: hotline-events\r\nSecret: {switch.ami_event_secret}\r\n\r\n"
    writer.write(login.encode())
    for number in NASTY_NUMBERS.values():
        await call(flow.switch.trunk, [Wait(0.5)], number=number, name=NASTY_NAMES["percent"])
    await until_idle(flow.switch)
    told = b""
    with suppress(TimeoutError):
        while data := await asyncio.wait_for(reader.read(65536), 2):
            told += data
    writer.close()
    assert b"HL_ARRIVED" in told
    assert b"\nEvent: Fake" not in told
    assert b"\nEvent: Hangup" not in told


async def test_a_hostile_name_reaches_the_agent_as_text(flow):
    agent = await flow.agent("1001")
    result = await call(flow.switch.trunk, [Wait(3)], name="${HL_FILE} 张三")
    assert result.ok, result.errors
    await agent.wait_for("established")
    [line] = await flow.marks("HL_AGENT")
    assert line.values == {"agent": "1001", "queue": "public", "visit": "1"}
    name = marks(flow.switch, "HL_ARRIVED")[0].fields["name"]
    assert name == "${HL_FILE} 张三"


@pytest.mark.parametrize("called", ["h", "hotline-agent", "1001", "*11", "0013800000000"])
async def test_a_citizen_reaches_the_hotline_or_nothing(flow, called):
    await call(flow.switch.trunk, [Wait(1)], called=called, limit_s=10)
    await until_idle(flow.switch)
    channels = {line.channel.split("-")[0] for line in journal(flow.switch) if line.channel}
    assert not {name for name in channels if name.startswith("PJSIP/1")}
    assert "No Members" in await flow.switch.console("queue show public")
