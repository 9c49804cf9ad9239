"""From hang-up to draft ticket: seconds, against half of the call's length plus 2 s, on one core.

One Asterisk, one call at a time, both legs full of speech. Run: ``python bench/draft.py --json [--quick]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import asyncio
import os
import tempfile
from contextlib import suppress
from datetime import datetime
from typing import Any

import numpy as np
import soundfile

from hotline.telephony.install import install
from hotline.telephony.runtime import Runtime
from support import sipp
from support.asterisk import free_ports, make_settings
from support.benches import run, say
from support.node import Node
from support.sipp_agents import answering_agents, desk_phones

AUDIO = Path(__file__).resolve().parent.parent / "tests" / "data" / "audio"
HOW = (
    "The whole service pinned to one core (Asterisk and SIPp are not). A SIPp citizen speaks the shipped "
    "recordings without a pause and the agent's phone gives them back, so both legs are full of speech: the "
    "worst case. Seconds from the end of the call in the journal to the draft's row, call after call; "
    "model {model}. The ratio is the largest share of the allowed time (half of the talk plus 2 s) used."
)


def speech(folder: Path, seconds: float) -> Path:
    """Write so many seconds of speech as raw A-law."""
    target = folder / "speech.al"
    sounds = [soundfile.read(file)[0] for file in sorted(AUDIO.glob("[bsu][ane][sen]*.wav"))]
    sound = np.concatenate(sounds)
    soundfile.write(target, np.resize(sound, int(seconds * 8000)), 8000, format="RAW", subtype="ALAW")
    return target


async def drafted(node: Node, known: set[str]) -> dict[str, Any]:
    """Return the next ticket."""
    async with asyncio.timeout(90):
        while True:
            for ticket in (await node.api("GET", "tickets"))["tickets"]:
                if ticket["id"] not in known:
                    return ticket
            await asyncio.sleep(0.2)


async def measure(*, quick: bool) -> dict[str, object]:
    """Make the calls and return the bench's result."""
    lengths = (8.0, 16.0) if quick else (15.0, 30.0, 60.0, 120.0)
    asterisk = install(lambda what, done, total: None)
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        folder = Path(name)
        phones = free_ports(1)[0]
        settings = make_settings(
            folder / "state",
            agents=desk_phones(2, phones),
            agents_work={"wrap_up_seconds": 0},
            queues=[{"name": "public", "label": "综合受理"}],
        )
        node, runtime = Node(settings), Runtime(settings, asterisk)
        try:
            async with answering_agents(phones):
                say("starting the node")
                await runtime.start()
                os.sched_setaffinity(0, {0})
                await node.start()
                os.sched_setaffinity(0, range(os.cpu_count() or 1))
                await _stored(node)
                for agent in settings.agents:
                    await node.api("POST", f"agents/{agent.number}/sign-in")
                async with asyncio.timeout(40):
                    while (  # noqa: ASYNC110  # another process changes it
                        await runtime.console("queue show public")
                    ).count("(Not in use)") < 2:
                        await asyncio.sleep(0.5)
                rows = [await _one(node, folder, length) for length in lengths]
        finally:
            await node.kill()
            await runtime.stop(limit_s=10)
    return {
        "name": "draft",
        "ratios": {"hangup_to_draft_vs_allowed": round(max(row["share"] for row in rows), 3)},
        "figures": {"calls": rows},
        "how": HOW.format(model=settings.asr.model),
    }


async def _stored(node: Node) -> None:
    """Wait until the store has its tables: on one core they take a while."""
    async with asyncio.timeout(60):
        while True:
            with suppress(AssertionError):
                await node.api("GET", "tickets")
                return
            await asyncio.sleep(0.5)


async def _one(node: Node, folder: Path, length_s: float) -> dict[str, float]:
    known = {ticket["id"] for ticket in (await node.api("GET", "tickets"))["tickets"]}
    # The greeting of the menu comes first; from then on the speech is the talk.
    steps = [sipp.Speak(speech(folder, length_s + 5)), sipp.Wait(length_s + 5)]
    trunk = f"127.0.0.1:{node.settings.asterisk.trunk_port}"
    result = await sipp.call(trunk, steps, limit_s=length_s + 60)
    if not result.ok:
        raise RuntimeError(result.errors[:1000])
    ticket = await drafted(node, known)
    call = (await node.api("GET", f"calls/{ticket['call']}"))["call"]
    ended, bridged = (datetime.fromisoformat(call[key]) for key in ("ended_at", "bridged_at"))
    took = (datetime.fromisoformat(ticket["created_at"]) - ended).total_seconds()
    talk = (ended - bridged).total_seconds()
    row = {"talk_s": round(talk, 1), "draft_s": round(took, 2), "share": round(took / (talk / 2 + 2), 3)}
    say(f"talk {row['talk_s']} s, draft after {row['draft_s']} s: {row['share']:.0%} of what is allowed")
    return row


if __name__ == "__main__":
    run(__doc__, measure)
