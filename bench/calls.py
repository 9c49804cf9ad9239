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
import math
import os
import shutil
import signal
import statistics
import tempfile
import time
import wave
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import numpy as np
import soundfile

from hotline.telephony.asterisk_config import Paths
from hotline.telephony.install import install
from hotline.telephony.journal_columns import JOURNAL_FILE
from hotline.telephony.runtime import Runtime
from support import sipp
from support.asterisk import free_ports, make_settings
from support.benches import cpu_s, memory_bytes, run, say
from support.node import Node
from support.sipp_agents import answering_agents, desk_phones
from support.speech import RATE, speech

AGENTS = 300
"""Nobody waits for an agent: app_queue looks only once a second whether a caller's turn has come."""
STORE = "hotline.db"
"""The store in the state folder; SQLite keeps files beside it."""
GREETING_S = 0.2
RTP_FIRST = 7000
"""Below the ports that the other parts are given."""
FIRST_CALLS = 20
WARM_UP_CALLS = 120
WAIT_S = 30
"""Nobody is longer in a call beside the talk: SIPp gives up then."""
SENTENCE = "base0062.wav"


class Load(NamedTuple):
    """Calls of one kind, each that ends followed by the next: ``lines`` of them at a time."""

    name: str
    lines: int
    calls: int
    talk_s: float
    has_sound: bool
    rounds: int


