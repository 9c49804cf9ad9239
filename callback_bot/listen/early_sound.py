"""What sounds on a line before anybody answers (announcements, tones, music), kept as a recording (R-CB-3).

The switch records from the answer on; before it only who listens hears anything. A line that merely rings in
silence leaves nothing.
"""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

from ...asr.gate import FRAME_S, levels
from ...ivr.files import write_whole
from ...telephony.audio_ports import FRAME_BYTES, RATE

LOUD = 150.0
"""Root mean square from which a piece of sound is more than a line's noise, of 32,768."""
LEAST_S, MOST_S = 0.5, 120.0
"""So much loud sound is worth keeping; no telephone rings longer than the other."""


class EarlySound:
    """Takes 16-bit sound at 8 kHz until ``answered``; used by one thread at a time."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._loud = 0
        self._open = True

    def take(self, pcm: bytes) -> None:
        """Take what came in."""
        if not self._open or len(self._pcm) >= 2 * RATE * MOST_S:
            return
        self._pcm += pcm
        whole = np.frombuffer(pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES], "<i2")
        self._loud += int(np.count_nonzero(levels(whole, RATE) >= LOUD))

    def answered(self) -> None:
        """Forget everything: from now on the switch records."""
        self._open = False
        self._pcm.clear()
        self._loud = 0

    @property
    def is_worth_keeping(self) -> bool:
        """Whether anything sounded."""
        return self._loud * FRAME_S >= LEAST_S

    def wav(self) -> bytes:
        """Return the sound as a file."""
        made = io.BytesIO()
        with wave.open(made, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(bytes(self._pcm))
        return made.getvalue()


def write(folder: Path, base: str, sound: EarlySound) -> None:
    """Write ``<base>-early.wav`` under the recordings; raises ``OSError``. Blocking."""
    path = folder / f"{base}-early.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, sound.wav(), mode=0o640)
