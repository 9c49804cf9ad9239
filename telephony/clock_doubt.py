"""Tells when the wall clock may be wrong: what is old by it must not be removed then.

A clock that jumped ahead makes every file look old; what was removed does not come back when it is set right.
"""

from __future__ import annotations

JUMP_S = 60.0
"""So far the wall clock may move against the steady one between two looks."""
AWAY_S = 24 * 3600.0
"""So far the first look may be from what was last written down; a machine that was off long is away too."""
HOLD_S = 24 * 3600.0
"""A doubt lasts so long by the steady clock: time to set the clock right."""


class ClockDoubt:
    """Looks at the wall clock again and again; pure, all times are seconds."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None
        self._until_s: float | None = None

    def look(self, wall_s: float, steady_s: float, written_s: float | None) -> bool:
        """Return whether the wall clock is in doubt.

        ``written_s`` is the newest moment that an earlier process wrote down, None when there is none.
        """
        if self._last is not None:
            moved = wall_s - self._last[0] - (steady_s - self._last[1])
            jumped = abs(moved) > JUMP_S
        else:
            jumped = written_s is not None and abs(wall_s - written_s) > AWAY_S
        self._last = (wall_s, steady_s)
        if jumped:
            self._until_s = steady_s + HOLD_S
        return self._until_s is not None and steady_s < self._until_s
