"""How the citizen speaks beside what he says: loudness, speed, talking over the agent (LN 6.1.2 a, GB 7.1).

Pure. Each is compared with the citizen's own first seconds, so that a loud line or a fast dialect is no
excitement by itself.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from ...asr.transcripts import Utterance

BASELINE_S = 8.0
"""So many seconds of the citizen's own speech are what he is compared with."""
LOUDER_DB, FASTER, FASTEST_CPS = 6.0, 1.3, 5.5
OVERLAPS, WINDOW_S, OVERLAP_S = 3, 60.0, 0.4
SPOKEN_DB = -50.0
"""Below this a frame is no speech (full scale is 0 dB)."""
LEVEL_S = 0.5
_RATE = 8000
_PIECE = 1600
_SHORTEST_CHARS = 4


@dataclass(frozen=True)
class Level:
    """The loudness of half a second that held speech: decibels of full scale, and above the own beginning."""

    at_us: int
    db: float
    above_db: float


class LoudnessMeter:
    """Measures one leg's loudness from its frames (16-bit little-endian mono, 8 kHz); bounded, no I/O.

    It looks at a tenth of a second at a time, so that a frame costs next to nothing.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._pending_us = 0
        self._sum, self._count, self._begun_us = 0.0, 0, 0
        self._base_sum, self._base_count = 0.0, 0

    def feed(self, pcm: bytes, at_us: int) -> Level | None:
        """Take a frame spoken at ``at_us``; a level when half a second of speech is full."""
        if not self._pending:
            self._pending_us = at_us
        self._pending += pcm
        if len(self._pending) < _PIECE:
            return None
        samples = np.frombuffer(bytes(self._pending[:_PIECE]), dtype="<i2").astype(np.float64)
        self._pending.clear()
        power = float(np.mean(samples * samples)) / 32768.0**2
        return None if _db(power) < SPOKEN_DB else self._add(power * samples.size, samples.size)

    def _add(self, energy: float, count: int) -> Level | None:
        if not self._count:
            self._begun_us = self._pending_us
        self._sum += energy
        self._count += count
        if self._base_count < BASELINE_S * _RATE:
            self._base_sum += energy
            self._base_count += count
        if self._count < LEVEL_S * _RATE:
            return None
        db = _db(self._sum / self._count)
        above = db - _db(self._base_sum / self._base_count)
        self._sum, self._count = 0.0, 0
        return Level(self._begun_us, round(db, 1), round(above, 1))


def _db(power: float) -> float:
    return 10.0 * float(np.log10(max(power, 1e-12)))


@dataclass(frozen=True)
class Manner:
    """How the citizen speaks now; each flag against his own beginning."""

    louder: bool
    faster: bool
    overlaps: bool
    chars_per_s: float

    @property
    def words(self) -> tuple[str, ...]:
        """What the agent's screen says of it."""
        said = ((self.louder, "音量升高"), (self.faster, "语速加快"), (self.overlaps, "多次打断"))
        return tuple(text for flag, text in said if flag)


class ManneredSpeech:
    """Follows speed, overlap and loudness of a call's citizen, utterance by utterance."""

    def __init__(self) -> None:
        self._base_chars, self._base_s, self._speed = 0, 0.0, 0.0
        self._agent_end_s = 0.0
        self._overlaps: deque[float] = deque(maxlen=20)
        self._loud: deque[float] = deque(maxlen=4)

    def add(self, utterance: Utterance) -> None:
        """Take the next utterance of any speaker."""
        if utterance.speaker == "agent":
            self._agent_end_s = max(self._agent_end_s, utterance.end_s)
        elif utterance.speaker == "citizen":
            if self._agent_end_s - utterance.start_s > OVERLAP_S:
                self._overlaps.append(utterance.start_s)
            self._count(utterance)

    def level(self, level: Level) -> None:
        """Take a level of the citizen's leg."""
        self._loud.append(level.above_db)

    def now(self, at_s: float) -> Manner:
        """Return the manner at a second of the call."""
        recent = sum(at_s - start <= WINDOW_S for start in self._overlaps)
        base = self._base_chars / self._base_s if self._base_s else 0.0
        full = self._base_s >= BASELINE_S / 2
        loud = len(self._loud) == self._loud.maxlen and sorted(self._loud)[1] >= LOUDER_DB
        return Manner(
            louder=loud,
            faster=full and self._speed >= max(FASTER * base, FASTEST_CPS),
            overlaps=recent >= OVERLAPS,
            chars_per_s=round(self._speed, 1),
        )

    def _count(self, utterance: Utterance) -> None:
        chars = sum(char.isalnum() for char in utterance.text)
        seconds = _spoken_s(utterance)
        if chars < _SHORTEST_CHARS or seconds <= 0:
            return
        if self._base_s < BASELINE_S:
            self._base_chars += chars
            self._base_s += seconds
        self._speed = chars / seconds


def _spoken_s(utterance: Utterance) -> float:
    """Return how long the words took, without the pauses between them when they have times."""
    if utterance.words:
        return sum(word.end_s - word.start_s for word in utterance.words)
    return utterance.end_s - utterance.start_s
