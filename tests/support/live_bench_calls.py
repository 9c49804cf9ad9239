"""Calls of a bench in which recorded sentences are spoken, and how soon what was said is on their stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from hotline.ivr import audio
from hotline.ivr.prompts import synthesise
from support.benches import say
from support.live_talk import Stream, Voice, following, words_of
from support.third_line_phones import Leg
from support.third_line_scene import Scene
from support.third_line_sound import FRAME

Sound = NDArray[np.int16]
FIRES = ("我家着火了", "三号楼着火了", "着火了")
VOICES = ("", "+quincy", "+steph", "+Alex", "+m2", "+f2")
"""Variants that the embedded model was trained on, or of which it was kept apart."""
ON_LIMIT_S, WORDS_LIMIT_S = 15.0, 6.0
PAUSE_S = 1.3
LOUD = 200


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
            if not await until(lambda: stream.lives().count("on") >= 2, ON_LIMIT_S):
                say(f"not heard live: {[one.data for one in stream.of('live')]}")
            try:
                yield call, speaks, answers, stream, time.time() - answered.answered_at
            finally:
                await citizen.hang_up()
                speaks.close()
                answers.close()
                async with asyncio.timeout(20):
                    await answered.closed.wait()


async def until(true: Callable[[], bool], limit_s: float) -> bool:
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
        await until(lambda: bool(stream.texts("speech")), WORDS_LIMIT_S)
        finals = [one for one in stream.of("speech") if one.data["speaker"] == "citizen"]
        if finals:
            times.clock.append(1000 * (finals[0].data["start_us"] / 1e6 - begun - clean_start_s))
            last = finals[-1]
            times.final.append(1000 * (last.at - last.data["end_us"] / 1e6))
        await asyncio.sleep(PAUSE_S)
        await citizen.say(fire.sound)
        ended = citizen.sent[int(np.flatnonzero(np.abs(fire.sound) > LOUD)[-1]) // FRAME]

        def heard() -> list[float]:
            names = ("partial", "speech")
            return [one.at for one in stream.events if one.name in names and "着火了" in one.data["text"]]

        def proposed() -> list[float]:
            return [
                one.at
                for one in stream.of("suggestion")
                if one.data.get("data", {}).get("line") == "119" and not one.data.get("withdrawn")
            ]

        await until(lambda: bool(heard() and proposed()), WORDS_LIMIT_S)
        if heard():
            times.fire_speech.append(1000 * (heard()[0] - ended))
        else:
            times.missed += 1
        if proposed():
            times.fire_119.append(1000 * (proposed()[0] - ended))
        await until(lambda: stream.texts("partial")[-1:] == [""] or len(stream.of("speech")) > len(finals), 2)
        times.partial += [1000 * (first - end) for _, end, first in words_of(stream)]
        words, line = (f"{1000 * (at[0] - ended):.0f} ms" if at else "never" for at in (heard(), proposed()))
        say(f"{fire.text} {fire.group}: heard {on_s:.1f} s after the answer; words {words}, 119 {line}")


async def fires(folder: Path, most: int) -> list[Said]:
    """Return the sentences with 着火了 in every voice, no more than are used."""
    wanted = [(text, voice) for text in FIRES for voice in VOICES][:most]

    async def speak(number: int, text: str, voice: str) -> Said:
        file = folder / f"fire{number}.wav"
        audio.write(await synthesise(f"fire{number}", text, variant=voice), file)
        return Said(text, read(file), voice)

    return await asyncio.gather(*(speak(number, *one) for number, one in enumerate(wanted)))
