"""What somebody hears at the moment: silence, the music on hold, or a voice; from a recording that grows."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Literal

import numpy as np

from hotline.telephony.tones import melody

RATE = 8000
WINDOW_S = 1.0
_PART = 1600
_STILL = 40.0
_MUSIC_SHARE = 0.8

Sound = Literal["silence", "music", "voice"]


def _notes() -> list[float]:
    """The frequencies that the music on hold is made of: where its own spectrum has its strength."""
    music = np.array(melody(), dtype=np.float64)
    power = np.abs(np.fft.rfft(music)) ** 2
    hertz = np.fft.rfftfreq(len(music), 1 / RATE)
    tops = [float(one) for one in hertz[power > power.max() / 30]]
    return [one for at, one in enumerate(tops) if at == 0 or one - tops[at - 1] > 3]


_NOTES = _notes()


def kind_of(samples: np.ndarray) -> Sound:
    """Tell what most of a piece of sound is."""
    parts = samples[: len(samples) // _PART * _PART].reshape(-1, _PART).astype(np.float64)
    loud = np.sqrt((parts**2).mean(axis=1))
    if loud.max(initial=0) < _STILL:
        return "silence"
    power = np.abs(np.fft.rfft(parts * np.hanning(_PART), axis=1)) ** 2
    hertz = np.fft.rfftfreq(_PART, 1 / RATE)
    near = np.zeros(len(hertz), dtype=bool)
    for note in _NOTES:
        near |= abs(hertz - note) <= 2 * RATE / _PART
    share = power[:, near].sum() / power.sum()
    return "music" if share > _MUSIC_SHARE else "voice"


def latest(file: Path, seconds: float = WINDOW_S) -> Sound:
    """Tell what the last seconds of a recording are."""
    size = os.path.getsize(file)
    wanted = int(seconds * RATE) * 2
    with file.open("rb") as stream:
        stream.seek(max(44, (size - wanted) // 2 * 2))
        data = stream.read()
    return kind_of(np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2"))


def seconds_of(file: Path, hertz: float) -> float:
    """How long a tone is in a recording so far."""
    data = file.read_bytes()[44:]
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float64)
    parts = samples[: len(samples) // _PART * _PART].reshape(-1, _PART)
    turn = np.exp(-2j * np.pi * hertz * np.arange(_PART) / RATE)
    strength = 2 * abs(parts @ turn) ** 2 / _PART
    energy = (parts**2).sum(axis=1)
    return float(((energy > 100_000 * _PART / 10) & (strength > 0.4 * energy)).sum() * _PART / RATE)


async def hears(file: Path, wanted: Sound, *, seconds: float = WINDOW_S, limit_s: float = 30.0) -> None:
    """Wait until a recording has for so many seconds been what is wanted."""
    begun = os.path.getsize(file) + int(seconds * RATE) * 2
    async with asyncio.timeout(limit_s):
        while os.path.getsize(file) < begun or latest(file, seconds) != wanted:  # noqa: ASYNC110  # the switch's file
            await asyncio.sleep(0.1)
