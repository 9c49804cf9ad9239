"""The demo from beginning to end: a node, phones, calls, what came of them, and whether it is right."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..app.service import Service
from ..core.errors import HotlineError
from ..telephony.installation import Asterisk
from .check import Check, check
from .play import Play, Say
from .scenario import CITIZENS, Citizen
from .speech import speak_all
from .stage import make_settings

DRAFTS_LIMIT_S = 60.0
STOP_LIMIT_S = 10.0
KINDS = {"mix", "citizen", "agent"}


class DemoError(HotlineError):
    """The demo could not be played to its end."""

    error_id = "demo.failed"


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
        checks = [one.good for outcome in self.outcomes for one in outcome.checks]
        return bool(checks) and all(checks)


async def run_demo(asterisk: Asterisk, say: Say, *, citizens: Sequence[Citizen] = CITIZENS) -> Result:
    """Run the demo; raises ``DemoError`` when it cannot be played, and then keeps its folder with the logs.

    However it ends, phones and switch end with it.
    """
    begun = time.monotonic()
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="hotline-demo-"))
    kept = False
    try:
        settings = await asyncio.to_thread(make_settings, folder)
        outcomes = await _played(Service(settings, asterisk, progress=say), folder, citizens, say)
        return Result(outcomes, time.monotonic() - begun, settings.asr.model)
    except (HotlineError, ExceptionGroup) as raised:
        error = first_error(raised)
        if error is None:
            raise
        kept = True
        raise DemoError(
            f"the demo stopped: {error.message}",
            mend="; ".join(part for part in (error.mend, f"its logs are kept in {folder}") if part),
            cause=error.error_id,
        ) from error
    finally:
        if not kept:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def first_error(error: BaseException) -> HotlineError | None:
    """Return the first error of ours in an error or in a group of groups; None for a fault of the program."""
    if isinstance(error, HotlineError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := first_error(one)) is not None), None)
    return None


async def _played(service: Service, folder: Path, citizens: Sequence[Citizen], say: Say) -> list[Outcome]:
    told = 0

    def spoken(ready: int, count: int) -> None:
        nonlocal told
        if ready * 4 // count > told:
            told = ready * 4 // count
            say(f"已合成 {ready} / {count} 句")

    try:
        async with service:
            say("合成市民和坐席的语音")
            lines = await speak_all(citizens, folder / "speech", spoken)
            await Play(service.settings, folder / "phones", lines, say).run(citizens)
            say("通话全部结束，等待转写和草稿工单")
            return await _outcomes(service, citizens)
    finally:
        await service.runtime.stop(limit_s=STOP_LIMIT_S)


async def _outcomes(service: Service, citizens: Sequence[Citizen]) -> list[Outcome]:
    """Wait until every call is written down, then check each."""
    try:
        async with asyncio.timeout(DRAFTS_LIMIT_S):
            while not await _is_done(service, len(citizens)):  # noqa: ASYNC110  # the store tells
                await asyncio.sleep(0.2)
    except TimeoutError:
        pass  # the checks say what is missing
    calls = await service.desk.calls(limit=100)
    outcomes: list[Outcome] = []
    for citizen in citizens:
        rows = [row for row in calls if row["caller"] == citizen.number]
        call = await service.desk.call(rows[0]["id"]) if rows else None
        queue = rows[0]["queue"] if rows else None
        outcomes.append(Outcome(citizen, call, check(citizen, call, queue, records=len(rows))))
    return outcomes


async def _is_done(service: Service, calls: int) -> bool:
    """Tell whether every call is over, has its recordings and, when it was answered, its draft ticket."""
    rows = await service.desk.calls(limit=100)
    if len(rows) < calls or any(row["ended_at"] is None for row in rows):
        return False
    if len(await service.desk.tickets(limit=100)) < sum(row["outcome"] == "answered" for row in rows):
        return False
    for row in rows:
        recordings = (await service.desk.call(row["id"]))["recordings"]
        if {one["kind"] for one in recordings if one["state"] == "ready"} != KINDS:
            return False
    return True
