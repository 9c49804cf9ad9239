"""Makes the sounds that are no speech: the music on hold and the beeps, computed, from no recording.

All are 8 kHz, 16 bit, mono WAV, the form that Asterisk plays to a telephone without converting.
"""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

RATE = 8000
"""Samples a second of every sound of the switch."""

# A pentatonic air in D: (note in half-tones above D4, beats). No note clashes with another.
_AIR = (
    (0, 2), (4, 1), (7, 1), (9, 2), (7, 2), (4, 1), (2, 1), (4, 2), (0, 4),
    (7, 2), (9, 1), (12, 1), (9, 2), (7, 2), (4, 1), (7, 1), (2, 2), (0, 4),
)  # fmt: skip
_BEAT_S = 0.55
_D4_HZ = 293.66
_PARTIALS = ((1.0, 0.70), (2.0, 0.20), (3.0, 0.08))
"""Frequency and loudness of each overtone, relative to the note."""

_SILENCE = b"\xd5" * 480
"""60 ms of A-law. A leg that has played it translates anew what it is sent from then on (docs/adr/0023)."""


def write_tones(moh: Path, sounds: Path) -> list[Path]:
    """Write what is missing of the music on hold and the beeps; return the files written."""
    wanted = {
        moh / "hotline.wav": melody,
        sounds / "beep.wav": lambda: tone(880.0, 0.25, loudness=0.4),
        sounds / "beeperr.wav": lambda: tone(400.0, 0.5, loudness=0.4),
        # While the robot listens it plays silence (callback_bot/survey/dialogue_steps.py).
        sounds / "silence.wav": lambda: tone(400.0, 0.5, loudness=0.0),
    }
    written: list[Path] = []
    for file, make in wanted.items():
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _write(file, make())
            written.append(file)
    fresh = sounds / "fresh.alaw"
    if not fresh.exists():
        fresh.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(_SILENCE)
        written.append(fresh)
    return written


def tone(hertz: float, seconds: float, *, loudness: float = 0.3) -> array[int]:
    """Return one sine tone with soft ends; ``loudness`` 1.0 is the greatest value of a sample."""
    count = int(seconds * RATE)
    edge = max(1, min(count // 2, RATE // 100))
    return array(
        "h",
        (
            int(
                32767 * loudness * min(1.0, i / edge, (count - i) / edge)
                * math.sin(2 * math.pi * hertz * i / RATE)
            )
            for i in range(count)
        ),
    )  # fmt: skip


def melody(*, loudness: float = 0.22) -> array[int]:
    """Return the music on hold, about 19 s: notes struck softly that ring on under the next ones."""
    import numpy as np  # noqa: PLC0415  # a tenth of a second, which only a node's first start needs

    total = int((sum(beats for _, beats in _AIR) * _BEAT_S + 1.5) * RATE)
    mixed = np.zeros(total)
    begin = 0
    for half_tones, beats in _AIR:
        hertz = _D4_HZ * 2 ** (half_tones / 12)
        i = np.arange(min(int((beats * _BEAT_S + 1.2) * RATE), total - begin))
        swell = np.minimum(1.0, i / 160) * np.exp(-2.2 * i / RATE)
        angle = 2 * math.pi * hertz * i / RATE
        mixed[begin : begin + len(i)] += swell * sum(share * np.sin(n * angle) for n, share in _PARTIALS)
        begin += int(beats * _BEAT_S * RATE)
    return array("h", (32767 * loudness * mixed / np.abs(mixed).max()).astype(np.int16).tobytes())


def _write(file: Path, samples: array[int]) -> None:
    temporary = file.with_name(f".{file.name}.new")
    with wave.open(str(temporary), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(RATE)
        stream.writeframes(samples.tobytes())
    temporary.replace(file)
