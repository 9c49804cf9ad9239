"""What a person hears of the robot: all of it kept, searched for a prompt's own sound, and recognised."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from hotline.asr.engine import Engine, Partial
from support.robot_phones import voice_of
from support.survey import HANG
from support.third_line_phones import Leg

RATE = 8000
Pcm = NDArray[np.float32]
LIKE = 0.8
"""Sounds that agree so much are the same; a syllable and another one agree by 0.3 to 0.6."""


def sound_of(alaw: bytes) -> Pcm:
    """Return A-law as samples."""
    samples, _ = soundfile.read(
        io.BytesIO(alaw), dtype="float32", samplerate=RATE, channels=1, subtype="ALAW", format="RAW"
    )
    return samples


def share_heard(heard: Pcm, prompt: Pcm) -> float:
    """Return how much of a prompt is in what was heard: the share of its seconds that are found there."""
    parts = [prompt[at : at + RATE] for at in range(0, len(prompt) - RATE + 1, RATE)]
    parts = [part for part in parts if np.abs(part).mean() > 0.005]
    assert parts, "a prompt without a second of sound"
    return sum(_agrees(heard, part) > LIKE for part in parts) / len(parts)


def _agrees(heard: Pcm, part: Pcm) -> float:
    """Return the greatest correlation of a part with a piece of what was heard that is as long, 0 to 1."""
    if len(heard) < len(part):
        return 0.0
    size = 1 << (len(heard) + len(part)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size))
    matches = np.fft.irfft(spectrum, size)[: len(heard) - len(part) + 1]
    energy = np.concatenate([[0.0], np.cumsum(heard.astype(np.float64) ** 2)])
    around = energy[len(part) :] - energy[: len(heard) - len(part) + 1]
    loud = np.sqrt(np.maximum(around, 1e-3) * float((part.astype(np.float64) ** 2).sum()))
    return float((np.abs(matches) / loud).max())


def words_of(heard: Pcm, engine: Engine) -> str:
    """Return what a recogniser understands of it."""
    session = engine.open(rate=RATE)
    pcm = (np.clip(heard, -1, 1) * 32767).astype("<i2").tobytes()
    found = [one for at in range(0, len(pcm), 3200) for one in session.accept(pcm[at : at + 3200])]
    return "".join(one.text for one in (*found, *session.finish()) if not isinstance(one, Partial))


@dataclass
class Listening:
    """A person who listens to the first question for 1 s, to others for ``listens_s``, then presses a key.

    ``HANG`` hangs up; without a key nothing is done.
    """

    keys: Mapping[str, str]
    sounds: Path
    """The switch's folder of prompts."""
    prompts: dict[str, Pcm]
    """Of all people: every filled-in prompt that lay ready when a telephone rang, by its file's name."""
    listens_s: float = 7.0
    before: int = 0
    """So many samples were heard when the first key was pressed; 0 when none was."""
    heard: Pcm = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    async def talk(self, leg: Leg, asked: asyncio.Queue[tuple[str, str]]) -> None:
        """Be called; returns at the end of the call. ``asked`` gives its questions."""
        for file in (*self.sounds.glob("robot-own-*.wav"), *self.sounds.glob("robot-all-*.wav")):
            self.prompts[file.stem] = soundfile.read(file, dtype="float32")[0]
        await leg.ring()
        await leg.accept()
        closed = asyncio.ensure_future(leg.closed.wait())
        while not leg.ended_at:
            question = asyncio.ensure_future(asked.get())
            await asyncio.wait({question, closed}, return_when=asyncio.FIRST_COMPLETED)
            if question.done():
                await self._answer(leg, self.keys.get(question.result()[0]))
            question.cancel()
        self.heard = sound_of(bytes(voice_of(leg).kept))

    async def _answer(self, leg: Leg, key: str | None) -> None:
        kept = voice_of(leg).kept
        if key == HANG:
            await leg.hang_up()
        elif key is not None:
            whole = len(kept) + round((self.listens_s if self.before else 1.0) * RATE)
            while len(kept) < whole and not leg.ended_at:  # noqa: ASYNC110  # the band plays it
                await asyncio.sleep(0.05)
            self.before = self.before or len(kept)
            await leg.keys(key)

    def heard_of(self, part: Pcm, *, first_s: float = 1000.0) -> dict[str, float]:
        """Return how much of the first seconds of each prompt is in a part of what was heard."""
        length = round(first_s * RATE)
        return {name: share_heard(part, prompt[:length]) for name, prompt in self.prompts.items()}
