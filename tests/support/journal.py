"""Reads what the switch wrote: the journal's marks, and the sound of recordings."""

from __future__ import annotations

import asyncio
import csv
import wave
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from hotline.telephony.journal_columns import JOURNAL_COLUMNS
from support.asterisk import Switch

Found = TypeVar("Found")


@dataclass(frozen=True)
class Line:
    event: str
    at: float
    uniqueid: str
    linkedid: str
    channel: str
    extra: str
    fields: dict[str, str]

    @property
    def values(self) -> dict[str, str]:
        """The ``key=value&…`` of a mark."""
        text = self.extra.removeprefix('{"extra":"').removesuffix('"}').replace("\\/", "/")
        return dict(part.split("=", 1) for part in text.split("&") if "=" in part)


def journal(switch: Switch) -> list[Line]:
    names = [name for name, _ in JOURNAL_COLUMNS]
    if not switch.journal.exists():
        return []
    with switch.journal.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = [dict(zip(names, row, strict=True)) for row in csv.reader(file)]
    return [
        Line(r["event"], float(r["time"]), r["uniqueid"], r["linkedid"], r["channel"], r["extra"], r)
        for r in rows
    ]


def marks(switch: Switch, *names: str) -> list[Line]:
    """The marks of these names (all without one), in the journal's order."""
    return [
        line
        for line in journal(switch)
        if line.event.startswith("HL_") and (not names or line.event in names)
    ]


async def until(find: Callable[[], Found], *, limit_s: float = 20.0, every_s: float = 0.1) -> Found:
    """Return the first true value of ``find``; fails after ``limit_s``."""
    async with asyncio.timeout(limit_s):
        while not (found := find()):  # noqa: ASYNC110  # what is waited for is written by another process
            await asyncio.sleep(every_s)
    return found


async def until_equal(
    read: Callable[[], Found], wanted: Found, *, limit_s: float = 20.0, every_s: float = 0.1
) -> None:
    """Wait until what is read is what is wanted; the failure shows what was read last."""
    with suppress(TimeoutError):
        await until(lambda: read() == wanted, limit_s=limit_s, every_s=every_s)
    assert read() == wanted


async def until_console(switch: Switch, command: str, text: str, *, limit_s: float = 20.0) -> str:
    """Return the console's answer once ``text`` is in it."""
    async with asyncio.timeout(limit_s):
        while text not in (answer := await switch.console(command)):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.1)
    return answer


async def until_idle(switch: Switch, *, limit_s: float = 20.0) -> None:
    """Wait until no channel is left and the journal, which a thread of its own writes, grows no more."""
    await until_console(switch, "core show channels count", "0 active channels", limit_s=limit_s)
    sizes = [-1]

    def at_rest() -> bool:
        sizes.append(switch.journal.stat().st_size if switch.journal.exists() else 0)
        return sizes[-1] == sizes[-2]

    await until(at_rest)


def write_tone(file: Path, hertz: float, seconds: float, *, rate: int = 8000) -> Path:
    """Write a sine tone, 8 kHz 16 bit mono."""
    frames = _tone(hertz, seconds, rate)
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as stream:
        stream.setparams((1, 2, rate, len(frames) // 2, "NONE", "not compressed"))
        stream.writeframes(frames)
    return file


@cache
def _tone(hertz: float, seconds: float, rate: int) -> bytes:
    at_s = np.arange(int(seconds * rate)) / rate
    return (9000 * np.sin(2 * np.pi * hertz * at_s)).astype("<i2").tobytes()


def samples_of(file: Path) -> array[int]:
    with wave.open(str(file), "rb") as stream:
        assert (stream.getframerate(), stream.getsampwidth(), stream.getnchannels()) == (8000, 2, 1), file
        return array("h", stream.readframes(stream.getnframes()))


STEP_S = 0.1


def seconds_with(file: Path, hertz: float) -> float:
    """How long a tone of this frequency is in a recording."""
    return round(sum(steps_with(file, hertz)) * STEP_S, 1)


def spells_with(file: Path, hertz: float) -> list[float]:
    """The seconds of each spell of a tone; gaps under half a second are none."""
    spells: list[int] = []
    quiet = 99
    for on in steps_with(file, hertz):
        if not on:
            quiet += 1
            continue
        spells = [*spells, 1] if quiet >= 5 else [*spells[:-1], spells[-1] + 1]
        quiet = 0
    return [round(spell * STEP_S, 1) for spell in spells if spell > 2]


def steps_with(file: Path, hertz: float, *, rate: int = 8000) -> list[bool]:
    """For each tenth of a second, whether the tone is most of its sound."""
    size = int(rate * STEP_S)
    samples = np.array(samples_of(file), dtype=np.float64)
    parts = samples[: len(samples) // size * size].reshape(-1, size)
    energy = (parts**2).mean(axis=1)
    turns = np.exp(-2j * np.pi * hertz / rate * np.arange(size))
    strength = 2 * np.abs(parts @ turns) ** 2 / size**2
    return [bool(one) for one in (energy > 100_000) & (strength > 0.4 * energy)]
