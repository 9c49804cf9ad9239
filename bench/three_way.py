"""How soon a third line is called and heard: from request or key to INVITE, and to three who hear each other.

One Asterisk with our dialplan and the service beside it; requests over the API, and an agent's key presses.
Run: ``python bench/three_way.py --json [--quick]``. It needs Asterisk and SIPp (``make bench``).
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
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from hotline.core.log import setup_logging
from hotline.telephony.install import install
from support import sipp
from support.asterisk import free_ports
from support.load_node import until
from support.sipp_agents import answering_agents, desk_phones
from support.sipp_process import AGREED, Sipp, noted, sipp_running
from support.third_line_phones import Leg
from support.third_line_scene import FIRST_AGENT, Scene, code_of, scene
from support.third_line_sound import CITIZENS, LINES, Sound, frame_of

Found = TypeVar("Found")
PAIRS = 6
"""Talks of two are made ready while others are measured; never two requests at a time."""
OTHERS = 50
OTHERS_TALK_S = 3600
"""Longer than the longest form: an agent whose talk is over would be given a citizen of the bench."""
KEY_MS = 100
"""How long the last key is held; the switch acts when it is let go."""
PAUSE_S = 0.25
"""From one key to the next: the switch delays a key that comes right behind another."""
LIMIT_S = 10.0
HOW = (
    "{runs} requests of each kind, one after another, each in a fresh talk of two (recording, "
    "journal and service on): first with nothing else on the switch, then (busy_…, {busy} of each) with "
    "{others} other talks up (SIPp, sound both ways, recorded). invite_ms: from sending the POST, or from "
    "letting go of the last digit of *CODE (held for {key} ms), to the INVITE as SIPp behind the third "
    "line's trunk notes it on arrival; SIPp answers it at once. all_hear_ms: from the same moment until the "
    "last of the three has received a first packet of sound (20 ms) with the tones of both others in it, as "
    "the telephones' RTP sockets note it. Without key_ or api_: both kinds together. All on one machine, "
    "whose {cores} cores carry telephones, service and switch."
)

_LINE = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<scenario name="third line">
<recv request="INVITE" crlf="true">INVITED</recv>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]l[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=line 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[local_ip_type] [local_ip]
t=0 0
m=audio EAR RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=sendrecv
]]></send>
<recv request="ACK" crlf="true"/>
<recv request="BYE" crlf="true"/>
{AGREED}
</scenario>
"""


def say(line: str) -> None:
    """Show progress on standard error."""
    print(line, file=sys.stderr, flush=True)


@dataclass
class Talk:
    """A citizen and an agent who talk."""

    citizen: Leg
    agent: Leg
    call: str


@dataclass
class Times:
    """The milliseconds of one kind of request."""

    invite: list[float] = field(default_factory=list)
    all_hear: list[float] = field(default_factory=list)


class Bench:
    """The scene with its third line, and talks that are ready."""

    def __init__(self, here: Scene, line: Sipp, ear: Sound) -> None:
        self.here, self.line, self.ear = here, line, ear
        self.ready: asyncio.Queue[Talk] = asyncio.Queue(2)
        self._coming: dict[str, asyncio.Future[Leg]] = {}
        self._number = 13_700_000_000
        here.desks.incoming = self._rings

    def _rings(self, leg: Leg) -> None:
        async def answer() -> None:
            await leg.accept()
            self._coming[leg.caller].set_result(leg)

        self.here.desks.task(answer())

    async def prepare(self) -> None:
        """Make talk after talk."""
        while True:
            self._number += 1
            number = str(self._number)
            waits = self._coming[number] = asyncio.get_running_loop().create_future()
            citizen = await self.here.citizens.call(number, "12345", CITIZENS[0])
            async with asyncio.timeout(60):
                agent = await waits
            talk = Talk(citizen, agent, await self.here.call_of(number))
            await heard(citizen.sound, {agent.sound.hertz})
            await asyncio.sleep(1)
            await self.ready.put(talk)

    async def request(self, how: str, times: Times) -> None:
        """Have the third line called in one talk, and note both times."""
        async with asyncio.timeout(60):
            talk = await self.ready.get()
        before = len(self.line.moments())
        self.ear.remote = None
        self.ear.heard.clear()
        legs = {talk.citizen.sound, talk.agent.sound, self.ear}
        for sound in legs:
            sound.each = 1
            sound.heard.clear()
        self.ear.set_tone(LINES[int(code_of(talk.agent.called)) % len(LINES)])
        if how == "api":
            at = time.time()
            wanted = {"target": code_of(talk.agent.called)}
            status, told = await self.here.post(f"calls/{talk.call}/three-way", wanted)
            if status != 202:
                raise RuntimeError(f"the request was answered with {status}: {told}")
        else:
            code = f"*{code_of(talk.agent.called)}"
            at = await talk.agent.keys(code, pause_s=PAUSE_S) + KEY_MS / 1000
        tones = {sound.hertz for sound in legs}
        found = await _true(lambda: len(told := self.line.moments()) > before and told)
        moments = [await heard(sound, tones - {sound.hertz}, at) for sound in legs]
        times.invite.append(1000 * (found[-1].at - at))
        times.all_hear.append(1000 * (max(moments) - at))
        for sound in legs:
            sound.each = 5
        await asyncio.sleep(0.5)
        await talk.citizen.hang_up()
        async with asyncio.timeout(LIMIT_S):
            await talk.agent.closed.wait()
        await asyncio.sleep(0.2)


