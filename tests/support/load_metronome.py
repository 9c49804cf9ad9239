"""Tells when the machine kept everybody waiting: a process that only sleeps, and notes when it woke late.

Two programs agree on a moment no better than the machine lets them run. On an idle one this adds nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from support.load_recount import Span

_AROUND_S = 0.5
_BEAT = """
import time
while True:
    before = time.time()
    time.sleep(0.01)
    now = time.time()
    if now - before > 0.02:
        print(before, now, flush=True)
"""


class Metronome:
    """The spells during which a process that wanted to run did not."""

    def __init__(self) -> None:
        self.spells: list[Span] = []

    def late(self, span: Span) -> float:
        """Return the longest delay, in seconds, that touched a span or the half second around it."""
        near = (
            spell.width
            for spell in self.spells
            if spell.first < span.last + _AROUND_S and spell.last > span.first - _AROUND_S
        )
        return max(near, default=0.0)


@asynccontextmanager
async def metronome() -> AsyncGenerator[Metronome]:
    """Watch the machine for the length of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BEAT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    found = Metronome()

    async def listen(lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            first, last = line.split()
            found.spells.append(Span(float(first), float(last)))

    listening = asyncio.create_task(listen(process.stdout))
    try:
        yield found
    finally:
        process.kill()
        await process.wait()
        with suppress(asyncio.CancelledError):
            await listening
