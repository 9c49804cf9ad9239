"""The voices of the demo: every turn spoken into a WAV file."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..ivr import audio
from ..ivr.prompts import synthesise
from .scenario import Citizen, Turn

AGENT_VOICE = ""


@dataclass(frozen=True)
class Line:
    """A turn with its sound: 8 kHz, 16 bit, mono; ``length_s`` in seconds."""

    turn: Turn
    file: Path
    length_s: float


async def speak_all(
    citizens: Iterable[Citizen], folder: Path, progress: Callable[[int, int], None]
) -> dict[str, tuple[Line, ...]]:
    """Speak every turn of every citizen, two at a time; returns the lines by the citizen's number.

    ``progress`` is called with how many are ready and how many there are. One that fails ends all.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    wanted = [(citizen, index, turn) for citizen in citizens for index, turn in enumerate(citizen.turns)]
    gate = asyncio.Semaphore(2)
    done = 0

    async def one(citizen: Citizen, index: int, turn: Turn) -> Line:
        nonlocal done
        voice = citizen.voice if turn.speaker == "citizen" else AGENT_VOICE
        file = folder / f"{citizen.number}-{index}.wav"
        async with gate:
            sound = await synthesise(f"{citizen.number}-{index}", turn.text, variant=voice)
        await asyncio.to_thread(audio.write, sound, file)
        done += 1
        progress(done, len(wanted))
        return Line(turn, file, await asyncio.to_thread(_length_s, file))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*item)) for item in wanted]
    found: dict[str, list[Line]] = {}
    for (citizen, _, _), task in zip(wanted, tasks, strict=True):
        found.setdefault(citizen.number, []).append(task.result())
    return {number: tuple(lines) for number, lines in found.items()}


def _length_s(file: Path) -> float:
    with wave.open(str(file), "rb") as stream:
        return stream.getnframes() / stream.getframerate()
