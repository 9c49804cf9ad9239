"""How soon what is said in a real call is on the agent's stream, and how well it is heard there and later.

A node as its users run it (``hotline up``), telephones on SIP with recorded sentences, the stream read over
HTTP. Run: ``python bench/live_speech.py --json [--quick] [--calls N]``. It needs Asterisk (``make bench``).
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import argparse
import asyncio
import csv
import json
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from hotline.asr.catalogue import open_engine
from hotline.asr.cer import Errors, compare
from hotline.asr.normalise import normalise
from hotline.asr.vosk_engine import VoskEngine
from hotline.core.log import setup_logging
from hotline.demo.scenario import CITIZENS
from hotline.demo.speech import speak_all
from hotline.ivr import audio
from hotline.ivr.prompts import synthesise
from hotline.telephony.install import install
from support.benches import say
from support.live_talk import Stream, Voice, following, words_of
from support.speech import AUDIO, MANIFEST, RATE
from support.third_line_phones import Leg
from support.third_line_scene import Scene, scene

Sound = NDArray[np.int16]
FIRES = ("我家着火了", "三号楼着火了", "着火了")
VOICES = ("", "+quincy", "+steph", "+Alex", "+m2", "+f2")
"""Variants that the embedded model was trained on, or of which it was kept apart."""
AT_ONCE, RATES_AT_ONCE = 2, 4
LONGEST_S = 6.5
"""Sentences of the calls that are timed are shorter than this."""
ON_LIMIT_S, WORDS_LIMIT_S = 15.0, 6.0
PAUSE_S = 1.3
ASR = {"live": {"enabled": True, "machine_full_percent": 100}}
LOUD = 200
HOW = (
    "{calls} calls, {at_once} at a time, each: a citizen on SIP says a recorded sentence, then one with "
    "着火了 ({fires}; voices {voices}); one viewer reads each call's stream over HTTP in this process. "
    "partial_ms: from the end of each word (as the final result times it on the switch's clock) to the first "
    "partial that holds it and all before it. final_ms: from the end of a sentence's last word to its final "
    "result. fire_speech_ms, fire_119_ms: from the last sample of 着火了 above {loud} that left the phone "
    "(its own clock) to the first partial or final with these words, and to the proposal of 119. clock_ms: "
    "how far the final's beginning lies from where the same word began in what the telephone played. cer_*: "
    "demo's citizens and agents by voice, and the shipped recordings by set and voice, in calls: heard "
    "live, recognised after the call from the recording, and recognised from the clean files; per cent, "
    "normalised texts. All on one machine whose {cores} cores carry telephones, switch and service; model "
    "mini-cn-synthetic (synthetic voices: says nothing of people)."
)


@dataclass
class Times:
    """Milliseconds."""

    partial: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    fire_speech: list[float] = field(default_factory=list)
    fire_119: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)
    on: list[float] = field(default_factory=list)
    calls: int = 0
    missed: int = 0
    """Calls in which 着火了 did not come."""


@dataclass(frozen=True)
class Said:
    """One sentence: its sound, its words, and the group it counts to."""

    text: str
    sound: Sound
    group: str
    by_agent: bool = False


class Talks:
    """Makes talks of two, one for each agent at a time."""

    def __init__(self, here: Scene) -> None:
        self.here = here
        self._number = 13_800_000_000
        self._coming: dict[str, asyncio.Future[Leg]] = {}
        here.desks.incoming = self._rings

    def _rings(self, leg: Leg) -> None:
        async def answer() -> None:
            await leg.accept()
            self._coming[leg.caller].set_result(leg)

        self.here.desks.task(answer())

    @asynccontextmanager
    async def talk(self) -> AsyncGenerator[tuple[str, Voice, Voice, Stream, float]]:
        """Make a call with both voices and its stream; last: how long after the answer both are heard."""
        self._number += 1
        number = str(self._number)
        waits = self._coming[number] = asyncio.get_running_loop().create_future()
        citizen = await self.here.citizens.call(number, "12345", 600)
        speaks = Voice(citizen)
        async with asyncio.timeout(60):
            answered = await waits
        answers = Voice(answered)
        call = await self.here.call_of(number)
        async with following(self.here.node.settings, call) as stream:
            if not await _until(lambda: stream.lives().count("on") >= 2, ON_LIMIT_S):
                say(f"not heard live: {[one.data for one in stream.of('live')]}")
            try:
                yield call, speaks, answers, stream, time.time() - answered.answered_at
            finally:
                await citizen.hang_up()
                speaks.close()
                answers.close()
                async with asyncio.timeout(20):
                    await answered.closed.wait()


async def _until(true: Callable[[], bool], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.01)
    return True


def read(path: Path) -> Sound:
    """Return a WAV file's samples."""
    samples: Any = soundfile.read(path, dtype="int16")[0]
    return samples


