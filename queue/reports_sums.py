"""Sums of a report: calls come in the order of t1 and fall into rows and into the total.

Pure. A row of time is read as soon as a later call has come, so that only one of them is in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..core.clock import to_us
from .definitions import DAY_US
from .figure_calls import FigureCall
from .lowest_rate import SLICE_US, Lowest, RatePath
from .reports_period import Period
from .tally import Figure, Tally, share

NOT_BY_AGENT = frozenset({"sl15_offered", "connect_rate_24h", "connect_rate_24h_min", "abandon_rate"})
"""Shares of all requests: a request that nobody answered belongs to no agent."""


@dataclass(frozen=True)
class Sums:
    """Every figure of a row, ``connect_rate_24h_min`` too, with the moment that was reached first."""

    figures: dict[str, Figure]
    lowest_at_us: int | None = None
    short_abandoned: int = 0


class Hour(NamedTuple):
    """Calls of an hour of the day over the whole period."""

    offered: int
    answered: int


class _Path:
    """The rate's course, of which only the last 24 h are kept."""

    def __init__(self, since_us: int) -> None:
        self._path = RatePath()
        self._read_us = since_us
        self._lowest: Lowest | None = None

    def add(self, call: FigureCall) -> None:
        """Add a call; one that is not decided is in no rate."""
        if call.t1_us is not None and call.outcome is not None:
            self._path.add(call.t1_us, connected=call.is_connected)

    def advance(self, until_us: int) -> Lowest | None:
        """Return the least rate since the last time this was asked; every call before must be in."""
        found = self._path.lowest(self._read_us, until_us - 1)
        if found is not None and found.is_below(self._lowest):
            self._lowest = found
        self._read_us = max(until_us, self._read_us)
        self._path.forget(self._read_us - DAY_US - 2 * SLICE_US)
        return found

    def finish(self, tally: Tally, now_us: int, until_us: int, found: Lowest | None) -> Sums:
        """Return a row whose rate is that of the 24 h before its end."""
        at_end = self._path.lowest(until_us - 1, until_us - 1)
        figures = tally.read(now_us)
        figures["connect_rate_24h"] = _rate(at_end)
        figures["connect_rate_24h_min"] = _rate(found)
        return Sums(figures, found and found.at_us, tally.short_abandoned)

    @property
    def lowest(self) -> Lowest | None:
        """The least rate of all that was read."""
        return self._lowest


def _rate(found: Lowest | None) -> Figure:
    return share(found.numerator, found.denominator) if found else share(0, 0)


def no_calls(now_us: int) -> Sums:
    """Return the row of somebody who had no call."""
    return Sums({**Tally().read(now_us), "connect_rate_24h_min": Figure(None)}, None, 0)


class TimeSums:
    """Rows by time, in the order of the buckets."""

    def __init__(self, buckets: Sequence[Period], now_us: int, *, short_us: int) -> None:
        self._since_us = to_us(buckets[0].since)
        self.path = _Path(self._since_us)
        self._ends = [to_us(bucket.until) for bucket in buckets]
        self._now_us = now_us
        self._short_us = short_us
        self._rows: list[Sums] = []
        self._tally = Tally(short_us=short_us)

    def add(self, call: FigureCall, t1_us: int) -> None:
        """Add the next call."""
        self._close_before(t1_us)
        self.path.add(call)
        if t1_us >= self._since_us:
            self._tally.add(call)

    def finish(self) -> dict[str | int, Sums]:
        """Return the row of every bucket by its number."""
        self._close_before(self._ends[-1])
        return dict[str | int, Sums](enumerate(self._rows))

    def _close_before(self, t1_us: int) -> None:
        while len(self._rows) < len(self._ends) and self._ends[len(self._rows)] <= t1_us:
            until_us = self._ends[len(self._rows)]
            found = self.path.advance(until_us)
            self._rows.append(self.path.finish(self._tally, self._now_us, until_us, found))
            self._tally = Tally(short_us=self._short_us)


class KeySums:
    """Rows by queue or agent; ``name`` says which."""

    def __init__(
        self, name: Literal["queue", "agent"], days: Sequence[Period], now_us: int, *, short_us: int
    ) -> None:
        self._since_us = to_us(days[0].since)
        self.path = _Path(self._since_us)
        self._name = name
        self._ends = [to_us(day.until) for day in days]
        self._now_us = now_us
        self._short_us = short_us
        self._day = 0
        self._tallies: dict[str, Tally] = {}
        self._paths: dict[str, _Path] = {}

    def add(self, call: FigureCall, t1_us: int) -> None:
        """Add the next call."""
        self._advance_before(t1_us)
        key = call.queue if self._name == "queue" else call.agent
        self.path.add(call)
        if self._name == "queue":
            if key not in self._paths:
                self._paths[key] = _Path(self._since_us)
            self._paths[key].add(call)
        if t1_us >= self._since_us:
            if key not in self._tallies:
                self._tallies[key] = Tally(short_us=self._short_us)
            self._tallies[key].add(call)

    def finish(self) -> dict[str | int, Sums]:
        """Return the rows of those who had calls in the period or in the 24 h before it."""
        self._advance_before(self._ends[-1])
        if self._name == "queue":
            empty = Tally()
            return {
                key: path.finish(self._tallies.get(key, empty), self._now_us, self._ends[-1], path.lowest)
                for key, path in self._paths.items()
            }
        nothing = dict.fromkeys(NOT_BY_AGENT, Figure(None))
        return {
            key: Sums({**tally.read(self._now_us), **nothing}, None, tally.short_abandoned)
            for key, tally in self._tallies.items()
        }

    def _advance_before(self, t1_us: int) -> None:
        while self._day < len(self._ends) and self._ends[self._day] <= t1_us:
            until_us = self._ends[self._day]
            for path in (self.path, *self._paths.values()):
                path.advance(until_us)
            self._day += 1