async def _true(find: Callable[[], Found]) -> Found:
    """Wait for what another process does."""
    end = time.monotonic() + LIMIT_S
    while not (found := find()):
        if time.monotonic() > end:
            raise TimeoutError(f"not in {LIMIT_S:g} s")
        await asyncio.sleep(0.02)
    return found


async def heard(sound: Sound, tones: set[int], since: float = 0.0) -> float:
    """Wait for the first packet with all these tones; returns its moment."""
    look = await _true(
        lambda: next((one for one in sound.heard if one.at >= since and tones <= one.tones), None)
    )
    return look.at


@asynccontextmanager
async def other_talks(here: Scene, port: int, folder: Path) -> AsyncGenerator[None]:
    """Keep so many other talks up, of agents of their own; the bench's own agents are away meanwhile."""
    own = [agent.number for agent in here.node.settings.agents if int(agent.number) < FIRST_AGENT + PAIRS]
    others = [agent.number for agent in here.node.settings.agents if agent.number not in own]
    for number in own:
        await here.node.api("POST", f"agents/{number}/sign-out")
    speech = folder / "speech.alaw"
    speech.write_bytes(frame_of(900) * 50 * 1200)
    async with answering_agents(port):
        await here.ready(others)
        talking = asyncio.create_task(
            sipp.call(
                f"127.0.0.1:{here.node.settings.asterisk.trunk_port}",
                [sipp.Wait(1), sipp.Speak(speech), sipp.Wait(OTHERS_TALK_S)],
                calls=OTHERS,
                rate=10,
                limit_s=OTHERS_TALK_S + 60,
            )
        )
        try:

            async def up() -> bool:
                return (await here.runtime.status()).channels >= 2 * OTHERS

            await until(f"{OTHERS} other talks", up, 60)
            await here.ready(own)
            yield
        finally:
            talking.cancel()
            await asyncio.wait([talking])
            await here.runtime.console("channel request hangup all")


async def _turns(bench: Bench, runs: int, what: str) -> dict[str, Times]:
    times = {"key": Times(), "api": Times()}
    preparing = [asyncio.create_task(bench.prepare()) for _ in range(2)]
    try:
        for number in range(runs):
            for how, noted_ in times.items():
                await bench.request(how, noted_)
            if number % 10 == 9 or number + 1 == runs:
                told = ", ".join(
                    f"{how} {median(one.invite):.0f}/{median(one.all_hear):.0f}" for how, one in times.items()
                )
                say(f"{what} {number + 1}/{runs}: INVITE/all hear, median ms: {told}")
    finally:
        for task in preparing:
            task.cancel()
        await asyncio.wait(preparing)
        for task in preparing:
            if not task.cancelled() and task.exception() is not None:
                say(f"a talk could not be made: {task.exception()!r}")
    while not bench.ready.empty():
        await bench.ready.get_nowait().citizen.hang_up()
    for leg in bench.here.citizens.legs:
        await leg.hang_up()
    return times


def _figures(prefix: str, values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    ninety_nine = ordered[max(-(-99 * len(ordered) // 100) - 1, 0)]
    told = {"min": ordered[0], "p50": median(ordered), "p99": ninety_nine, "max": ordered[-1]}
    return {f"{prefix}_{name}": round(value, 1) for name, value in told.items()}


async def measure(runs: int, busy_runs: int) -> dict[str, object]:
    """Run everything and return the bench's result."""
    port = free_ports(1)[0]
    busy_desks = [
        {**desk, "number": str(2500 + index)} for index, desk in enumerate(desk_phones(OTHERS, port))
    ]
    figures: dict[str, float] = {}
    say("starting the node")
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        async with scene(
            install(lambda *_: None), agents=PAIRS, more_agents=busy_desks, agents_work={"wrap_up_seconds": 0}
        ) as here:
            ear = Sound(LINES[0], each=1)
            ear_port = await ear.open()
            here.band.sounds.add(ear)
            trunk = here.first.port
            await here.first.close()
            body = _LINE.replace("EAR", str(ear_port)).replace("INVITED", noted("invite"))
            async with sipp_running(body, "-aa", port=trunk) as line:
                bench = Bench(here, line, ear)
                for what, count in (("idle", runs), ("busy", busy_runs)):
                    if what == "idle":
                        times = await _turns(bench, count, what)
                    else:
                        async with other_talks(here, port, Path(name)):
                            times = await _turns(bench, count, what)
                    both = Times()
                    for one in times.values():
                        both.invite += one.invite
                        both.all_hear += one.all_hear
                    for how, one in {"": both, **times}.items():
                        head = "_".join(part for part in (("busy" if what == "busy" else ""), how) if part)
                        head = f"{head}_" if head else ""
                        figures |= _figures(f"{head}invite_ms", one.invite)
                        figures |= _figures(f"{head}all_hear_ms", one.all_hear)
    return {
        "name": "three_way",
        "ratios": {},
        "figures": {**figures, "runs": runs, "busy_runs": busy_runs},
        "how": HOW.format(runs=runs, busy=busy_runs, others=OTHERS, key=KEY_MS, cores=os.cpu_count()),
    }


def main() -> None:
    """Read the arguments, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; JSON is always printed")
    parser.add_argument("--quick", action="store_true", help="end within 60 s")
    parser.add_argument("--runs", type=int, default=200, help="of each kind in the full form")
    arguments = parser.parse_args()
    setup_logging(level="WARNING")
    runs, busy = (5, 3) if arguments.quick else (arguments.runs, arguments.runs)
    print(json.dumps(asyncio.run(measure(runs, busy)), ensure_ascii=False))


if __name__ == "__main__":
    main()
