"""connect_rate_24h at every moment of a period, and its least value with the moment it was first reached.

The rate is a step function of time: a call enters at t1 and leaves at t1 + 24 h. It is kept in slices of a
quarter of an hour; each knows its calls in order and remembers its own minimum, so that reading a period
again costs one look at each slice, whatever number of calls is stored.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .definitions import DAY_US

SLICE_US = 15 * 60 * 1_000_000
_DAY = DAY_US // SLICE_US


class Lowest(NamedTuple):
    """The least rate of a period: ``numerator`` ÷ ``denominator`` at ``at_us``."""

    numerator: int
    denominator: int
    at_us: int

    def is_below(self, other: Lowest | None) -> bool:
        """Tell whether this is the lesser rate, exactly; of equal ones the earlier."""
        if other is None:
            return True
        mine, others = self.numerator * other.denominator, other.numerator * self.denominator
        return mine < others or (mine == others and self.at_us < other.at_us)


@dataclass(slots=True)
class _Slice:
    """Calls with t1 in one quarter: ``2·t1 + connected``, sorted."""

    keys: list[int] = field(default_factory=list[int])
    connected: int = 0
    version: int = 0
    remembered: tuple[tuple[int, int, int, int], Lowest | None] | None = None


class RatePath:
    """The decided calls of one scope by t1."""

    def __init__(self) -> None:
        self._slices: dict[int, _Slice] = {}
        self._version = 0

    def add(self, t1_us: int, *, connected: bool) -> None:
        """Add a decided call."""
        found = self._slices.get(t1_us // SLICE_US)
        if found is None:
            found = self._slices[t1_us // SLICE_US] = _Slice()
        insort(found.keys, 2 * t1_us + connected)
        found.connected += connected
        self._touch(found)

    def remove(self, t1_us: int, *, connected: bool) -> None:
        """Remove a call that was added exactly like this; raises ``ValueError`` when it is not there."""
        found = self._slices.get(t1_us // SLICE_US)
        key = 2 * t1_us + connected
        at = -1 if found is None else bisect_left(found.keys, key)
        if found is None or at >= len(found.keys) or found.keys[at] != key:
            raise ValueError("no such call")
        del found.keys[at]
        found.connected -= connected
        self._touch(found)

    def forget(self, before_us: int) -> None:
        """Let go of the slices that end before a moment."""
        for number in [number for number in self._slices if (number + 1) * SLICE_US <= before_us]:
            del self._slices[number]

    def end_rates(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Give (connected, decided) of the 24 h that end with the last microsecond of each slice."""
        connected, decided = self._before(first)
        for number in range(first, last + 1):
            for one, sign in ((self._slices.get(number), 1), (self._slices.get(number - _DAY), -1)):
                if one is not None:
                    connected += sign * one.connected
                    decided += sign * len(one.keys)
            yield connected, decided

    def lowest(self, since_us: int, last_us: int) -> Lowest | None:
        """Return the least rate at any moment from ``since_us`` to ``last_us``, both inside.

        Calls from 24 h before must be in the path. None when at no moment a decided call lay in the 24 h.
        """
        if last_us < since_us:
            return None
        first = since_us // SLICE_US
        connected, decided = self._before(first)
        best: Lowest | None = None
        for number in range(first, last_us // SLICE_US + 1):
            coming, going = self._slices.get(number), self._slices.get(number - _DAY)
            begin = number * SLICE_US
            low, high = max(begin, since_us), min(begin + SLICE_US - 1, last_us)
            found = self._lowest_in(number, connected, decided, low, high)
            if found is not None and found.is_below(best):
                best = found
            if coming is not None:
                connected += coming.connected
                decided += len(coming.keys)
            if going is not None:
                connected -= going.connected
                decided -= len(going.keys)
        return best

    def _touch(self, found: _Slice) -> None:
        self._version += 1
        found.version = self._version

    def _before(self, number: int) -> tuple[int, int]:
        """Return (connected, decided) of the 24 h that end just before a slice begins."""
        found = [one for n in range(number - _DAY, number) if (one := self._slices.get(n)) is not None]
        return sum(one.connected for one in found), sum(len(one.keys) for one in found)

    def _lowest_in(self, number: int, connected: int, decided: int, low: int, high: int) -> Lowest | None:
        coming, going = self._slices.get(number), self._slices.get(number - _DAY)
        if coming is None and going is None:
            return Lowest(connected, decided, low) if decided else None
        whole = high - low == SLICE_US - 1
        if not whole or coming is None:
            return _sweep(coming, going, (connected, decided), low, high)
        key = (connected, decided, coming.version, going.version if going is not None else 0)
        if coming.remembered is None or coming.remembered[0] != key:
            coming.remembered = key, _sweep(coming, going, (connected, decided), low, high)
        return coming.remembered[1]


def _sweep(
    coming: _Slice | None, going: _Slice | None, before: tuple[int, int], low: int, high: int
) -> Lowest | None:
    """Go through the moments at which calls enter or leave; what happens at one moment happens at once."""
    changes = [(key >> 1, key & 1, 1) for key in coming.keys] if coming is not None else []
    if going is not None:
        changes += [((key >> 1) + DAY_US, -(key & 1), -1) for key in going.keys]
        changes.sort()
    best: Lowest | None = None
    connected, decided = before
    at = low
    for moment, connected_change, decided_change in changes:
        if moment > high:
            break
        if moment > at:
            if decided and (found := Lowest(connected, decided, at)).is_below(best):
                best = found
            at = moment
        connected += connected_change
        decided += decided_change
    if decided and (found := Lowest(connected, decided, at)).is_below(best):
        best = found
    return best
