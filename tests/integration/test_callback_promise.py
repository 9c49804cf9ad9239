"""A promised call-back is one thing: entry, placeholder and mark, whenever the citizen hangs up (R-IVR-7)."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from support.asterisk import Switch, free_ports
from support.callbacks import HEARD_S, begin, kill, outcomes, told
from support.flow import Flow
from support.journal import until, until_console, until_idle
from support.outside import telephones

pytestmark = pytest.mark.asterisk

FIRST, SECOND = "13800000001", "13800000002"
LAST_SECOND = 2147483647


async def widen(switch: Switch, behind: str) -> None:
    """Have the switch wait for seconds, once in a call, behind the only step that begins so."""
    file = switch.runtime.paths.config.with_name("callbacks.conf")
    lines = file.read_text(encoding="utf-8").splitlines()
    [at] = [number for number, line in enumerate(lines) if behind in line and "UNIQUEID" in line]
    lines[at + 1 : at + 1] = [
        " same => n,Set(TEST_TIMES=${TEST_TIMES}x)",
        ' same => n,ExecIf($["${TEST_TIMES}" = "x"]?Wait(20))',
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    await switch.console("dialplan reload")


@pytest.mark.parametrize("behind", ["Set(DB(hotline-callback", "Originate("])
@pytest.mark.clause("R-IVR-7")
async def test_who_confirms_and_hangs_up_at_once_is_promised_and_called(running_asterisk, tmp_path, behind):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    async with flow, telephones(port) as outside:
        await widen(flow.switch, behind)
        citizen = await flow.citizen(FIRST)
        await confirm(flow, citizen)
        await until_console(flow.switch, "database show hotline-callback", "1 results found")
        if "Originate" in behind:
            await until_console(flow.switch, "core show channels concise", "hotline-callback-hold")
        assert told(flow) == []
        await citizen.hang_up()
        await flow.queue("1. Local/s@hotline-callback-hold")
        assert told(flow) == ["HL_CALLBACK"]
        agent = await flow.agent("1001")
        await until(lambda: outside.count("answered") == 1)
        await agent.hang_up()
        await until_idle(flow.switch)
        assert outside.called == [FIRST]
        assert outcomes(flow.switch) == {FIRST: ("callback_accepted", True)}
        assert "0 results found" in await flow.switch.console("database show hotline-callback")
        assert flow.switch.faults() == []


async def confirm(flow: Flow, citizen) -> None:
    await citizen.call("12345")
    await citizen.wait_for("established")
    await flow.queue("PJSIP/trunk-test")
    await asyncio.sleep(HEARD_S)
    await citizen.press("2")
    await until(lambda: any(line.values.get("status") == "KEY" for line in flow.mark("HL_QUEUE_END")))
    await asyncio.sleep(4)  # the number is read out: a dozen tones of 0.2 s
    await citizen.press("1")


async def test_more_promises_than_one_list_holds_get_their_places_again(running_asterisk, tmp_path: Path):
    flow = await begin(running_asterisk, tmp_path, free_ports(1)[0], max_calls=500, max_waiting=200)
    count = 180
    async with flow:
        wanted = int(time.time())
        for number in range(count):
            call = f"a-node-with-a-long-name-{wanted}.{number + 1000}"
            value = f"{LAST_SECOND - wanted}-0-13800{number:06}-public"
            await flow.switch.console(f"database put hotline-callback {call[-2:]}/{call} {value}")
        await asyncio.sleep(2)  # Asterisk's database is on the disk within a second
        await kill(flow.switch)
        await flow.queue(f"{count}. Local/s@hotline-callback-hold", limit_s=60)
        assert flow.switch.faults() == []


async def test_a_promise_that_could_not_be_kept_for_a_day_is_given_up(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    async with flow, telephones(port) as outside:
        now = int(time.time())
        for number, hours in ((FIRST, 25), (SECOND, 23)):
            call = f"node1-{now}.{hours}"
            value = f"{LAST_SECOND - now + hours * 3600}-1-{number}-public"
            await flow.switch.console(f"database put hotline-callback {call[-2:]}/{call} {value}")
        await asyncio.sleep(2)
        await kill(flow.switch)
        await until(lambda: flow.mark("HL_CALLBACK_FAILED"))
        await flow.agent("1001")
        await until(lambda: outside.count("answered") == 1)
        assert outside.called == [SECOND]
        [given_up] = flow.mark("HL_CALLBACK_FAILED")
        assert given_up.values == {"call": f"node1-{now}.25", "try": "1"}
