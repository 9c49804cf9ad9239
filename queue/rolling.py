"""Which calls enter and leave the last 24 h as time goes on, also when the clock is set back.

Calls are kept by t1 in slices of a quarter of an hour, each sorted, so that a step in time touches only
the calls that it moves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import NamedTuple

from .definitions import DAY_US
from .lowest_rate import SLICE_US


class Moved(NamedTuple):
    """The calls that a step in time brings into the 24 h and takes out of them."""

    entered: list[str]
    left: list[str]


class TimeIndex:
    """Ids of calls by t1."""

    def __init__(self) -> None:
        self._slices: dict[int, list[tuple[int, str]]] = {}

    def add(self, t1_us: int, call: str) -> None:
        """Add a call."""
        entries = self._slices.get(t1_us // SLICE_US)
        if entries is None:
            self._slices[t1_us // SLICE_US] = [(t1_us, call)]
        else:
            insort(entries, (t1_us, call))

    def remove(self, t1_us: int, call: str) -> None:
        """Remove a call that was added with this t1."""
        entries = self._slices[t1_us // SLICE_US]
        del entries[bisect_left(entries, (t1_us, call))]
        if not entries:
            del self._slices[t1_us // SLICE_US]

    def between(self, after_us: int, until_us: int) -> Iterator[str]:
        """Give the calls with t1 in (after, until], in order."""
        first, last = after_us // SLICE_US, until_us // SLICE_US
        numbers: Iterator[int] | list[int] = iter(range(first, last + 1))
        if last - first > len(self._slices):
            numbers = sorted(number for number in self._slices if first <= number <= last)
        for number in numbers:
            entries = self._slices.get(number)
            if entries:
                begin = bisect_right(entries, after_us, key=_t1) if number == first else 0
                end = bisect_right(entries, until_us, key=_t1) if number == last else len(entries)
                for entry in entries[begin:end]:
                    yield entry[1]

    def before(self, moment_us: int) -> list[str]:
        """Return the calls with t1 before a moment."""
        found: list[str] = []
        for number in [number for number in self._slices if number <= moment_us // SLICE_US]:
            found += [call for t1_us, call in self._slices[number] if t1_us < moment_us]
        return found


class RollingDay:
    """The window (now - 24 h, now] over a ``TimeIndex``."""

    def __init__(self, index: TimeIndex) -> None:
        self._index = index
        self.now_us: int | None = None

    def holds(self, t1_us: int) -> bool:
        """Tell whether a call with this t1 is in the window as it stands."""
        return self.now_us is not None and self.now_us - DAY_US < t1_us <= self.now_us

    def move(self, now_us: int) -> Moved:
        """Set the window's end; return what enters and leaves by it."""
        before, self.now_us = self.now_us, now_us
        between = self._index.between
        if before is None:
            return Moved(list(between(now_us - DAY_US, now_us)), [])
        if abs(now_us - before) >= DAY_US:
            return Moved(list(between(now_us - DAY_US, now_us)), list(between(before - DAY_US, before)))
        if now_us >= before:
            return Moved(list(between(before, now_us)), list(between(before - DAY_US, now_us - DAY_US)))
        return Moved(list(between(now_us - DAY_US, before - DAY_US)), list(between(now_us, before)))


def _t1(entry: tuple[int, str]) -> int:
    return entry[0]
