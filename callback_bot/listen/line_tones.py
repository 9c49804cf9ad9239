"""What a line sounds like, frame by frame: tones with their length, speech, silence, steady music. Pure.

Takes 20 ms of 8 kHz 16-bit sound at a time. Two frames are looked at together, which tells tones 25 Hz apart.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

RATE, FRAME_MS = 8000, 20
FRAME_BYTES = 320
_SIZE, _PADDED = 320, 1024
_BIN_HZ = RATE / _PADDED
_LOBE = 9
"""Half the width, in bins, of what one tone fills after the window."""
_PURE, _PURE_PAIR = 0.85, 0.88
"""The share of the energy that one tone, or two, must have."""
QUIET = 60.0
"""Root mean square (of 32768) under which a frame is silence: -55 dB."""
_ABOVE_NOISE = 3.0
CALL_HZ = (395.0, 490.0)
"""Call progress tones: China's 450 Hz, and its neighbours of other countries and of house exchanges."""
SAME_HZ = 12.0
"""A tone's frequency is within so much of its last frame's."""
LEAST_MS = 100
"""A shorter tone is none: vowels are pure for a moment."""
BLIP_MS = 40
"""A gap so short does not end a tone."""

Samples = npt.NDArray[np.float32]
_WINDOW = np.hanning(_SIZE).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Tone:
    """One tone that has ended, or goes on (``is_open``); two frequencies are told by the lower one."""

    hertz: float
    start_ms: int
    end_ms: int
    is_open: bool = False
    pair: float = 0.0
    """The other frequency of two, else 0."""

    @property
    def ms(self) -> int:
        """How long it lasts."""
        return self.end_ms - self.start_ms


class LineSound:
    """Follows the sound of one line; ``feed`` takes 20 ms, the attributes tell what is known then."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.tones: deque[Tone] = deque(maxlen=24)
        """Those that ended, oldest first."""
        self.speech_ms = 0
        """Sound without tones, in all."""
        self.burst_ms = 0
        """Sound without tones since the last silence of 600 ms."""
        self.silence_ms = 0
        """Silence since the last sound."""
        self.quiet_ms = 0
        """Time since the last frame of sound that is no tone."""
        self._before: Samples = np.zeros(_SIZE // 2, dtype=np.float32)
        self._open: Tone | None = None
        self._gap_ms = 0
        self._noise = QUIET / _ABOVE_NOISE
        self._recent: deque[tuple[bool, bool]] = deque(maxlen=250)
        self._peak = 0.0

    @property
    def open_tone(self) -> Tone | None:
        """The tone that goes on, once it is one."""
        tone = self._open
        return tone if tone is not None and tone.ms >= LEAST_MS else None

    @property
    def is_music(self) -> bool:
        """Whether the last 5 s were sound almost without a pause, much of it at steady pitches."""
        if len(self._recent) < 250:
            return False
        loud = sum(one for one, _ in self._recent)
        return loud > 225 and sum(steady for _, steady in self._recent) > 0.45 * loud

    def feed(self, frame: bytes) -> None:
        """Take the next 20 ms."""
        samples = np.frombuffer(frame[: min(FRAME_BYTES, len(frame) & ~1)], dtype="<i2").astype(np.float32)
        if len(samples) < _SIZE // 2:
            samples = np.pad(samples, (0, _SIZE // 2 - len(samples)))
        self.now_ms += FRAME_MS
        level = float(np.sqrt(np.mean(np.square(samples))))
        is_loud = level > max(QUIET, _ABOVE_NOISE * self._noise)
        self._noise = level if level < self._noise else min(self._noise * 1.004, 400.0)
        found, steady = None, False
        if level > QUIET:
            found, steady = self._look(np.concatenate([self._before, samples]))
        self._before = samples
        self._recent.append((is_loud, steady))
        self._follow(found)
        self._count(is_loud or found is not None, found is not None)

    def _look(self, samples: Samples) -> tuple[tuple[float, float] | None, bool]:
        """Return the frequencies of a frame of one tone or two, and whether its peak is the last one's."""
        spectrum: Any = np.fft.rfft(samples * _WINDOW, _PADDED)
        power = np.square(np.abs(spectrum))
        whole = float(power.sum())
        first = int(power.argmax())
        peak = first * _BIN_HZ
        steady = abs(peak - self._peak) < max(SAME_HZ, 0.02 * peak)
        self._peak = peak
        share = float(power[max(0, first - _LOBE) : first + _LOBE + 1].sum()) / whole
        if share > _PURE:
            return (_centre(power, first), 0.0), steady
        rest = power.copy()
        rest[max(0, first - _LOBE) : first + _LOBE + 1] = 0.0
        second = int(rest.argmax())
        both = share + float(rest[max(0, second - _LOBE) : second + _LOBE + 1].sum()) / whole
        if both > _PURE_PAIR and both - share > 0.1:
            one, other = sorted((_centre(power, first), _centre(power, second)))
            return (one, other), steady
        return None, steady

    def _follow(self, found: tuple[float, float] | None) -> None:
        tone = self._open
        if tone is not None and found is not None and _same(tone, found):
            self._open = Tone(tone.hertz, tone.start_ms, self.now_ms, True, tone.pair)
            self._gap_ms = 0
            return
        self._gap_ms += FRAME_MS
        if tone is not None and (found is not None or self._gap_ms > BLIP_MS):
            if tone.ms >= LEAST_MS:
                self.tones.append(Tone(tone.hertz, tone.start_ms, tone.end_ms, False, tone.pair))
            self._open = None
        if self._open is None and found is not None:
            self._open = Tone(found[0], self.now_ms - FRAME_MS, self.now_ms, True, found[1])
            self._gap_ms = 0

    def _count(self, is_loud: bool, is_tone: bool) -> None:
        if not is_loud:
            self.silence_ms += FRAME_MS
            self.quiet_ms += FRAME_MS
            if self.silence_ms >= 600:
                self.burst_ms = 0
            return
        self.silence_ms = 0
        if is_tone and (self._open is not None and self._open.ms >= LEAST_MS):
            self.quiet_ms += FRAME_MS
            return
        self.quiet_ms = 0
        self.speech_ms += FRAME_MS
        self.burst_ms += FRAME_MS


def _same(tone: Tone, found: tuple[float, float]) -> bool:
    if all(CALL_HZ[0] <= hertz <= CALL_HZ[1] for hertz in (tone.hertz, found[0])):
        return True  # two call tones at once (440 and 480 Hz abroad) beat and look like one that wanders
    return abs(tone.hertz - found[0]) <= SAME_HZ and abs(tone.pair - found[1]) <= SAME_HZ


def _centre(power: npt.NDArray[np.float32], peak: int) -> float:
    """Return the frequency between bins, by a parabola through the peak."""
    if not 0 < peak < len(power) - 1:
        return peak * _BIN_HZ
    low, top, high = (float(np.log(power[at] + 1e-9)) for at in (peak - 1, peak, peak + 1))
    bend = low - 2 * top + high
    return (peak + (0.5 * (low - high) / bend if bend else 0.0)) * _BIN_HZ
