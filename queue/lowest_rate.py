"""connect_rate_24h at every moment of a period, and its least value with the moment it was first reached.

The rate is a step function of time: a call enters at t1 and leaves at t1 + 24 h. It is kept in slices of a
quarter of an hour; each knows its calls in order and remembers marks along its course, so that reading a
period again costs one look at each slice and a walk along what has changed, whatever number of calls is
stored.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .definitions import DAY_US

SLICE_US = 15 * 60 * 1_000_000
_DAY = DAY_US // SLICE_US
_MARK_EVERY = 32


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


class _Mark(NamedTuple):
    """The rate's course up to and with ``at_us``: counts, least rate, least since the mark before."""

    at_us: int
    connected: int
    decided: int
    best: Lowest | None
    since_last: Lowest | None
    passed: int


@dataclass(slots=True)
class _Course:
    """What is remembered of a slice: marks along it, made from the counts ``before`` it."""

    before: tuple[int, int]
    marks: list[_Mark] = field(default_factory=list[_Mark])
    until_us: int = -1
    """Up to and with this moment nothing happened behind the last mark."""

    def cut(self, moment_us: int) -> None:
        """Forget what was seen at a moment and behind it."""
        if self.until_us >= moment_us:
            while self.marks and self.marks[-1].at_us >= moment_us:
                self.marks.pop()
            self.until_us = self.marks[-1].at_us if self.marks else -1


