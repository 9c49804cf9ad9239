"""What tests of call-backs share: a switch that offers them, a citizen who accepts, what was told."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hotline.telephony import call_figures as figures
from hotline.telephony.call_book import CallBook
from hotline.telephony.cel import fact_of_row
from hotline.telephony.journal_text import parse_record, split_records
from support.asterisk import Switch
from support.flow import AGENTS, QUEUES, Flow
from support.journal import until

HEARD_S = 2.0
"""The place has been told: a key during that only ends the announcement (docs/adr/0104)."""

READ_OUT_S = 4.0
"""The number has been read out: a dozen tones of 0.2 s."""


async def begin(
    running_asterisk,
    tmp_path: Path,
    port: int,
    *,
    agents: Sequence[dict[str, Any]] = (),
    max_calls: int = 50,
    **callback: Any,
) -> Flow:
    switch = await running_asterisk(
        asterisk={"max_calls": max_calls},
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
    await flow.hears(citizen, HEARD_S)
    await citizen.press(keys[0])
    await until(lambda: any(line.values.get("status") == "KEY" for line in flow.mark("HL_QUEUE_END")))
    await flow.hears(citizen, READ_OUT_S)
    await citizen.press(keys[1:])
    await citizen.wait_for("closed")


async def kill(switch: Switch) -> None:
    os.kill(switch.pid, signal.SIGKILL)
    await until(lambda: not Path(f"/proc/{switch.pid}/exe").exists())
    switch.pid = await switch.runtime.start()
