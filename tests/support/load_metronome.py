"""Tells when the machine kept the switch or the phones waiting, for the processor or for the disk.

Two programs agree on a moment no better than the machine lets them run. Three processes watch that: one that
only sleeps notes when it woke late; one adds lines to a file beside the switch's journals, as the switch does
within a call, and notes when that took long; one reads from the kernel for how long each thread of the switch
and of the SIPps was ready to run and did not. The last is needed because Linux gives each session a share of
its own (autogroup): a switch at the end of its share waits while everybody else sleeps soundly. On an idle
machine all this adds nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from support.load_recount import Span

_AROUND_S = 0.5
HOPS = 8
"""So many times in succession something may wait between a message and the moment that the switch notes for
it: SIPp, the switch's listener, its queue of work, the call's own thread, those of the phones that it hangs
up, and back.
"""
_SLEEPS = """
import time
while True:
    due = time.time() + 0.01
    time.sleep(0.01)
    now = time.time()
    if now - due > 0.002:
        print(due, now, now - due, flush=True)
"""
_WRITES = """
import sys, time
while True:
    time.sleep(0.02)
    before = time.time()
    with open(sys.argv[1] + "/metronome", "a") as file:
        file.write("x" * 200)
    now = time.time()
    if now - before > 0.002:
        print(before, now, now - before, flush=True)
"""
_LOOKS_ON = """
import glob, sys, time
def text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
waited, before = {}, time.time()
while True:
    time.sleep(0.25)
    here = [pid for pid in text(f"/proc/{sys.argv[3]}/task/{sys.argv[3]}/children").split()
            if text(f"/proc/{pid}/comm") == "sipp\\n"]
    files = [file for pid in [*here, text(sys.argv[2]).strip()] if pid
             for file in glob.glob(f"/proc/{pid}/task/*/schedstat")]
    seen = {file: int(words[1]) / 1e9 for file in files if (words := text(file).split())}
    now = time.time()
    more = sorted(min(wait - waited.get(file, 0), now - before) for file, wait in seen.items() if waited)[-3:]
    for wait in more:
        if wait > 0.002:
            print(before, now, wait)
    sys.stdout.flush()
    waited, before = seen, now
"""


class Spell(NamedTuple):
    """For ``waited`` seconds between two moments somebody who wanted to go on did not."""

    first: float
    last: float
    waited: float


class Metronome:
    """The spells of a load."""

    def __init__(self) -> None:
        self.spells: list[Spell] = []

    def __str__(self) -> str:
        longest = max((spell.waited for spell in self.spells), default=0.0)
        return f"{len(self.spells)} times, {longest * 1000:.0f} ms at the most"

    def late(self, span: Span) -> float:
        """Return the seconds of the ``HOPS`` longest waits in a span and the half second around it."""
        near = [
            spell.waited
            for spell in self.spells
            if spell.first < span.last + _AROUND_S and spell.last > span.first - _AROUND_S
        ]
        return sum(sorted(near)[-HOPS:])


@asynccontextmanager
async def metronome(beside: Path, pid_file: Path) -> AsyncGenerator[Metronome]:
    """Watch for the length of the block; ``beside`` is on the switch's disk, ``pid_file`` tells its pid."""
    found = Metronome()
    async with AsyncExitStack() as stack:
        for program in (_SLEEPS, _WRITES, _LOOKS_ON):
            arguments = (program, str(beside), str(pid_file), str(os.getpid()))
            await stack.enter_async_context(_watching(arguments, found))
        yield found


@asynccontextmanager
async def _watching(arguments: tuple[str, ...], found: Metronome) -> AsyncGenerator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None

    async def listen(lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            found.spells.append(Spell(*map(float, line.split())))

    listening = asyncio.create_task(listen(process.stdout))
    try:
        yield
    finally:
        process.kill()
        await process.wait()
        with suppress(asyncio.CancelledError):
            await listening
