"""What live audio gives and needs: a leg to be heard, and where its sound goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

RATE = 8000
"""Samples a second."""
FRAME_BYTES = 320
"""20 ms of 16-bit little-endian mono."""
FRAME_US = 20_000

Speaker = Literal["citizen", "agent", "third"]


@dataclass(frozen=True)
class LegOfCall:
    """One leg to be heard. ``leg`` is the Uniqueid of its channel, ``channel`` that channel's name.

    ``agent`` is the agent's number, empty for citizens and third lines.
    """

    call: str
    leg: str
    channel: str
    speaker: Speaker
    agent: str


class LegSink(Protocol):
    """What takes one leg's sound. Its methods return at once; they are called in the event loop."""

    def feed(self, pcm: bytes, at_us: int) -> None:
        """Take 20 ms (``FRAME_BYTES``); ``at_us`` is when its first sample was spoken (service's clock)."""
        ...

    def lost(self, seconds: float, at_us: int) -> None:
        """Take note that so much sound from ``at_us`` on never comes: a stream anew, frames dropped, hold."""
        ...

    def end(self) -> None:
        """Take note that nothing more comes of this leg. Called once."""
        ...


OpenSink = Callable[[LegOfCall], LegSink | None]
"""Returns where a leg's sound goes; None: not admitted now (asked again later, at most every 5 s)."""
