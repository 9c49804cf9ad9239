"""Error rates of what is heard in calls: live, from the recording afterwards, and from the clean files."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hotline.asr.cer import Errors, compare
from hotline.asr.normalise import normalise
from hotline.asr.vosk_engine import VoskEngine
from hotline.demo.scenario import CITIZENS
from hotline.demo.speech import speak_all
from support.benches import say
from support.live_bench_calls import PAUSE_S, Said, Sound, Talks, read
from support.speech import AUDIO, MANIFEST, RATE
from support.third_line_scene import Scene

AT_ONCE = 4


def clean_text(engine: VoskEngine, sound: Sound) -> tuple[str, float]:
    """Return what the engine hears in a file, and where its first word begins."""
    session = engine.open(rate=RATE)
    heard = [*session.accept(sound.tobytes()), *session.finish()]
    texts = [one.text for one in heard]
    starts = [getattr(one, "start_s", 0.0) for one in heard]
    return "".join(texts), starts[0] if starts else 0.0


async def error_rates(
    talks: Talks, engine: VoskEngine, dialogues: Sequence[Sequence[Said]]
) -> dict[str, float]:
    """Play each dialogue in a call; returns error rates of each group: live, recorded, clean, in per cent."""
    counts: dict[tuple[str, str], Errors] = {}

    def add(kind: str, group: str, wanted: str, heard: str) -> None:
        found = compare(normalise(wanted), normalise(heard.replace("□", "")))
        counts[kind, group] = counts.get((kind, group), Errors()) + found

    async def play(number: int, dialogue: Sequence[Said]) -> None:
        async with talks.talk() as (call, citizen, agent, stream, _):
            for one in dialogue:
                await (agent if one.by_agent else citizen).say(one.sound)
                await asyncio.sleep(PAUSE_S)
            await asyncio.sleep(PAUSE_S)
        spoken = {by: [one for one in dialogue if one.by_agent == by] for by in (False, True)}
        after = await _transcript(talks.here, call)
        for by, sentences in spoken.items():
            if not sentences:
                continue
            speaker = "agent" if by else "citizen"
            group = _group(sentences[0])
            wanted = "".join(one.text for one in sentences)
            add("live", group, wanted, "".join(stream.texts("speech", speaker)))
            told = [one["text"] for one in after["utterances"] if one["speaker"] == speaker]
            add("recorded", group, wanted, "".join(told))
        say(f"dialogue {number + 1} of {len(dialogues)} played")

    # Before the calls and in a thread: else it would hold up every telephone of this process.
    for one in (one for dialogue in dialogues for one in dialogue):
        text, _ = await asyncio.to_thread(clean_text, engine, one.sound)
        add("clean", _group(one), one.text, text)
    gate = asyncio.Semaphore(AT_ONCE)

    async def gated(number: int, dialogue: Sequence[Said]) -> None:
        async with gate:
            await play(number, dialogue)

    await asyncio.gather(*(gated(number, dialogue) for number, dialogue in enumerate(dialogues)))
    for kind in ("live", "recorded", "clean"):
        rest = [found for (one, _), found in counts.items() if one == kind]
        counts[kind, "all"] = sum(rest, Errors())
    return {
        f"cer_{kind}_{group or 'none'}": round(100 * found.rate, 1)
        for (kind, group), found in sorted(counts.items(), key=lambda item: (item[0][1], item[0][0]))
    }


def _group(said: Said) -> str:
    return f"{said.group}_agent" if said.by_agent else said.group


async def _transcript(here: Scene, call: str) -> Any:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        _, told = await here.post(f"calls/{call}", {}, method="GET")
        if told.get("transcript"):
            return told["transcript"]
        await asyncio.sleep(0.3)
    raise TimeoutError("the transcript after the call did not come")


def shipped() -> list[Said]:
    """Return the shipped recordings of whole sentences."""
    with MANIFEST.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        Said(row["text"], read(AUDIO / row["file"]), f"file_{row['set']}_{row['voice'].lstrip('+')}")
        for row in rows
        if row["set"] in ("base", "noisy", "seen", "unseen")
    ]


async def demo(folder: Path) -> list[list[Said]]:
    """Return the demo's talks, spoken by its voices."""
    spoken = await speak_all(CITIZENS, folder, lambda *_: None)
    return [
        [
            Said(
                line.turn.text,
                read(line.file),
                f"demo_{citizen.voice.lstrip('+') or 'base'}",
                line.turn.speaker == "agent",
            )
            for line in spoken[citizen.number]
        ]
        for citizen in CITIZENS
        if citizen.gives_up_after_s is None and spoken.get(citizen.number)
    ]
