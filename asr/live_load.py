"""How much live speech has to do, and trouble that is told once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import structlog

from .live_admission import Load

log = structlog.get_logger(__name__)

_EVERY_S = 0.25
_WINDOW_S = 3.0
_QUIET_AFTER_S = 60.0
"""Trouble that has been over for so long is news again when it comes back."""


class LoadMeter:
    """Measures the load over the last seconds; ``busy_s`` is the threads' time in work since their start."""

    def __init__(
        self,
        threads: int,
        busy_s: Callable[[], float],
        machine_full: Callable[[], bool],
        monotonic: Callable[[], float],
    ) -> None:
        self._threads = threads
        self._busy_s = busy_s
        self._machine_full = machine_full
        self._monotonic = monotonic
        self._looks: deque[tuple[float, float]] = deque()

    def load(self, held_s: Callable[[], Sequence[float]]) -> Load:
        """Return the load; ``held_s`` gives the seconds of sound that wait, of each leg that is heard."""
        now = self._monotonic()
        if not self._looks or now - self._looks[-1][0] >= _EVERY_S:
            self._looks.append((now, self._busy_s()))
            while len(self._looks) > 2 and now - self._looks[0][0] > _WINDOW_S:
                self._looks.popleft()
        (first, before), (last, after) = self._looks[0], self._looks[-1]
        share = (after - before) / (last - first) / self._threads if last > first else 0.0
        held = held_s()
        behind_s = sum(held) / len(held) if held else 0.0
        return Load(min(max(share, 0.0), 1.0), behind_s, self._machine_full())


class Once:
    """Logs trouble of a kind when it begins, not each time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._said_at: dict[str, float] = {}

    def warn(self, message: str, error: BaseException | None = None, **fields: object) -> None:
        """Log a constant message, unless it was last said less than a minute ago (saying it counts)."""
        now = self._monotonic()
        before = self._said_at.get(message, float("-inf"))
        self._said_at[message] = now
        if now - before > _QUIET_AFTER_S:
            if error is not None:
                fields["reason"] = f"{type(error).__name__}: {error}"
            log.warning(message, **fields)
