"""What live viewers cost: a change's delay to every screen, the service's processor and memory.

Run: ``python bench/web.py --json [--quick]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import asyncio
import subprocess
import time
from dataclasses import dataclass

from hotline.telephony.installation import find
from support.benches import cpu_s, memory_bytes, run, say
from support.live_viewers import Viewers, viewers_of
from support.load_node import Load, loaded_node
from support.load_sipp import Caller, Press, citizens

VIEWERS = 500
CALLS = 50
"""They give up waiting after two minutes: all spells together are shorter."""
AGENT = "3000"
"""One whose phone never answers: nothing but the bench changes its state."""
PAUSES = ("rest", "meal")
TALKING = 2
"""So many agents answer."""
_SETTLE_S = 3.0
HOW = (
    "A real node (service, Asterisk, SQLite) with at least {calls} calls by SIPp: {talking} agents talk "
    "with one citizen after another, the others wait. Viewers are connections of their own to the live "
    "stream in the bench's process. A change is a pause that is asked for by the API; event_ms is from "
    "the sending of that request to the line with it at each viewer: API, AMI, the switch, its event and "
    "the rendering are in it, and a view comes 250 ms after the last at the soonest. The same changes are "
    "made without a viewer (before and after, the mean is taken), with one and with {viewers}; all on one "
    "machine of {cores} cores together with SIPp and the switch."
)


@dataclass
class Spell:
    """What a spell of the measurement showed."""

    event_ms: list[float]
    cpu_share: float
    memory: int
    calls: int


async def main(*, quick: bool) -> dict[str, object]:
    """Measure; returns the bench's result."""
    asterisk = find()
    if asterisk is None:
        raise SystemExit("no Asterisk on this machine: run `hotline asterisk install`")
    changes = 6 if quick else 20
    async with loaded_node(asterisk, seed=1) as load:
        for agent in [one.number for one in load.node.settings.agents][TALKING:]:
            await pause(load, PAUSES[-1], agent)
        port = load.node.settings.asterisk.trunk_port
        async with citizens(f"127.0.0.1:{port}", callers(CALLS + 2 * changes)):
            say("calls begin")
            await settled(load)
            spells = await measure(load, changes)
    before, one, many, after = spells
    if (least := min(spell.calls for spell in spells)) < CALLS:
        raise SystemExit(f"only {least} calls ran at the end of a spell: what was measured is something else")
    alone = (before.cpu_share + after.cpu_share) / 2
    return {
        "name": "web",
        "figures": {
            "event_ms_p50": nearest(many.event_ms, 0.50),
            "event_ms_p95": nearest(many.event_ms, 0.95),
            "event_ms_max": max(many.event_ms),
            "event_ms_p50_1_viewer": nearest(one.event_ms, 0.50),
            "event_ms_p95_1_viewer": nearest(one.event_ms, 0.95),
            "cpu_share_0_viewers": alone,
            "cpu_share_500_viewers": many.cpu_share,
            "memory_mb_0_viewers": before.memory / 1e6,
            "memory_mb_500_viewers": many.memory / 1e6,
            "viewers": VIEWERS,
            "calls_least": least,
            "changes": changes,
        },
        "ratios": {
            "cpu_500_vs_0_viewers": many.cpu_share / alone,
            "memory_500_vs_0_viewers": many.memory / before.memory,
        },
        "how": HOW.format(calls=CALLS, talking=TALKING, viewers=VIEWERS, cores=cores()),
    }


def callers(count: int) -> list[Caller]:
    """Return citizens who ask for a human and wait for longer than anything here lasts."""
    return [Caller(f"138000{place:05}", 40 * place, (Press(0, 1000),), 600_000) for place in range(count)]


async def settled(load: Load) -> None:
    """Wait until the calls run."""
    async with asyncio.timeout(60):
        while await calls_of(load) < CALLS:  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.2)


async def calls_of(load: Load) -> int:
    """Return how many calls run."""
    return int((await load.node.api("GET", "status"))["open_calls"])


async def pause(load: Load, reason: str, agent: str = AGENT) -> None:
    """Pause an agent, for another reason than before when it was paused."""
    web = load.node.settings.web
    body = b'{"reason": "' + reason.encode() + b'"}'
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    head = (
        f"POST /api/v1/agents/{agent}/pause HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {web.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    status = await reader.readline()
    await reader.read()
    writer.close()
    if b" 200 " not in status:
        raise AssertionError(f"the pause was refused: {status!r}")


async def measure(load: Load, changes: int) -> tuple[Spell, Spell, Spell, Spell]:
    """Return a spell without viewers, one with a single viewer, one with all, and one without again."""
    web = load.node.settings.web
    await asyncio.sleep(_SETTLE_S)
    async with viewers_of(web.port, web.token) as viewers:
        say("no viewer")
        before = await spell(load, viewers, changes)
        say("one viewer")
        await viewers.more(1)
        one = await spell(load, viewers, changes)
        say(f"{VIEWERS} viewers")
        await viewers.more(VIEWERS - 1)
        await asyncio.sleep(_SETTLE_S)
        many = await spell(load, viewers, changes)
    await asyncio.sleep(_SETTLE_S)
    async with viewers_of(web.port, web.token) as nobody:
        say("no viewer again")
        after = await spell(load, nobody, changes)
    return before, one, many, after


async def spell(load: Load, viewers: Viewers, changes: int) -> Spell:
    """Make so many changes, one a second, and see what it costs."""
    pid, loop = load.node.pid, asyncio.get_running_loop()
    delays: list[float] = []
    used, begun = cpu_s(pid), time.monotonic()
    for place in range(changes):
        due = loop.time() + 1.0
        reason = PAUSES[place % 2]
        viewers.watch_for(f'"agent":"{AGENT}","state":"paused","reason":"{reason}"'.encode())
        asked = loop.time()
        await pause(load, reason)
        if viewers.count:
            delays += [1000 * (at - asked) for at in await viewers.saw()]
        await asyncio.sleep(max(0.0, due - loop.time()))
    share = (cpu_s(pid) - used) / (time.monotonic() - begun)
    return Spell(delays, share, memory_bytes(pid), await calls_of(load))


def nearest(values: list[float], share: float) -> float:
    """Return the smallest value that so many do not exceed."""
    found = sorted(values)
    return found[max(0, -(-len(found) * int(share * 100) // 100) - 1)]


def cores() -> int:
    """Return how many processors there are for us."""
    return int(subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    run(__doc__, main)
