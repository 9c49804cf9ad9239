"""The demo from beginning to end: a node, phones, calls, what came of them, and whether it is right."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..app.service import Service
from ..telephony.installation import Asterisk
from .check import Check, check
from .play import Play, Say
from .scenario import CITIZENS, Citizen
from .speech import speak_all
from .stage import make_settings

DRAFTS_LIMIT_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """What came of one citizen's call: what the desk tells of it (None: nothing), and the checks."""

    citizen: Citizen
    call: dict[str, Any] | None
    checks: Sequence[Check]


@dataclass(frozen=True)
class Result:
    """The whole run; ``elapsed_s`` counts from the start of the node."""

    outcomes: Sequence[Outcome]
    elapsed_s: float
    model: str

    @property
    def good(self) -> bool:
        """Whether everything is as it must be."""
        return all(one.good for outcome in self.outcomes for one in outcome.checks)


async def run_demo(asterisk: Asterisk, say: Say, *, citizens: Sequence[Citizen] = CITIZENS) -> Result:
    """Run the demo; raises ``HotlineError`` when it cannot be run at all."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hotline-demo-") as name:
        folder = Path(name)
        settings = await asyncio.to_thread(make_settings, folder)
        service = Service(settings, asterisk, progress=say)
        try:
            async with service:
                say("合成市民和坐席的语音")
                lines = await speak_all(citizens, folder / "speech", lambda _done, _all: None)
                await Play(settings, folder / "phones", lines, say).run(citizens)
                say("通话全部结束，等待转写和草稿工单")
                outcomes = await _outcomes(service, citizens)
        finally:
            await service.runtime.stop()
    return Result(outcomes, time.monotonic() - begun, settings.asr.model)


async def _outcomes(service: Service, citizens: Sequence[Citizen]) -> list[Outcome]:
    """Wait until every call is written down, then check each."""
    answered = sum(citizen.expected.outcome == "answered" for citizen in citizens)
    try:
        async with asyncio.timeout(DRAFTS_LIMIT_S):
            while not await _is_done(service, len(citizens), answered):  # noqa: ASYNC110  # the store tells
                await asyncio.sleep(0.2)
    except TimeoutError:
        pass  # the checks say what is missing
    calls = {call["caller"]: call for call in await service.desk.calls(limit=100)}
    outcomes: list[Outcome] = []
    for citizen in citizens:
        row = calls.get(citizen.number)
        call = await service.desk.call(row["id"]) if row else None
        outcomes.append(Outcome(citizen, call, check(citizen, call, row["queue"] if row else None)))
    return outcomes


async def _is_done(service: Service, calls: int, tickets: int) -> bool:
    rows = await service.desk.calls(limit=100)
    if len(rows) < calls or any(row["ended_at"] is None for row in rows):
        return False
    if len(await service.desk.tickets(limit=100)) < tickets:
        return False
    return all([(await service.desk.call(row["id"]))["recordings"] for row in rows])
