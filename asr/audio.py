"""Sound files of any rate and width as pieces of 16-bit mono, without ever holding a whole file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from . import gate
from .errors import AudioError

LOWEST_RATE, HIGHEST_RATE = 8000, 192_000
CHUNK_S = 0.25
_BLOCK_S = 10
_HEADER_SIZE = 44


class Audio:
    """A readable sound file; ``channel`` arguments count from 0, None is the mean of all channels."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise AudioError(f"there is no file {path}", mend="check the path", path=str(path))
        self._raw: dict[str, Any] = {}
        self._header_frames = 0
        try:
            with soundfile.SoundFile(path) as file:
                self.rate = int(file.samplerate)
                self.channels = int(file.channels)
                self.frames = int(file.frames)
            if not self.frames:
                self._adopt_unfinished()
        except soundfile.SoundFileError as error:
            raise AudioError(
                f"{path} is not a sound file that can be read", mend="give a WAV or FLAC file", path=str(path)
            ) from error
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            raise AudioError(
                f"{path} has {self.rate} samples a second, outside {LOWEST_RATE} to {HIGHEST_RATE}",
                mend="convert it, e.g. with sox",
                path=str(path),
            )

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate

    def levels(self, channel: int | None = None) -> gate.Levels:
        """Return the level of each 20 ms, reading the file once in blocks."""
        block = round(self.rate * gate.FRAME_S) * round(_BLOCK_S / gate.FRAME_S)
        parts = [gate.levels(samples, self.rate) for samples in self._read(channel, 0, self.frames, block)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def pcm(self, channel: int | None, start_s: float, end_s: float) -> Iterator[bytes]:
        """Give the sound between two seconds as 16-bit little-endian chunks of ``CHUNK_S`` seconds."""
        first = min(self.frames, max(0, round(start_s * self.rate)))
        last = min(self.frames, round(end_s * self.rate))
        for samples in self._read(channel, first, last, round(CHUNK_S * self.rate)):
            yield samples.astype("<i2", copy=False).tobytes()

    def _read(self, channel: int | None, first: int, last: int, block: int) -> Iterator[NDArray[np.int16]]:
        try:
            with soundfile.SoundFile(self.path, **self._raw) as file:
                file.seek(self._header_frames + first)
                while first < last:
                    data: Any = file.read(min(block, last - first), dtype="int16", always_2d=True)
                    if not len(data):
                        return
                    first += len(data)
                    yield data.mean(axis=1).astype(np.int16) if channel is None else data[:, channel]
        except (soundfile.SoundFileError, OSError) as error:
            raise AudioError(f"{self.path} cannot be read to its end", path=str(self.path)) from error

    def _adopt_unfinished(self) -> None:
        """Read a WAV file by its real length when its writer was killed before it wrote the length."""
        with self.path.open("rb") as file:
            header = file.read(_HEADER_SIZE)
        size = self.path.stat().st_size - _HEADER_SIZE
        is_plain = header[:4] == b"RIFF" and header[8:16] == b"WAVEfmt " and header[36:40] == b"data"
        if is_plain and size > 1 and self.channels == 1 and header[34:36] == b"\x10\x00":
            self._raw = {"format": "RAW", "subtype": "PCM_16", "channels": 1, "samplerate": self.rate}
            self._header_frames = _HEADER_SIZE // 2
            self.frames = size // 2