async def one_call(talks: Talks, sentence: Said, fire: Said, clean_start_s: float, times: Times) -> None:
    """One call with both sentences; adds its times."""
    async with talks.talk() as (_, citizen, _agent, stream, on_s):
        times.on.append(1000 * on_s)
        begun = await citizen.say(sentence.sound)
        await _until(lambda: bool(stream.texts("speech")), WORDS_LIMIT_S)
        finals = [one for one in stream.of("speech") if one.data["speaker"] == "citizen"]
        if finals:
            times.clock.append(1000 * (finals[0].data["start_us"] / 1e6 - begun - clean_start_s))
            last = finals[-1]
            times.final.append(1000 * (last.at - last.data["end_us"] / 1e6))
        await asyncio.sleep(PAUSE_S)
        begun = await citizen.say(fire.sound)
        loud = np.flatnonzero(np.abs(fire.sound) > LOUD)
        ended = begun + float(loud[-1]) / RATE

        def heard() -> list[float]:
            names = ("partial", "speech")
            return [one.at for one in stream.events if one.name in names and "着火了" in one.data["text"]]

        def proposed() -> list[float]:
            return [
                one.at
                for one in stream.of("suggestion")
                if one.data.get("data", {}).get("line") == "119" and not one.data.get("withdrawn")
            ]

        await _until(lambda: bool(heard() and proposed()), WORDS_LIMIT_S)
        if heard():
            times.fire_speech.append(1000 * (heard()[0] - ended))
        else:
            times.missed += 1
        if proposed():
            times.fire_119.append(1000 * (proposed()[0] - ended))
        await _until(
            lambda: stream.texts("partial")[-1:] == [""] or len(stream.of("speech")) > len(finals), 2
        )
        times.partial += [1000 * (first - end) for _, end, first in words_of(stream)]


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
            group = sentences[0].group if not by else f"{sentences[0].group}_agent"
            wanted = "".join(one.text for one in sentences)
            add("live", group, wanted, "".join(stream.texts("speech", speaker)))
            told = [one["text"] for one in after["utterances"] if one["speaker"] == speaker]
            add("recorded", group, wanted, "".join(told))
            add("clean", group, wanted, "".join(clean_text(engine, one.sound)[0] for one in sentences))
        say(f"dialogue {number + 1} of {len(dialogues)} played")

    gate = asyncio.Semaphore(RATES_AT_ONCE)

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


async def fires(folder: Path, most: int) -> list[Said]:
    """Return the sentences with 着火了 in every voice, no more than are used."""
    wanted = [(text, voice) for text in FIRES for voice in VOICES][:most]

    async def speak(number: int, text: str, voice: str) -> Said:
        file = folder / f"fire{number}.wav"
        audio.write(await synthesise(f"fire{number}", text, variant=voice), file)
        return Said(text, read(file), voice)

    return await asyncio.gather(*(speak(number, *one) for number, one in enumerate(wanted)))


def _figures(name: str, values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    ordered = sorted(values)
    at = {"p50": 50, "p95": 95, "max": 100}
    return {
        f"{name}_{what}": round(ordered[max(-(-share * len(ordered) // 100) - 1, 0)], 1)
        for what, share in at.items()
    }


async def measure(calls: int, *, limit_s: float, with_rates: bool) -> dict[str, object]:
    """Run everything and return the bench's result."""
    engine = open_engine("mini-cn-synthetic", None)
    times = Times()
    with tempfile.TemporaryDirectory(prefix="hotline-") as name:
        folder = Path(name)
        say("speaking the sentences")
        burning = await fires(folder, calls)
        files = shipped()
        dialogues = with_rates * [
            *(await demo(folder / "demo") if with_rates else ()),
            *([one for one in files if one.group == group] for group in sorted({one.group for one in files})),
        ]
        say("starting the node")
        async with scene(
            install(lambda *_: None), agents=RATES_AT_ONCE, agents_work={"wrap_up_seconds": 0}, asr=ASR
        ) as here:
            talks = Talks(here)
            free = iter(range(calls))
            end = time.monotonic() + limit_s
            short = [one for one in files if len(one.sound) < LONGEST_S * RATE]

            async def one_after_another() -> None:
                for number in free:
                    if time.monotonic() > end:
                        break
                    sentence = short[number % len(short)]
                    start_s = clean_text(engine, sentence.sound)[1]
                    await one_call(talks, sentence, burning[number % len(burning)], start_s, times)
                    times.calls += 1
                    say(f"call {number + 1} of {calls}")

            await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
            rates = await error_rates(talks, engine, dialogues) if with_rates else {}
    return {
        "name": "live_speech",
        "ratios": {},
        "figures": {
            **_figures("partial_ms", times.partial),
            **_figures("final_ms", times.final),
            **_figures("fire_speech_ms", times.fire_speech),
            **_figures("fire_119_ms", times.fire_119),
            **_figures("clock_ms", times.clock),
            **_figures("heard_after_answer_ms", times.on),
            "calls": times.calls,
            "fires_proposed": len(times.fire_119),
            "fires_missed": times.missed,
            **rates,
        },
        "how": HOW.format(
            calls=times.calls,
            at_once=AT_ONCE,
            fires="、".join(FIRES),
            voices=", ".join(voice or "base" for voice in VOICES),
            loud=LOUD,
            cores=os.cpu_count(),
        ),
    }


def main() -> None:
    """Read the arguments, measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; JSON is always printed")
    parser.add_argument("--quick", action="store_true", help="end within 60 s")
    parser.add_argument("--calls", type=int, default=24, help="with 着火了, in the full form")
    parser.add_argument("--no-rates", action="store_true", help="leave the error rates out")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which no such call is begun")
    arguments = parser.parse_args()
    setup_logging(level="WARNING")
    calls = 2 if arguments.quick else arguments.calls
    result = asyncio.run(
        measure(calls, limit_s=arguments.limit, with_rates=not (arguments.quick or arguments.no_rates))
    )
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
