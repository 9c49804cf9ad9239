"""Calls a second with the service attached against the same switch with the service stopped; memory a call.

One Asterisk with our dialplan, SIPp as citizens and as agents' phones, as many calls as get through.
Run: ``python bench/calls.py --json [--quick]``. It needs Asterisk, SIPp and the voice (``make bench``).
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import argparse
import asyncio
import json
import os
import shutil
import signal
import sqlite3
import statistics
import tempfile
import time
import wave
from collections.abc import Awaitable, Callable

from hotline.core.log import setup_logging
from hotline.telephony.asterisk_config import Paths
from hotline.telephony.install import install
from hotline.telephony.journal_columns import JOURNAL_FILE
from hotline.telephony.runtime import Runtime
from support import sipp
from support.asterisk import free_ports, make_settings
from support.node import Node
from support.sipp_agents import answering_agents, desk_phones

SUSTAINED, FULL = 120, 300
"""Calls kept going at once, each that ends followed by the next: what the machine carries beside SIPp, and
more than that."""
AGENTS = FULL
"""Nobody waits for an agent: app_queue looks only once a second whether a caller's turn has come."""
TALK_S = 0.5
GREETING_S = 0.2
RTP_FIRST = 10000
"""Below the ports that the other parts are given."""
FIRST_CALLS = 20
HOLD_S = 6.0
SETTLE_S = 10.0
HOW = (
    "Closed loop: SIPp keeps {sustained} calls going, then {full} (greeting of {greeting} s, queue, one of "
    "{agents} agents' SIPp phones answers at once, {talk} s of talk without sound, hang-up; recording and "
    "journal on) against one Asterisk, {calls} calls each, rounds with the service stopped and attached in "
    "turn; what a round left to do is thrown away before the next, so that each begins with an idle service. "
    "calls_attached_vs_bare is the median of the rounds' ratios with {sustained} calls at once; full_… are "
    "the same with {full}, where switch, SIPp and service want more than the whole machine. Memory: "
    "proportional set size of the service with {held} calls held (talking or waiting), less that of the "
    "service that has just started and had {first} calls, divided by the calls."
)


def say(line: str) -> None:
    """Show progress on standard error."""
    print(line, file=sys.stderr, flush=True)


