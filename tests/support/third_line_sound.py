"""The sound of many telephones at once: each plays a tone of its own, and tells which tones it hears when.

A frame is 20 ms of A-law. Tones are multiples of 50 Hz, so that every frame of a tone is the same and tells
all tones apart that are mixed in what is heard.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

FRAME, RATE = 160, 8000
FRAME_S = FRAME / RATE
CITIZENS, AGENTS, LINES = (600, 650, 700, 750), (1100, 1150, 1200, 1250), (2300, 2350, 2400, 2450)
"""Tones by role: neighbours differ, so that a mixed-up room is heard."""
TONES = (*CITIZENS, *AGENTS, *LINES)
_PLAYED, _HEARD, _SOUND = 7000.0, 2000.0, 100.0
"""The amplitude of a tone played, the least of one heard, and the mean amplitude of any sound."""


def _decoded() -> np.ndarray:
    values = np.zeros(256, dtype=np.float32)
    for code in range(256):
        bits = code ^ 0x55
        low, exponent = bits & 0x0F, (bits >> 4) & 0x07
        value = (low << 4) + 8 if exponent == 0 else ((low << 4) + 0x108) << (exponent - 1)
        values[code] = value if bits & 0x80 else -value
    return values


_DECODED = _decoded()
_ORDER = np.argsort(_DECODED)
_ANGLES = 2 * np.pi * np.outer(np.arange(FRAME), np.array(TONES)) / RATE
_PROBE = (np.concatenate([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1) * (2 / FRAME)).astype(np.float32)


def frame_of(hertz: int) -> bytes:
    """A frame of a tone as A-law."""
    wave = _PLAYED * np.sin(2 * np.pi * hertz * np.arange(FRAME) / RATE)
    near = np.searchsorted(_DECODED[_ORDER], wave).clip(0, 255)
    return _ORDER[near].astype(np.uint8).tobytes()


def tones_in(frame: bytes) -> tuple[frozenset[int], bool]:
    """Which tones are in a frame, and whether there is any sound in it."""
    samples = _DECODED[np.frombuffer(frame, dtype=np.uint8)]
    parts = samples @ _PROBE
    strength = np.hypot(parts[: len(TONES)], parts[len(TONES) :])
    found = frozenset(tone for tone, one in zip(TONES, strength, strict=True) if one > _HEARD)
    return found, bool(np.abs(samples).mean() > _SOUND)


class Look(NamedTuple):
    """What a telephone heard in a frame."""

    at: float
    tones: frozenset[int]
    is_sound: bool


@dataclass(eq=False)
class Sound(asyncio.DatagramProtocol):
    """One telephone's sound in one call. Every ``each``-th frame is looked at.

    Its RTP numbers begin behind ``first``.
    """

    hertz: int
    each: int = 5
    first: int = 0
    remote: tuple[str, int] | None = None
    heard: list[Look] = field(default_factory=list)
    on_look: Callable[[Look], None] | None = None
    frames: int = 0

    def __post_init__(self) -> None:
        self._frame = frame_of(self.hertz)
        self._sequence = 0
        self._transport: asyncio.DatagramTransport | None = None

    def set_tone(self, hertz: int) -> None:
        """Play another tone from now on."""
        self.hertz, self._frame = hertz, frame_of(hertz)

    @property
    def sent(self) -> int:
        """How many frames this telephone has really sent."""
        return self._sequence

    @property
    def played_s(self) -> float:
        """How long this telephone has really been sending."""
        return self._sequence * FRAME_S

    async def open(self) -> int:
        """Take a port; returns it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self._transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) != FRAME + 12 or data[1] & 0x7F != 8:
            return
        if self.remote is None:
            self.remote = addr
        self.frames += 1
        if self.frames % self.each == 0:
            look = Look(time.time(), *tones_in(data[12:]))
            self.heard.append(look)
            if self.on_look is not None:
                self.on_look(look)

    def play(self) -> None:
        """Send the next frame of the tone."""
        if self._transport is None or self._transport.is_closing():
            return
        if self.remote is not None:
            self._sequence += 1
            head = struct.pack(
                "!BBHII",
                0x80,
                8,
                (self.first + self._sequence) & 0xFFFF,
                self._sequence * FRAME & 0xFFFFFFFF,
                id(self) & 0xFFFFFFFF,
            )
            self._transport.sendto(head + self._frame, self.remote)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Band:
    """Plays all sounds in step."""

    def __init__(self) -> None:
        self.sounds: set[Sound] = set()
        self.late_s = 0.0
        """The longest time that this process was kept from playing."""

    async def run(self) -> None:
        due = time.monotonic()
        while True:
            due += FRAME_S
            await asyncio.sleep(max(due - time.monotonic(), 0))
            late = time.monotonic() - due
            self.late_s = max(self.late_s, late)
            if late > 0.1:
                due += late
            for sound in tuple(self.sounds):
                sound.play()


@asynccontextmanager
async def playing() -> AsyncGenerator[Band]:
    band = Band()
    task = asyncio.create_task(band.run())
    try:
        yield band
    finally:
        task.cancel()
        for sound in band.sounds:
            sound.close()
