"""A call-back keeps the place in the queue, by the dialplan alone: no service runs here (R-IVR-7)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import CallBook
from hotline.telephony.cel import fact_of_row
from hotline.telephony.journal_text import parse_record, split_records
from support.asterisk import Switch, free_ports
from support.flow import AGENT_HZ, AGENTS, QUEUES, Flow
from support.journal import seconds_with, until, until_idle
from support.outside import telephones

pytestmark = pytest.mark.asterisk

FIRST, SECOND, THIRD = "13800000001", "13800000002", "13800000003"


async def begin(
    running_asterisk, tmp_path: Path, port: int, *, agents: Sequence[dict[str, Any]] = (), **callback: Any
) -> Flow:
    switch = await running_asterisk(
        queues=[QUEUES[0]],
        agents=agents or [{**AGENTS[0], "queues": ["public"]}, {**AGENTS[1], "queues": ["public"]}],
        agents_work={"wrap_up_seconds": 1},
        trunks=[{"name": "test", "host": "127.0.0.1", "port": port, "numbers": ["12345"]}],
        callback={"trunk": "test", "ring_seconds": 5, "retry_seconds": 1, **callback},
    )
    return Flow(switch, tmp_path)


def told(flow: Flow, *names: str) -> list[str]:
    return [name for name in flow.told() if name.startswith("HL_CALLBACK") and (not names or name in names)]


def outcomes(switch: Switch) -> dict[str, tuple[str | None, bool]]:
    """By the caller's number: the outcome and whether a call-back was answered, from the journal alone."""
    book = CallBook("node1")
    data = switch.journal.read_bytes()
    records, _ = split_records(data)
    for _, text in records:
        if (fact := fact_of_row(parse_record(text))) is not None:
            book.feed(fact)
    return {
        arrived.get("number"): (figures.outcome(record), figures.callback_answered(record) is not None)
        for record in book.records.values()
        if record.citizen and (arrived := record.first_step("HL_ARRIVED"))
    }


async def promise(flow: Flow, number: str, *, keys: str = "21") -> None:
    """A citizen waits, asks for a call-back, confirms the number heard, and is let go."""
    citizen = await flow.citizen(number)
    await citizen.call("12345")
    await citizen.wait_for("established")
    await until(lambda: flow.mark("HL_QUEUE"))
    await flow.queue("PJSIP/trunk-test")
    await citizen.press(keys[0])
    await until(lambda: any(line.values.get("status") == "KEY" for line in flow.mark("HL_QUEUE_END")))
    await asyncio.sleep(4)  # the number is read out: a dozen tones of 0.2 s
    await citizen.press(keys[1:])
    await citizen.wait_for("closed")


@pytest.mark.clause("R-IVR-7")
async def test_the_place_is_kept_and_the_citizen_called_through_the_trunk(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    async with flow, telephones(port) as outside:
        agent = await flow.agent("1001")
        talking = await flow.citizen(FIRST)
        await talking.call("12345")
        await agent.wait_for("established")
        await promise(flow, SECOND)
        behind = await flow.citizen(THIRD)
        await behind.call("12345")
        await flow.queue("2. PJSIP/trunk-test")
        shown = await flow.switch.console("queue show public")
        assert "1. Local/s@hotline-callback-hold" in shown
        await talking.hang_up()
        await until(lambda: outside.count("answered") == 1)
        assert (outside.called, outside.shown) == ([SECOND], ["12345"])
        assert told(flow) == ["HL_CALLBACK", "HL_CALLBACK_TRY", "HL_CALLBACK_ANSWERED"]
        assert flow.mark("HL_CALLBACK_ANSWERED")[0].values["agent"] == "1001"
        assert "0 results found" in await flow.switch.console("database show hotline-callback")
        sound = await until(lambda: next(iter(flow.switch.recordings.rglob("*-callback-citizen.wav")), None))
        await until(lambda: sound.stat().st_size > 40_000)
        await agent.hang_up()
        await agent.wait_for("established")
        assert not behind.happened("closed")
        await behind.hang_up()
        await until_idle(flow.switch)
        assert seconds_with(sound, AGENT_HZ) > 1  # the telephone sends back what it hears
        assert outcomes(flow.switch) == {
            FIRST: ("answered", False),
            SECOND: ("callback_accepted", True),
            THIRD: ("answered", False),
        }
        assert outside.count("called") == 1
        assert flow.switch.faults() == []