class RatePath:
    """The decided calls of one scope by t1."""

    def __init__(self) -> None:
        self._slices: dict[int, _Slice] = {}
        self._courses: dict[int, _Course] = {}

    def add(self, t1_us: int, *, connected: bool) -> None:
        """Add a decided call."""
        found = self._slices.get(t1_us // SLICE_US)
        if found is None:
            found = self._slices[t1_us // SLICE_US] = _Slice()
        insort(found.keys, 2 * t1_us + connected)
        found.connected += connected
        self._changed(t1_us)

    def remove(self, t1_us: int, *, connected: bool) -> None:
        """Remove a call that was added exactly like this; raises ``ValueError`` when it is not there."""
        found = self._slices.get(t1_us // SLICE_US)
        key = 2 * t1_us + connected
        at = -1 if found is None else bisect_left(found.keys, key)
        if found is None or at >= len(found.keys) or found.keys[at] != key:
            raise ValueError("no such call")
        del found.keys[at]
        found.connected -= connected
        self._changed(t1_us)

    def forget(self, before_us: int) -> None:
        """Let go of the slices that end before a moment."""
        for number in [number for number in self._slices if (number + 1) * SLICE_US <= before_us]:
            del self._slices[number]
        for number in [number for number in self._courses if (number + 1) * SLICE_US <= before_us]:
            del self._courses[number]  # a quarter without a call of its own has one too

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
            found = self._lowest_in(number, (connected, decided), low, high)
            if found is not None and found.is_below(best):
                best = found
            if coming is not None:
                connected += coming.connected
                decided += len(coming.keys)
            if going is not None:
                connected -= going.connected
                decided -= len(going.keys)
        return best

    def _changed(self, t1_us: int) -> None:
        """Forget the marks behind a call's coming and behind its going."""
        for moment in (t1_us, t1_us + DAY_US):
            course = self._courses.get(moment // SLICE_US)
            if course is not None:
                course.cut(moment)

    def _before(self, number: int) -> tuple[int, int]:
        """Return (connected, decided) of the 24 h that end just before a slice begins."""
        found = [one for n in range(number - _DAY, number) if (one := self._slices.get(n)) is not None]
        return sum(one.connected for one in found), sum(len(one.keys) for one in found)

    def _lowest_in(self, number: int, before: tuple[int, int], low: int, high: int) -> Lowest | None:
        """Return the least rate within one slice; of what was read before only the changed end is gone over.

        ``before``: (connected, decided) of the 24 h that end just before the slice.
        """
        coming, going = self._slices.get(number), self._slices.get(number - _DAY)
        if coming is None and going is None:
            return Lowest(*before, low) if before[1] else None
        course = self._courses.get(number)
        if course is None or course.before != before:
            course = self._courses[number] = _Course(before)
        course.cut(high + 1)
        marks, begin = course.marks, number * SLICE_US
        if not marks:
            connected, decided = _counts(before, _changes(coming, going, begin - 1, begin))
            first = _less(None, connected, decided, begin)
            marks.append(_Mark(begin, connected, decided, first, first, _MARK_EVERY))
        if course.until_us < high:
            if marks[-1].passed < _MARK_EVERY:
                marks.pop()
            _go_on(marks, _changes(coming, going, marks[-1].at_us, high))
            course.until_us = high
        if low == begin:
            return marks[-1].best
        return _from(low, marks, coming, going, high)


def _changes(
    coming: _Slice | None, going: _Slice | None, after: int, until: int
) -> list[tuple[int, int, int]]:
    """Return (moment, change of connected, change of decided) in (after, until], in order."""
    found: list[tuple[int, int, int]] = []
    if coming is not None:
        keys = coming.keys
        inside = keys[bisect_left(keys, 2 * after + 2) : bisect_left(keys, 2 * until + 2)]
        found = [(key >> 1, key & 1, 1) for key in inside]
    if going is not None:
        keys, back = going.keys, 2 * DAY_US
        inside = keys[bisect_left(keys, 2 * after + 2 - back) : bisect_left(keys, 2 * until + 2 - back)]
        found += [((key >> 1) + DAY_US, -(key & 1), -1) for key in inside]
        found.sort()
    return found


def _counts(before: tuple[int, int], changes: list[tuple[int, int, int]]) -> tuple[int, int]:
    connected, decided = before
    for _, connected_change, decided_change in changes:
        connected += connected_change
        decided += decided_change
    return connected, decided


def _go_on(marks: list[_Mark], changes: list[tuple[int, int, int]]) -> None:
    """Lengthen a course by changes; what happens at one moment happens at once."""
    at, connected, decided, best, _, _ = marks[-1]
    since_last: Lowest | None = None
    passed = 0
    for index, (moment, connected_change, decided_change) in enumerate(changes):
        at = moment
        connected += connected_change
        decided += decided_change
        if index + 1 < len(changes) and changes[index + 1][0] == moment:
            continue
        best = _less(best, connected, decided, at)
        since_last = _less(since_last, connected, decided, at)
        passed += 1
        if passed == _MARK_EVERY:
            marks.append(_Mark(at, connected, decided, best, since_last, passed))
            since_last, passed = None, 0
    if passed:
        marks.append(_Mark(at, connected, decided, best, since_last, passed))


def _from(
    low: int, marks: list[_Mark], coming: _Slice | None, going: _Slice | None, high: int
) -> Lowest | None:
    """Return the least rate of a course from a moment within it on."""
    behind = bisect_right(marks, low, key=_at)
    before = marks[behind - 1]
    until = marks[behind].at_us if behind < len(marks) else high
    changes = _changes(coming, going, before.at_us, until)
    here = bisect_right(changes, low, key=_moment)
    connected, decided = _counts((before.connected, before.decided), changes[:here])
    first = _less(None, connected, decided, low)
    rest = [_Mark(low, connected, decided, first, first, _MARK_EVERY)]
    _go_on(rest, changes[here:])
    best = rest[-1].best
    for mark in marks[behind + 1 :]:
        if mark.since_last is not None and mark.since_last.is_below(best):
            best = mark.since_last
    return best


def _at(mark: _Mark) -> int:
    return mark.at_us


def _moment(change: tuple[int, int, int]) -> int:
    return change[0]


def _less(best: Lowest | None, connected: int, decided: int, at_us: int) -> Lowest | None:
    """Return the lesser of the best so far and a later rate."""
    if decided and (best is None or connected * best.denominator < best.numerator * decided):
        return Lowest(connected, decided, at_us)
    return best
