"""How often somebody may ask: buckets that fill with time, in memory, of bounded number. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MOST_KEYS = 10_000


class Rates:
    """Gives ``burst`` tokens to each key, and ``per_s`` more each second up to that."""

    def __init__(self, *, per_s: float, burst: float, monotonic: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._monotonic = monotonic
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Return for how many seconds nothing may be taken; 0 when something may."""
        missing = 1.0 - self._now(key)
        return 0.0 if missing <= 0 else missing / self._per_s

    def take(self, key: str) -> float:
        """Take one when it may be taken; return what ``wait_s`` did before."""
        left = self._now(key)
        if left < 1.0:
            return (1.0 - left) / self._per_s
        self._left[key] = (left - 1.0, self._monotonic())
        self._left.move_to_end(key)
        while len(self._left) > MOST_KEYS:
            self._left.popitem(last=False)
        return 0.0

    def _now(self, key: str) -> float:
        left, at = self._left.get(key, (self._burst, 0.0))
        return min(self._burst, left + (self._monotonic() - at) * self._per_s)
