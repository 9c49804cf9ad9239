"""Recordings for tests, as the switch leaves them: complete, or cut short by a crash."""

from __future__ import annotations

import os
import struct
import wave
from pathlib import Path


def write_wav(path: Path, *, seconds: float, rate: int = 8000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(os.urandom(2 * round(seconds * rate)))


def cut_wav(path: Path, *, seconds: float, odd_bytes: int = 0) -> None:
    """A file that was never closed: its header says that there is no sound."""
    write_wav(path, seconds=seconds)
    data = bytearray(path.read_bytes())
    data[4:8], data[40:44] = struct.pack("<I", 36), struct.pack("<I", 0)
    path.write_bytes(bytes(data) + b"\x01" * odd_bytes)
