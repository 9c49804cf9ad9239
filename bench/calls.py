"""Calls a second with the service attached against the same switch with the service stopped; memory a call.

One Asterisk with our dialplan, SIPp as citizens and as agents' phones, as many calls as get through.
Run: ``python bench/calls.py --json [--quick]``. It needs Asterisk, SIPp and the voice (``make bench``).
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import asyncio
import os
import shutil
import signal
import statistics
import tempfile
import time
import wave
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from hotline.telephony.asterisk_config import Paths
from hotline.telephony.install import install
from hotline.telephony.journal_columns import JOURNAL_FILE
from hotline.telephony.runtime import Runtime
from support import sipp
from support.asterisk import free_ports, make_settings
from support.benches import cpu_s, memory_bytes, run, say
from support.node import Node
from support.sipp_agents import answering_agents, desk_phones

SUSTAINED, FULL = 120, 300
"""Calls kept going at once, each that ends followed by the next: what the machine carries beside SIPp, and
more than that."""
AGENTS = FULL
"""Nobody waits for an agent: app_queue looks only once a second whether a caller's turn has come."""
STORE = "hotline.db"
"""The store in the state folder; SQLite keeps files beside it."""
TALK_S = 0.5
GREETING_S = 0.2
RTP_FIRST = 7000
"""Below the ports that the other parts are given."""
FIRST_CALLS = 20
HOLD_S = 6.0
SETTLE_S, LEFT_S = 10.0, 60.0
HOW = (
    "Closed loop: SIPp keeps {sustained} calls going, then {full}, begun evenly over a second (greeting of "
    "{greeting} s, queue, one of {agents} agents' SIPp phones answers at once and hangs up after {talk} s of "
    "talk without sound; recording and journal on) against one Asterisk, {calls} whole calls each, rounds "
    "with the service stopped and attached in turn, each second round the other way about; before the turns "
    "of either kind the files of the last ones are thrown away and the service is begun anew and rests, then "
    "it is stopped or not. Transcripts and drafts wait while the machine is full (docs/adr/0081): "
    "service_ms_per_call_afterwards is the time that the last round's calls took later, within {left} s. "
    "calls_attached_vs_bare is the median of the rounds' ratios with {sustained} calls at once; full_… are "
    "the same with {full}, where switch, SIPp and service want more than the whole machine. Memory: "
    "proportional set size of the service with {held} calls held (talking or waiting), less that of the "
    "service that has just started and had {first} calls, divided by the calls."
)


