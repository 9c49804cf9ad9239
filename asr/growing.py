"""Reads a recording that is still being written: its length is the file's, not what its header says.

The switch writes a WAV file's lengths when it closes it, and its sound in pieces of up to 32 kB (2 s).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import gate
from .errors import AudioError

HEADER = 44
CHUNK_S = 0.25
_PCM_16_MONO = (16, 1, 1)


class GrowingWav:
    """A stretch of a mono 16-bit WAV file as it is at this moment; seconds count from the file's beginning.

    Only the stretch is read, however long the file is. Raises ``AudioError`` for another kind of file.
    """

    def __init__(self, path: Path, *, from_s: float, until_s: float) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self.rate = _rate(file.read(HEADER), path)
                first = max(0, round(from_s * self.rate))
                last = max(first, round(until_s * self.rate))
                file.seek(HEADER + 2 * first)
                data = file.read(2 * (last - first))
        except OSError as error:
            raise AudioError(f"{path} cannot be read", path=str(path)) from error
        self.from_s = first / self.rate
        self._samples: NDArray[np.int16] = np.frombuffer(data[: len(data) & ~1], dtype="<i2")

    @property
    def until_s(self) -> float:
        """Where the sound ends."""
        return self.from_s + len(self._samples) / self.rate

    def spans(self) -> list[tuple[float, Iterator[bytes]]]:
        """Return the parts that hold sound: the second each begins, and its pieces of 16-bit mono."""
        found = gate.sounding(gate.levels(self._samples, self.rate)) if len(self._samples) else []
        return [(self.from_s + start_s, self._pcm(start_s, end_s)) for start_s, end_s in found]

    def _pcm(self, start_s: float, end_s: float) -> Iterator[bytes]:
        samples = self._samples[round(start_s * self.rate) : round(end_s * self.rate)]
        step = round(CHUNK_S * self.rate)
        for at in range(0, len(samples), step):
            yield samples[at : at + step].tobytes()


def sound_s(path: Path) -> float:
    """Return how many seconds of sound a file holds by now; 0 while there is none that can be read."""
    try:
        with path.open("rb") as file:
            rate = _rate(file.read(HEADER), path)
            return max(0, file.seek(0, 2) - HEADER) // 2 / rate
    except (OSError, AudioError):
        return 0.0


def _rate(header: bytes, path: Path) -> int:
    """Return the samples a second that the header of a recording in progress tells."""
    if len(header) == HEADER and (header[:4], header[8:16], header[36:40]) == (b"RIFF", b"WAVEfmt ", b"data"):
        size, kind, channels, rate, _, _, bits = struct.unpack("<IHHIIHH", header[16:36])
        if (size, kind, channels) == _PCM_16_MONO and bits == 16 and 8000 <= rate <= 192_000:
            return rate
    raise AudioError(f"{path} is no mono 16-bit WAV file (yet)", path=str(path))
