"""What live audio costs: processor time of the switch and of the service for each second of one leg's sound.

One Asterisk with our dialplan, talks of two that are recorded, and live audio in a process of its own, which
takes the sound and does nothing with it. Run: ``python bench/live_audio.py --json [--quick]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from hotline.telephony.install import install
from support.asterisk import Switch, started_switch
from support.benches import cpu_s, run, say
from support.live_ears import CITIZEN, Scene, ears
from support.live_ears_process import listening_process

TALKS = 20
ROUNDS, QUICK_ROUNDS = 6, 2
MEASURE_S = 6.0
HOW = (
    "{talks} talks of two, A-law both ways, recorded (both legs and the mix); {rounds} rounds of "
    "{seconds:g} s each without live audio and with both legs of every talk streamed to another process, in "
    "turn. Processor time is the kernel's (utime + stime) of Asterisk and of that process. "
    "…_ms_per_stream_second: median over the rounds of the time added by the streams, for one leg and one "
    "second of sound. The telephones, on the same {cores} cores, are not counted."
)


@dataclass
class Round:
    """Processor seconds for a second of the clock."""

    plain: float
    streamed: float
    service: float


async def share(*pids: int) -> list[float]:
    """Return what processes take of a core for a while."""
    loop = asyncio.get_running_loop()
    begun, before = loop.time(), [cpu_s(pid) for pid in pids]
    await asyncio.sleep(MEASURE_S)
    lasted = loop.time() - begun
    return [(cpu_s(pid) - had) / lasted for pid, had in zip(pids, before, strict=True)]


async def streams(scene: Scene, count: int) -> None:
    """Wait until there are so many."""
    async with asyncio.timeout(60):
        while len(await scene.channels("AudioSocket/")) != count:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.2)


async def one_round(scene: Scene) -> Round:
    """Measure without and with."""
    switch = scene.switch.pid
    (plain,) = await share(switch)
    async with listening_process(scene.switch.settings) as service:
        await streams(scene, 2 * TALKS)
        streamed, taken = await share(switch, service.pid)
    await streams(scene, 0)
    say(f"core: {plain:.3f} without, {streamed:.3f} with {2 * TALKS} streams, service {taken:.3f}")
    return Round(plain, streamed, taken)


async def measure(*, quick: bool) -> dict[str, object]:
    """Return the bench's result."""
    asterisk = install(lambda _what, _done, _total: None)
    count = QUICK_ROUNDS if quick else ROUNDS
    async with AsyncExitStack() as stack:

        async def start(**overrides: Any) -> Switch:
            return await stack.enter_async_context(started_switch(asterisk, **overrides))

        scene = await stack.enter_async_context(ears(start, agents=TALKS))
        for one in (scene.citizens, scene.desks):
            one.each = 1000
        await scene.sign_in(*(str(2000 + index) for index in range(TALKS)))
        for index in range(TALKS):
            await scene.citizens.call(f"1380000{index:04d}", "12345", CITIZEN)
        async with asyncio.timeout(60):
            while sum(leg.talks for leg in scene.desks.legs) < TALKS:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.2)
        rounds = [await one_round(scene) for _ in range(count)]
    legs = 2 * TALKS
    added = [1000 * (one.streamed - one.plain) / legs for one in rounds]
    return {
        "name": "live_audio",
        "ratios": {"switch_streamed_vs_not": round(median(one.streamed / one.plain for one in rounds), 3)},
        "figures": {
            "switch_ms_per_stream_second": round(median(added), 2),
            "switch_ms_per_stream_second_most": round(max(added), 2),
            "service_ms_per_stream_second": round(median(1000 * one.service / legs for one in rounds), 2),
            "switch_core_without": round(median(one.plain for one in rounds), 3),
        },
        "how": HOW.format(talks=TALKS, rounds=count, seconds=MEASURE_S, cores=os.cpu_count()),
    }


if __name__ == "__main__":
    run(__doc__, measure)
