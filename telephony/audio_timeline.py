"""When each frame of a leg was spoken, and what of it was lost; how much of it may come at a time. Pure.

The switch tells no times. A frame was spoken when it came, less its length; frames that come together were
spoken one after the other. So a service that was kept waiting still puts them where they belong, and a hole
is seen as one. Times are microseconds since 1970 by the service's clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from .audio_ports import FRAME_US

HOLE_US = 520_000
"""So much later than it should be, a frame has a hole before it; less may be late, as the switch keeps half a
second for a listener that it could not serve in time."""
IDLE_US, MARGIN_US = 600_000, 60_000
"""After so long without a frame the hole is told as it grows; the last bit may still be on its way."""
EARLY_US = 200_000
"""A frame so much ahead of its time is from a moment that was already told as lost."""


@dataclass(frozen=True)
class Hole:
    """So much sound from ``at_us`` on is lost."""

    at_us: int
    lost_us: int


class Timeline:
    """One leg's sound in time, over all its streams."""

    def __init__(self) -> None:
        self.next_us: int | None = None
        """Where the next frame belongs; None before the first one."""

    def place(self, count: int, now_us: int) -> tuple[Hole | None, int, int]:
        """Place frames that came together: what was lost before them, how many to leave out, their begin."""
        begin = now_us - count * FRAME_US
        if self.next_us is None:
            self.next_us = begin
        behind = begin - self.next_us
        hole, left_out = None, 0
        if behind > HOLE_US:
            hole = Hole(self.next_us, behind)
            self.next_us = begin
        elif behind < -EARLY_US:
            left_out = min(count, -behind // FRAME_US)
        at_us = self.next_us
        self.next_us += (count - left_out) * FRAME_US
        return hole, left_out, at_us

    def idle(self, now_us: int) -> Hole | None:
        """Return what is lost by now while nothing comes."""
        if self.next_us is None or now_us - self.next_us < IDLE_US:
            return None
        hole = Hole(self.next_us, now_us - MARGIN_US - self.next_us)
        self.next_us = now_us - MARGIN_US
        return hole


FRAMES_PER_S = 60.0
"""A stream gives 50; a little more is allowed, so that a delayed one may catch up."""
BURST = 150.0
"""3 s of frames at a time: more is stale, or a flood."""


class Allowance:
    """How much one stream may send. Seconds of any clock."""

    def __init__(self, now: float) -> None:
        self._left, self._at = BURST, now

    def take(self, frames: int, now: float) -> bool:
        """Tell whether so many frames may come now."""
        self._left = min(BURST, self._left + (now - self._at) * FRAMES_PER_S) - frames
        self._at = now
        return self._left >= 0