TALKS = Load("talks", lines=160, calls=480, talk_s=3.0, has_sound=True, rounds=9)
"""As many lines as the machine carries beside SIPp. A talk is far shorter than any real one, so that what a
call costs beside its sound counts for much."""
SILENT = Load("silent", lines=120, calls=600, talk_s=0.5, has_sound=False, rounds=5)
"""Signalling and nothing else: what presses a service most, and what no citizen's call is."""
TRIES = 3
HOLD_S = 6.0
SETTLE_S, LEFT_S = 10.0, 60.0
HOW = (
    "Closed loop: SIPp keeps lines busy, each call followed by the next, begun over a second or more "
    "(greeting of {greeting} s, queue, one of {agents} agents' SIPp phones answers at once and hangs up "
    "after the talk; recording and journal on) against one Asterisk: whole calls, rounds with the service "
    "stopped and attached in turn, each second round the other way about; before the turns of either kind "
    "the files of the last ones are thrown away and the service is begun anew and rests, then it is "
    "stopped or not. {loads}. With sound a recorded sentence is spoken for the whole talk and the agent's "
    "phone sends it back, so that both legs and the mix are recorded as in a real call. A turn in which "
    "SIPp itself lost a call is done again. Live speech is on as delivered; transcripts and drafts wait "
    "while the machine is full (docs/adr/0081): talks_ms_per_call_afterwards and silent_… is the time "
    "that the last round's calls took later, within {left} s. calls_attached_vs_bare is the median of the "
    "rounds' ratios of calls with sound, silent_attached_vs_bare of those without. Memory: proportional "
    "set size of the service with {held} calls held (talking or waiting), less that of the service that "
    "has just started and had {first} calls, divided by the calls."
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
        self.speech = folder / "speech.alaw"
        _write_speech(self.speech)
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
        await self.reachable()

    async def reachable(self) -> None:
        """Wait until the switch knows every agent's phone to be reachable."""

        async def all_are() -> bool:
            return (await self.runtime.console("queue show public")).count("(Not in use)") == AGENTS

        await until(all_are, 60, "the agents' phones are reachable")

    async def calls(self, load: Load, *, attached: bool = True) -> Turn:
        """Make the calls of a load as fast as they get through; again when SIPp could not keep up itself."""
        for tries_left in reversed(range(TRIES)):
            switch, service = await self.runtime.pid(), self.node.pid if attached else None
            if switch is None:
                raise RuntimeError("the switch does not run")
            before, begun = (cpu_s(switch), cpu_s(service) if service else 0.0), time.monotonic()
            result = await sipp.call(
                f"127.0.0.1:{self.settings.asterisk.trunk_port}",
                [*([sipp.Speak(self.speech)] if load.has_sound else []), sipp.AwaitHangup(WAIT_S)],
                calls=load.calls,
                at_once=load.lines,
                rate=load.lines,
                limit_s=60,
            )
            took = time.monotonic() - begun
            if result.ok:
                break
            if not tries_left:
                raise RuntimeError(f"calls failed: {result.errors[:2000]}")
            say("a call was lost, the turn is done again")
        used = cpu_s(switch) - before[0], (cpu_s(service) if service else 0.0) - before[1]
        return Turn(load.calls / took, *(1000 * seconds / load.calls for seconds in used))

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


def _write_speech(file: Path) -> None:
    """Write a recorded sentence over and over as raw A-law, for as long as anybody may be in a call."""
    sentence = speech(SENTENCE)
    times = math.ceil((TALKS.talk_s + WAIT_S) * RATE / len(sentence))
    soundfile.write(file, np.tile(sentence, times), RATE, subtype="ALAW", format="RAW")


async def measure(*, quick: bool) -> dict[str, object]:
    """Run everything and return the bench's result."""
    rounds, held = (2, 200) if quick else (None, 400)
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        bench = Bench(Path(name))
        try:
            say("starting the node")
            async with answering_agents(bench.phones):
                idle, memory = await _memory(bench, held)
            figures: dict[str, float] = {}
            for load in (TALKS, SILENT):
                async with answering_agents(bench.phones, talk_s=load.talk_s):
                    figures |= await _rounds(bench, load._replace(rounds=rounds or load.rounds))
            return _result(figures, held=held, idle=idle, memory=memory)
        finally:
            await bench.node.kill()
            await bench.runtime.stop(limit_s=10)


SIDES = ("alone", "attached")


async def _memory(bench: Bench, held: int) -> tuple[int, float]:
    """Return the service's bytes when it rests, and what each open call adds."""
    await bench.set_up()
    await bench.held(FIRST_CALLS)
    await bench.idle()
    before = memory_bytes(bench.node.pid)
    each = (await bench.held(held) - before) / held
    say(f"memory: {each:.0f} bytes an open call")
    return before, each


async def _rounds(bench: Bench, load: Load) -> dict[str, float]:
    """Make a load's calls with the service stopped and attached in turn; return the figures."""
    await bench.reachable()
    warm = await bench.calls(load._replace(calls=WARM_UP_CALLS))
    say(f"{load.name}, warm-up: {warm.rate:.1f} calls/s")
    turns: dict[str, list[Turn]] = {side: [] for side in SIDES}
    for number in range(load.rounds):
        for side in SIDES if (load.rounds - number) % 2 else reversed(SIDES):  # the last one ends attached
            is_attached = side == "attached"
            await bench.begin_anew(attached=is_attached)
            turns[side].append(await bench.calls(load, attached=is_attached))
        told = ", ".join(
            f"{side} {turn[-1].rate:.1f}/s ({turn[-1].switch_ms:.1f} + {turn[-1].service_ms:.1f} ms)"
            for side, turn in turns.items()
        )
        say(f"{load.name}, round {number + 1}/{load.rounds}: {told}")
    before = cpu_s(bench.node.pid)
    await bench.idle(LEFT_S)
    left_ms = 1000 * (cpu_s(bench.node.pid) - before) / load.calls
    ratios = [one.rate / other.rate for one, other in zip(turns["attached"], turns["alone"], strict=True)]
    return {
        f"{load.name}_attached_vs_bare": round(statistics.median(ratios), 3),
        f"{load.name}_lowest_ratio": round(min(ratios), 3),
        f"{load.name}_highest_ratio": round(max(ratios), 3),
        **_medians(f"{load.name}_attached", turns["attached"]),
        **_medians(f"{load.name}_alone", turns["alone"]),
        f"{load.name}_ms_per_call_afterwards": round(left_ms, 2),
        f"{load.name}_rounds": load.rounds,
    }


def _result(figures: dict[str, float], *, held: int, idle: int, memory: float) -> dict[str, object]:
    return {
        "name": "calls",
        "ratios": {"calls_attached_vs_bare": figures.pop(f"{TALKS.name}_attached_vs_bare")},
        "figures": {"bytes_per_open_call": round(memory), **figures, "service_bytes_idle": idle},
        "how": HOW.format(
            agents=AGENTS,
            greeting=GREETING_S,
            held=held,
            first=FIRST_CALLS,
            left=LEFT_S,
            loads="; ".join(map(_told, (TALKS, SILENT))),
        ),
    }


def _told(load: Load) -> str:
    sound = "with" if load.has_sound else "without"
    return f"{load.name}: {load.calls} calls over {load.lines} lines, {load.talk_s:g} s of talk {sound} sound"


def _medians(side: str, turns: list[Turn]) -> dict[str, float]:
    found = {
        f"{side}_calls_per_second": statistics.median(turn.rate for turn in turns),
        f"{side}_switch_ms_per_call": statistics.median(turn.switch_ms for turn in turns),
        f"{side}_service_ms_per_call": statistics.median(turn.service_ms for turn in turns),
    }
    return {name: round(value, 2) for name, value in found.items() if value}


if __name__ == "__main__":
    run(__doc__, measure)
