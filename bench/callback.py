"""Short callbacks over 30 lines of a real Asterisk: how busy the lines are kept; what claiming them costs.

Run: ``python bench/callback.py --json [--quick]``. It needs Asterisk and SIPp (``make bench``).
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import asyncio
import heapq
import json
import subprocess
import time
from collections import Counter
from typing import NamedTuple

from hotline.core.db import Database
from hotline.telephony.install import install
from support.asterisk import started_switch
from support.benches import cpu_s, memory_bytes, run, say
from support.ports import free_ports
from support.robot_finger import finger
from support.robot_node import RobotProcess, add, attempts, robot_settings
from support.robot_people import People, people
from support.survey import write_dialogue

LINES, CALLBACKS, QUICK_CALLBACKS = 30, 1000, 150
THINKS_S = (0.35, 0.75)
"""From a question to its key. A call lasts about 4 s, a tenth of a real one: pauses weigh ten times."""
START_S = 1.0
"""Calls a second at the start: those of so long after the first."""
LIMIT_S = 400.0
HOW = (
    "{callbacks} callbacks over {lines} lines: one process with the robot alone (SQLite, synced commits), "
    "one Asterisk, SIPp as the people; each answers at once and presses a key {least} to {most} s after "
    "each of six questions (prompts are tones of 0.3 s), then the robot says goodbye. A call lasts from its "
    "INVITE to the end of its dialog, by SIPp's clock. occupancy_vs_ideal: the time that the same calls "
    "would need in the same order on {lines} lines without any pause between two of them, divided by the "
    "time that they took, from the first INVITE to the last end. calls_per_second_at_start: INVITEs in the "
    "first second, while all lines are free; the trunk allows 50 a second. Memory: the most that the "
    "process had (proportional set size) while it dialled."
)


class Call(NamedTuple):
    """One call by SIPp's clock, in seconds."""

    begun: float
    ended: float


def calls_of(who: People) -> list[Call]:
    """Return the calls in the order of their beginning."""
    begun, ended = dict[str, float](), dict[str, float]()
    for moment in who.sipp.moments():
        {"called": begun, "over": ended}.get(moment.name, {})[moment.words[0]] = moment.at
    return sorted(Call(at, ended[number]) for number, at in begun.items() if number in ended)


def ideal_s(calls: list[Call], lines: int) -> float:
    """Return how long the calls need in their order when each line that is free takes the next at once."""
    free = [0.0] * lines
    for call in calls:
        heapq.heappush(free, heapq.heappop(free) + call.ended - call.begun)
    return max(free)


async def dial(callbacks: int) -> tuple[list[Call], dict[str, float]]:
    """Run the campaign; returns the calls, and memory and processor time of the robot's process."""
    [port] = free_ports(1)
    given = robot_settings(port, lines=LINES, lease_seconds=600)
    asterisk = await asyncio.to_thread(install, lambda what, done, total: None)
    given["asterisk"] = {"max_calls": 100}
    async with (
        started_switch(asterisk, **given) as switch,
        people(port) as who,
        finger(switch.settings, after_s=THINKS_S),
    ):
        write_dialogue(switch.settings)
        await add(switch.settings, [f"1390{number:07}" for number in range(callbacks)])
        process = RobotProcess(switch.settings)
        database = Database(switch.settings.database)
        most, begun = 0.0, time.monotonic()
        try:
            await process.start()
            while len(who.times("over")) < callbacks:
                await asyncio.sleep(1.0)
                most = max(most, memory_bytes(process.pid))
                if time.monotonic() - begun > LIMIT_S:
                    raise RuntimeError(f"only {len(who.times('over'))} calls\n{process.log()[-2000:]}")
                if round(time.monotonic() - begun) % 10 == 0:
                    say(f"{len(who.times('over'))} of {callbacks}")
            used = cpu_s(process.pid)
            rows = await attempts(database)
            while len(rows) < callbacks or any(row.state != "over" for row in rows):
                await asyncio.sleep(0.2)
                rows = await attempts(database)
        finally:
            await process.kill()
            await database.close()
        completed = sum(row.outcome == "completed" for row in rows)
        if completed < callbacks:
            say(f"outcomes: {Counter(row.outcome for row in rows)}")
        figures = {
            "service_mb": most / 1e6,
            "service_ms_per_call": 1000 * used / callbacks,
            "attempts": len(rows),
            "completed": completed,
        }
        return calls_of(who), figures


def schedule(*, quick: bool) -> dict[str, dict[str, object]]:
    """Return what scheduling costs, measured before anything else runs, in a process of its own."""
    script = Path(__file__).with_name("callback_schedule.py")
    told = subprocess.run(
        [sys.executable, str(script), "--json", *(["--quick"] if quick else [])],
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(told.stdout)


async def measure(*, quick: bool) -> dict[str, object]:
    """Schedule, dial, then return the bench's result."""
    scheduled = await asyncio.to_thread(schedule, quick=quick)
    callbacks = QUICK_CALLBACKS if quick else CALLBACKS
    calls, figures = await dial(callbacks)
    took = max(call.ended for call in calls) - calls[0].begun
    occupancy = ideal_s(calls, LINES) / took
    gaps = sum(call.begun - calls[0].begun <= START_S for call in calls)
    talk = sum(call.ended - call.begun for call in calls)
    how = HOW.format(callbacks=callbacks, lines=LINES, least=THINKS_S[0], most=THINKS_S[1])
    return {
        "name": "callback",
        "ratios": {"occupancy_vs_ideal": round(occupancy, 3), **scheduled["ratios"]},
        "figures": {
            "calls": len(calls),
            "lines": LINES,
            "seconds": round(took, 1),
            "call_seconds_mean": round(talk / len(calls), 2),
            "lines_busy_mean": round(talk / took, 1),
            "calls_per_second_at_start": gaps,
            "calls_per_second": round(len(calls) / took, 2),
            **{name: round(value, 1) for name, value in figures.items()},
            **scheduled["figures"],
        },
        "how": f"{how} {scheduled['how']}",
    }


if __name__ == "__main__":
    run(__doc__, measure)
