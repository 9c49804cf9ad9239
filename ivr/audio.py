"""Sound files of prompts: reading what there is, judging it, and writing what the switch plays.

The switch plays 8 kHz, 16 bit, mono WAV without converting it during a call.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from ..core.errors import HotlineError
from .files import write_whole

RATE = 8000
Samples = npt.NDArray[np.float32]

QUIET = 0.003
"""Root mean square (1.0 is full scale) of the loudest second under which a file counts as silent."""

SHORTEST_PER_CHARACTER, LONGEST_PER_CHARACTER = 0.15, 0.8
"""Seconds; the voice takes 0.29 a character in long texts and 0.49 in one of two characters; letters of
Latin words are no syllables and count for the longest time only."""


class PromptError(HotlineError):
    """A prompt cannot be made or used; the message names it."""

    error_id = "ivr.prompt"
    status = 422


@dataclass(frozen=True)
class Sound:
    """Samples at 8 kHz, mono, -1.0 to 1.0."""

    samples: Samples

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return len(self.samples) / RATE

    @property
    def loudness(self) -> float:
        """Root mean square of its loudest second (or of the whole, when it is shorter)."""
        if not len(self.samples):
            return 0.0
        parts = np.array_split(self.samples, max(1, len(self.samples) // RATE))
        return max(float(np.sqrt(np.mean(np.square(part)))) for part in parts)


def read(path: Path) -> Sound:
    """Read any sound file that libsndfile knows, as 8 kHz mono; raises ``PromptError``."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        mend = "put a WAV or FLAC file there, or remove it to use the synthesised voice"
        raise PromptError(f"{path}: not a readable sound file", mend=mend) from error
    mono = samples.mean(axis=1)
    if rate != RATE and len(mono):
        mono = soxr.resample(mono, rate, RATE, quality="HQ")
    return Sound(np.clip(mono, -1.0, 1.0).astype(np.float32))


def check_audible(sound: Sound, name: str) -> None:
    """Raise ``PromptError`` when nothing can be heard."""
    if sound.seconds < 0.2:
        raise PromptError(f"{name}: the sound is empty", mend="record it again")
    if sound.loudness < QUIET:
        raise PromptError(f"{name}: the sound is silent", mend="record it again")


def check_complete(sound: Sound, name: str, text: str) -> None:
    """Raise ``PromptError`` when a synthesised text is silent, or too short or long to be whole."""
    check_audible(sound, name)
    characters = sum(sign.isalnum() for sign in text)
    syllables = sum(sign.isalnum() and not sign.isascii() for sign in text)
    least, most = syllables * SHORTEST_PER_CHARACTER, characters * LONGEST_PER_CHARACTER + 1.0
    if not least <= sound.seconds <= most:
        heard = f"{sound.seconds:.1f} s of speech for {characters} characters"
        mend = "try again; the voice of this machine may differ from espeak-ng 1.51"
        raise PromptError(f"{name}: {heard}, expected {least:.1f} to {most:.1f}", mend=mend)


def write(sound: Sound, path: Path, *, mode: int = 0o644) -> None:
    """Write a file that the switch plays, in one step."""
    content = io.BytesIO()
    soundfile.write(content, sound.samples, RATE, subtype="PCM_16", format="WAV")
    write_whole(path, content.getvalue(), mode=mode)


def is_playable(path: Path) -> bool:
    """Return whether a file has the format the switch plays and at least one sample."""
    try:
        info = soundfile.info(path)
    except (OSError, soundfile.LibsndfileError):
        return False
    kind = (info.samplerate, info.channels, info.format, info.subtype)
    return kind == (RATE, 1, "WAV", "PCM_16") and info.frames > 0