async def until(true: Callable[[], Awaitable[bool]], limit_s: float, what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + limit_s
    while not await true():
        if time.monotonic() > end:
            raise RuntimeError(f"not in {limit_s:g} s: {what}")
        await asyncio.sleep(0.2)


class Turn(NamedTuple):
    """What a number of calls came to: how many a second, and milliseconds of processor time for each."""

    rate: float
    switch_ms: float
    service_ms: float


class Bench:
    """One node with its phones."""

    def __init__(self, folder: Path) -> None:
        phones = free_ports(1)[0]
        self.phones = phones
        self.settings = make_settings(
            folder / "state",
            agents=desk_phones(AGENTS, phones),
            agents_work={"wrap_up_seconds": 0},
            evaluation={"enabled": False},
            queues=[{"name": "public", "label": "综合受理"}],
            asterisk={"rtp_first": RTP_FIRST, "rtp_last": RTP_FIRST + 1999, "max_calls": 500},
        )
        _write_greeting(self.settings.prompts)
        self.node = Node(self.settings)
        self.is_attached = False
        self.asterisk = install(lambda what, done, total: None)
        self.runtime = Runtime(self.settings, self.asterisk)

    async def set_up(self) -> None:
        """Start the node, sign every agent in, wait until their phones are known to be reachable."""
        await self.node.start()
        self.is_attached = True

        async def connected() -> bool:
            return (await self.node.api("GET", "status"))["switch_connected"]

        await until(connected, 30, "the service is connected to the switch")
        for agent in self.settings.agents:
            await self.node.api("POST", f"agents/{agent.number}/sign-in")

        async def reachable() -> bool:
            return (await self.runtime.console("queue show public")).count("(Not in use)") == AGENTS

        await until(reachable, 60, "the agents' phones are reachable")

    async def calls(self, calls: int, at_once: int, *, attached: bool = True) -> Turn:
        """Make calls, so many at a time, as fast as they get through."""
        switch, service = await self.runtime.pid(), self.node.pid if attached else None
        if switch is None:
            raise RuntimeError("the switch does not run")
        before, begun = (cpu_s(switch), cpu_s(service) if service else 0.0), time.monotonic()
        result = await sipp.call(
            f"127.0.0.1:{self.settings.asterisk.trunk_port}",
            [sipp.AwaitHangup()],
            calls=calls,
            at_once=at_once,
            rate=at_once,
            limit_s=120,
        )
        took = time.monotonic() - begun
        if not result.ok:
            raise RuntimeError(f"calls failed: {result.errors[:2000]}")
        used = cpu_s(switch) - before[0], (cpu_s(service) if service else 0.0) - before[1]
        return Turn(calls / took, *(1000 * seconds / calls for seconds in used))

    async def begin_anew(self, *, attached: bool) -> None:
        """Begin turns of either kind alike: files away, service begun and at rest, then stopped or not.

        Thousands of files removed and a process begun cost the machine for a while: neither side may bear
        that alone.
        """
        if self.is_attached:
            await self.node.signal(signal.SIGTERM)
        self._forget()
        await self.node.start()
        await self.idle()
        self.is_attached = attached
        if not attached:
            await self.node.signal(signal.SIGTERM)

    def _forget(self) -> None:
        """Throw away what the rounds left for the stopped service to do: journal, recordings, its store."""
        paths = Paths.of(self.settings)
        (paths.log / JOURNAL_FILE).unlink(missing_ok=True)
        shutil.rmtree(paths.recordings, ignore_errors=True)
        paths.recordings.mkdir(exist_ok=True)
        for file in self.settings.state.glob(f"{STORE}*"):
            file.unlink()

    async def idle(self, limit_s: float = SETTLE_S) -> None:
        """Wait until the service has begun all its parts and rests, at most so long."""
        end = time.monotonic() + limit_s
        last = cpu_s(self.node.pid)
        quiet = 0
        while quiet < 3 and time.monotonic() < end:
            await asyncio.sleep(0.3)
            now = cpu_s(self.node.pid)
            quiet = quiet + 1 if now - last < 0.05 else 0
            last = now

    async def held(self, calls: int) -> int:
        """Return the service's memory in bytes while so many calls are held."""
        holding = asyncio.create_task(
            sipp.call(
                f"127.0.0.1:{self.settings.asterisk.trunk_port}",
                [sipp.Wait(HOLD_S)],
                calls=calls,
                rate=100,
                limit_s=120,
            )
        )

        async def up() -> bool:
            return (await self.node.api("GET", "status"))["open_calls"] == calls

        await until(up, 30, f"{calls} calls are up")
        memory = memory_bytes(self.node.pid)
        await holding
        return memory


def _write_greeting(prompts: Path) -> None:
    prompts.mkdir(parents=True, exist_ok=True)
    noise = os.urandom(int(16000 * GREETING_S))
    for kind in ("normal", "new_year", "festival"):
        with wave.open(str(prompts / f"greeting-{kind}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            file.writeframes(noise)


async def measure(*, quick: bool) -> dict[str, object]:
    """Run everything and return the bench's result."""
    rounds, calls, held = (2, 360, 200) if quick else (9, 600, 400)
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        bench = Bench(Path(name))
        try:
            say("starting the node")
            async with answering_agents(bench.phones):
                idle, memory = await _memory(bench, held)
            async with answering_agents(bench.phones, talk_s=TALK_S):
                turns, left = await _rounds(bench, rounds, calls)
            return _result(turns, calls=calls, held=held, idle=idle, memory=memory, left=left)
        finally:
            await bench.node.kill()
            await bench.runtime.stop(limit_s=10)


SIDES = ("alone", "attached")
Turns = dict[tuple[str, int], list[Turn]]
"""The turns of each side (alone, attached) and load (calls at once), in the order of the rounds."""


async def _memory(bench: Bench, held: int) -> tuple[int, float]:
    """Return the service's bytes when it rests, and what each open call adds."""
    await bench.set_up()
    await bench.held(FIRST_CALLS)
    await bench.idle()
    before = memory_bytes(bench.node.pid)
    each = (await bench.held(held) - before) / held
    say(f"memory: {each:.0f} bytes an open call")
    return before, each


async def _rounds(bench: Bench, rounds: int, calls: int) -> tuple[Turns, float]:
    """Return the turns, and the processor time in seconds of what was left to do after the last one."""
    await bench.calls(SUSTAINED, SUSTAINED)
    say(f"warm-up: {(await bench.calls(calls, FULL)).rate:.1f} calls/s")
    turns: Turns = {(side, load): [] for side in SIDES for load in (SUSTAINED, FULL)}
    for number in range(rounds):
        for side in SIDES if (rounds - number) % 2 else reversed(SIDES):  # the last one ends attached
            is_attached = side == "attached"
            await bench.begin_anew(attached=is_attached)
            for load in (SUSTAINED, FULL):
                turns[side, load].append(await bench.calls(calls, load, attached=is_attached))
        told = ", ".join(
            f"{side} {load}: {turn[-1].rate:.1f}/s ({turn[-1].switch_ms:.1f} + {turn[-1].service_ms:.1f} ms)"
            for (side, load), turn in turns.items()
        )
        say(f"round {number + 1}/{rounds}: {told}")
    before = cpu_s(bench.node.pid)
    await bench.idle(LEFT_S)
    return turns, cpu_s(bench.node.pid) - before


def _result(
    turns: Turns, *, calls: int, held: int, idle: int, memory: float, left: float
) -> dict[str, object]:
    ratios = {load: _ratios(turns["attached", load], turns["alone", load]) for load in (SUSTAINED, FULL)}
    return {
        "name": "calls",
        "ratios": {"calls_attached_vs_bare": round(statistics.median(ratios[SUSTAINED]), 3)},
        "figures": {
            "bytes_per_open_call": round(memory),
            "lowest_ratio": round(min(ratios[SUSTAINED]), 3),
            "highest_ratio": round(max(ratios[SUSTAINED]), 3),
            **_medians("attached", turns["attached", SUSTAINED]),
            **_medians("alone", turns["alone", SUSTAINED]),
            "full_attached_vs_bare": round(statistics.median(ratios[FULL]), 3),
            "full_lowest_ratio": round(min(ratios[FULL]), 3),
            "full_highest_ratio": round(max(ratios[FULL]), 3),
            **_medians("full_attached", turns["attached", FULL]),
            **_medians("full_alone", turns["alone", FULL]),
            "service_ms_per_call_afterwards": round(1000 * left / (2 * calls), 2),
            "service_bytes_idle": idle,
            "rounds": len(ratios[SUSTAINED]),
        },
        "how": HOW.format(
            sustained=SUSTAINED,
            full=FULL,
            agents=AGENTS,
            greeting=GREETING_S,
            talk=TALK_S,
            calls=calls,
            held=held,
            first=FIRST_CALLS,
            left=LEFT_S,
        ),
    }


def _ratios(attached: list[Turn], alone: list[Turn]) -> list[float]:
    return [one.rate / other.rate for one, other in zip(attached, alone, strict=True)]


def _medians(side: str, turns: list[Turn]) -> dict[str, float]:
    found = {
        f"{side}_calls_per_second": statistics.median(turn.rate for turn in turns),
        f"{side}_switch_ms_per_call": statistics.median(turn.switch_ms for turn in turns),
        f"{side}_service_ms_per_call": statistics.median(turn.service_ms for turn in turns),
    }
    return {name: round(value, 2) for name, value in found.items() if value}


if __name__ == "__main__":
    run(__doc__, measure)
