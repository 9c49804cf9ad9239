"""Whether the machine has time to spare: work that can wait does so while the switch needs the processors."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

FULL = 0.5
"""So much of the processors' time, spent at normal priority, and the machine counts as full, as a rule."""
WINDOW_S = 1.0
AT_LEAST_EVERY_S = 2.0
"""One piece of waiting work is let through so often, however full the machine is."""


class Times(NamedTuple):
    """Processor time of the whole machine since its start, in any unit: at normal priority, and all of it."""

    busy: int
    total: int


def read_times(file: Path = Path("/proc/stat")) -> Times | None:
    """Return the machine's times; None where the kernel does not tell them.

    Lowered processes (``nice``) count as idle: the service's own work must not keep itself waiting.
    """
    try:
        with file.open("rb") as stream:
            user, nice, system, idle, waiting, *rest = map(int, stream.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    busy = user + system + sum(rest)
    return Times(busy, busy + nice + idle + waiting)


class Spare:
    """Tells whoever has work that can wait whether to begin a piece of it; ``for_work`` is for each apart."""

    def __init__(
        self,
        times: Callable[[], Times | None] = read_times,
        clock: Callable[[], float] = time.monotonic,
        *,
        full: float = FULL,
    ) -> None:
        self._times = times
        self._clock = clock
        self._full = full
        self._last = times()
        self._looked_at = clock()
        self._is_full = False

    def is_full(self) -> bool:
        """Tell whether the processors were mostly busy at normal priority when last looked at."""
        now = self._clock()
        if now - self._looked_at >= WINDOW_S:
            last, self._last, self._looked_at = self._last, self._times(), now
            if last is None or self._last is None:
                self._is_full = False
            elif (total := self._last.total - last.total) > 0:
                self._is_full = (self._last.busy - last.busy) / total > self._full
        return self._is_full

    def for_work(self, at_least_every_s: float = AT_LEAST_EVERY_S) -> Callable[[], bool]:
        """Return what a worker asks before each piece of its work."""
        let_through = float("-inf")

        def may_begin() -> bool:
            nonlocal let_through
            now = self._clock()
            if self.is_full() and now - let_through < at_least_every_s:
                return False
            let_through = now
            return True

        return may_begin
