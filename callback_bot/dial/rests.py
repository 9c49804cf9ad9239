"""A trunk that fails again and again rests, ever longer, and comes back by a single call. Pure.

Without it a line that is down would make the robot begin attempts that nobody hears, as fast as they fail.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Outcome

FAILURES = 3
"""So many failures of the line in a row, whatever was dialled, and the trunk rests."""
FIRST_S, LONGEST_S = 10.0, 300.0
_OURS = frozenset({Outcome.LINE_FAILED, Outcome.NEVER_BEGUN})
_UNTOLD = frozenset({Outcome.UNKNOWN})
"""Says nothing of the line."""


@dataclass
class _Trunk:
    failures: int = 0
    rest_s: float = 0.0
    until: float = 0.0


class Rests:
    """The trunks that rest; ``now`` is a clock's seconds that never go back."""

    def __init__(self) -> None:
        self._trunks: dict[str, _Trunk] = {}

    def ended(self, trunk: str, outcome: Outcome, now: float) -> bool:
        """Take note of an attempt's end; tells whether the trunk begins to rest by it."""
        if outcome in _UNTOLD:
            return False
        if outcome not in _OURS:
            self._trunks.pop(trunk, None)
            return False
        known = self._trunks.setdefault(trunk, _Trunk())
        known.failures += 1
        if known.failures < FAILURES or now < known.until:
            return False
        known.rest_s = min(max(2 * known.rest_s, FIRST_S), LONGEST_S)
        known.until = now + known.rest_s
        return True

    def most(self, trunk: str, now: float) -> int | None:
        """Return how many attempts a trunk may have at a time: none at rest, one after it, else no limit."""
        known = self._trunks.get(trunk)
        if known is None or known.failures < FAILURES:
            return None
        return 0 if now < known.until else 1

    def limits(self, now: float) -> dict[str, int]:
        """Return ``most`` of each trunk that has one."""
        return {trunk: most for trunk in self._trunks if (most := self.most(trunk, now)) is not None}