async def until(true: Callable[[], Awaitable[bool]], limit_s: float, what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + limit_s
    while not await true():
        if time.monotonic() > end:
            raise RuntimeError(f"not in {limit_s:g} s: {what}")
        await asyncio.sleep(0.2)


class Bench:
    """One node with its phones."""

    def __init__(self, folder: Path) -> None:
        phones = free_ports(1)[0]
        self.phones = phones
        self.settings = make_settings(
            folder / "state",
            agents=desk_phones(AGENTS, phones),
            agents_work={"wrap_up_seconds": 0},
            queues=[{"name": "public", "label": "综合受理"}],
            asterisk={"rtp_first": RTP_FIRST, "rtp_last": RTP_FIRST + 1999, "max_calls": 500},
        )
        _write_greeting(self.settings.prompts)
        self.node = Node(self.settings)
        self.asterisk = install(lambda what, done, total: None)
        self.runtime = Runtime(self.settings, self.asterisk)

    async def set_up(self) -> None:
        """Start the node, sign every agent in, wait until their phones are known to be reachable."""
        await self.node.start()

        async def connected() -> bool:
            return (await self.node.api("GET", "status"))["switch_connected"]

        await until(connected, 30, "the service is connected to the switch")
        await asyncio.gather(
            *(self.node.api("POST", f"agents/{agent.number}/sign-in") for agent in self.settings.agents)
        )

        async def reachable() -> bool:
            return (await self.runtime.console("queue show public")).count("(Not in use)") == AGENTS

        await until(reachable, 60, "the agents' phones are reachable")

    async def calls_per_second(self, calls: int, at_once: int) -> float:
        """Make calls, so many at a time, as fast as they get through."""
        begun = time.monotonic()
        result = await sipp.call(
            f"127.0.0.1:{self.settings.asterisk.trunk_port}",
            [sipp.Wait(GREETING_S + TALK_S)],
            calls=calls,
            at_once=at_once,
            rate=1000,
            limit_s=120,
        )
        if not result.ok:
            raise RuntimeError(f"calls failed: {result.errors[:2000]}")
        return calls / (time.monotonic() - begun)

    def forget(self) -> None:
        """Throw away what the rounds left for the stopped service to do: journal, recordings, jobs."""
        paths = Paths.of(self.settings)
        (paths.log / JOURNAL_FILE).unlink(missing_ok=True)
        shutil.rmtree(paths.recordings, ignore_errors=True)
        paths.recordings.mkdir(exist_ok=True)
        with sqlite3.connect(self.settings.state / "hotline.db") as store:
            for table in ("jobs", "calls"):
                store.execute(f"DELETE FROM {table}")  # noqa: S608  # the names stand one line above

    async def idle(self) -> None:
        """Wait until the service has begun all its parts and rests, or for ``SETTLE_S``."""
        end = time.monotonic() + SETTLE_S
        last = _cpu_s(self.node.pid)
        quiet = 0
        while quiet < 3 and time.monotonic() < end:
            await asyncio.sleep(0.3)
            now = _cpu_s(self.node.pid)
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
        memory = _memory(self.node.pid)
        await holding
        return memory


def _write_greeting(prompts: Path) -> None:
    prompts.mkdir(parents=True, exist_ok=True)
    noise = os.urandom(int(16000 * GREETING_S))
    for kind in ("normal", "new_year", "festival"):
        with wave.open(str(prompts / f"greeting-{kind}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            file.writeframes(noise)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel tells no Pss")


async def measure(*, quick: bool) -> dict[str, object]:
    """Run everything and return the bench's result."""
    rounds, calls, held = (2, 360, 200) if quick else (9, 600, 400)
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        bench = Bench(Path(name))
        try:
            async with answering_agents(bench.phones):
                return await _measure(bench, rounds=rounds, calls=calls, held=held)
        finally:
            await bench.node.kill()
            await bench.runtime.stop(limit_s=10)


async def _measure(bench: Bench, *, rounds: int, calls: int, held: int) -> dict[str, object]:
    say("starting the node")
    await bench.set_up()
    await bench.calls_per_second(FIRST_CALLS, FIRST_CALLS)
    await bench.idle()
    before = _memory(bench.node.pid)
    during = await bench.held(held)
    say(f"memory: {(during - before) / held:.0f} bytes an open call")
    say(f"warm-up: {await bench.calls_per_second(calls, FULL):.1f} calls/s")
    rates: dict[tuple[str, int], list[float]] = {
        (side, load): [] for side in ("alone", "attached") for load in (SUSTAINED, FULL)
    }
    for number in range(rounds):
        await bench.node.signal(signal.SIGTERM)
        for load in (SUSTAINED, FULL):
            rates["alone", load].append(await bench.calls_per_second(calls, load))
        bench.forget()
        await bench.node.start()
        await bench.idle()
        for load in (SUSTAINED, FULL):
            rates["attached", load].append(await bench.calls_per_second(calls, load))
        told = ", ".join(f"{side} {load}: {rate[-1]:.1f}/s" for (side, load), rate in rates.items())
        say(f"round {number + 1}/{rounds}: {told}")
    ratios = {
        load: [one / other for one, other in zip(rates["attached", load], rates["alone", load], strict=True)]
        for load in (SUSTAINED, FULL)
    }
    return {
        "name": "calls",
        "ratios": {"calls_attached_vs_bare": round(statistics.median(ratios[SUSTAINED]), 3)},
        "figures": {
            "bytes_per_open_call": round((during - before) / held),
            "calls_per_second_attached": round(statistics.median(rates["attached", SUSTAINED]), 1),
            "calls_per_second_alone": round(statistics.median(rates["alone", SUSTAINED]), 1),
            "lowest_ratio": round(min(ratios[SUSTAINED]), 3),
            "highest_ratio": round(max(ratios[SUSTAINED]), 3),
            "full_attached_vs_bare": round(statistics.median(ratios[FULL]), 3),
            "full_calls_per_second_attached": round(statistics.median(rates["attached", FULL]), 1),
            "full_calls_per_second_alone": round(statistics.median(rates["alone", FULL]), 1),
            "service_bytes_idle": before,
            "rounds": rounds,
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
        ),
    }


def main() -> None:
    """Read the arguments, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; JSON is always printed")
    parser.add_argument("--quick", action="store_true", help="end within 60 s")
    arguments = parser.parse_args()
    setup_logging(level="WARNING")
    print(json.dumps(asyncio.run(measure(quick=arguments.quick)), ensure_ascii=False))


if __name__ == "__main__":
    main()
