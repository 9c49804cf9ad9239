"""Every figure of every scope, kept up to date call by call; a call that is put again replaces itself.

Single calls are held for two to three days, older days of the running week and month as sums. A correction
of an older day names that day in ``stale``: its sums are then made anew from the store (``sum_day``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .definitions import DAY_US
from .figure_calls import FigureCall
from .lowest_rate import SLICE_US, Lowest
from .periods import Calendar, Span, Window
from .rolling import RollingDay, TimeIndex
from .scopes import ALL, DaySums, ScopeSums, scopes_of, sum_day
from .tally import Figure, Tally, read, share

_SLACK_US = 3600 * 1_000_000


class Reading(NamedTuple):
    """The figures of a scope in a window: by id, the moment of the minimum, and the short abandons."""

    span: Span
    figures: dict[str, Figure]
    lowest_at_us: int | None
    short_abandoned: int


class FigureBook:
    """Pure: the present moment comes in by ``advance``, calls by ``put``, in any order."""

    def __init__(
        self, zone: ZoneInfo, groups: Mapping[str, str] | None = None, *, short_us: int = 5_000_000
    ) -> None:
        self.calendar = Calendar(zone)
        self.groups = dict(groups or {})
        self.short_us = short_us
        self.stale: set[Span] = set()
        """Days before yesterday whose sums must be made from the store: not known yet, or corrected."""
        self.floor_us: int | None = None
        """Calls from here on are held one by one; they must all have been put."""
        self.is_whole = True
        """False while calls are still put from the store: a day that ends then is not closed from them."""
        self._live_from_us = 0
        self._wanted_from_us = 0
        self._tomorrow_us = 0
        self._calls: dict[str, FigureCall] = {}
        self._open: set[str] = set()
        self._index = TimeIndex()
        self._rolling = RollingDay(self._index)
        self._scopes: dict[str, ScopeSums] = {}
        self._closed: dict[Span, dict[str, DaySums]] = {}
        self._closed_parts: dict[tuple[str, int], tuple[Tally, Lowest | None]] = {}
        self._quarters: dict[int, Tally] = {}

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def now_us(self) -> int:
        """The moment that the book was last brought to."""
        return self._rolling.now_us or 0

    def find(self, call: str) -> FigureCall | None:
        """Return a call that is held."""
        return self._calls.get(call)

    def open_calls(self) -> list[FigureCall]:
        """Return the calls that have no end yet."""
        return [self._calls[call] for call in self._open]

    def scopes(self) -> list[str]:
        """Return every scope that has had a call."""
        return sorted(self._scopes)

    def put(self, call: FigureCall) -> None:
        """Take in a call, or what is now known of it; needs one ``advance`` before."""
        old = self._calls.get(call.id)
        if old == call:
            return
        if old is not None:
            self.drop(call.id)
        if call.t1_us is None:
            if call.t0_us is not None:  # it may have been counted in a day that is held as a sum
                self._mark_stale(call.t0_us)
            return
        self._mark_stale(call.t1_us)
        if self.floor_us is None or call.t1_us < self.floor_us:
            return
        self._calls[call.id] = call
        if call.t5_us is None:
            self._open.add(call.id)
        self._index.add(call.t1_us, call.id)
        rolls, day = self._rolling.holds(call.t1_us), self._live_day(call.t1_us)
        for scope in scopes_of(call, self.groups):
            sums = self._sums(scope)
            if rolls:
                sums.last_24h.add(call)
            if day is not None:
                if day not in sums.days:
                    sums.days[day] = Tally(short_us=self.short_us)
                sums.days[day].add(call)
            if call.outcome is not None:
                sums.path.add(call.t1_us, connected=call.is_connected)
        quarter = call.t1_us // SLICE_US
        if quarter not in self._quarters:
            self._quarters[quarter] = Tally(short_us=self.short_us)
        self._quarters[quarter].add(call)

    def drop(self, call_id: str) -> None:
        """Take a call out of everything, as if it had never been put."""
        call = self._calls.pop(call_id, None)
        if call is None or call.t1_us is None:
            return
        self._mark_stale(call.t1_us)
        self._open.discard(call_id)
        self._index.remove(call.t1_us, call_id)
        rolls, day = self._rolling.holds(call.t1_us), self._live_day(call.t1_us)
        for scope in scopes_of(call, self.groups):
            sums = self._scopes[scope]
            if rolls:
                sums.last_24h.remove(call)
            if day is not None:
                sums.days[day].remove(call)
            if call.outcome is not None:
                sums.path.remove(call.t1_us, connected=call.is_connected)
        self._quarters[call.t1_us // SLICE_US].remove(call)

    def advance(self, now_us: int) -> None:
        """Bring the book to a moment; a clock that was set back is followed."""
        moved = self._rolling.move(now_us)
        for call in map(self._calls.__getitem__, moved.entered):
            for scope in scopes_of(call, self.groups):
                self._scopes[scope].last_24h.add(call)
        for call in map(self._calls.__getitem__, moved.left):
            for scope in scopes_of(call, self.groups):
                self._scopes[scope].last_24h.remove(call)
        if self.floor_us is None or now_us >= self._tomorrow_us:
            self._begin_day(now_us)

    def must_reload(self, now_us: int) -> bool:
        """Tell whether the clock was set so far back that calls are needed which were let go already."""
        return self.floor_us is not None and now_us - 2 * DAY_US < self.floor_us

    def recompute(self, calls: Iterable[FigureCall]) -> FigureBook:
        """Return a book of the same moment, made from these calls alone."""
        fresh = FigureBook(self.calendar.zone, self.groups, short_us=self.short_us)
        fresh.advance(self.now_us)
        every = list(calls)
        for call in every:
            fresh.put(call)
        while (day := fresh.take_stale()) is not None:
            fresh.close_day(day, sum_day(every, day, self.groups, self.short_us))
        return fresh

    def take_stale(self) -> Span | None:
        """Return the latest day whose sums must be made from the store; it is stale no longer."""
        if not self.stale:
            return None
        day = max(self.stale)
        self.stale.discard(day)
        return day

    def closed_days(self) -> list[Span]:
        """Return the days that are held as sums."""
        return list(self._closed)

    def close_day(self, day: Span, sums: dict[str, DaySums]) -> None:
        """Take in the sums of a day before yesterday."""
        if day.until_us <= self._live_from_us:
            self._closed[day] = sums
            self._closed_parts.clear()

    def read(self, scope: str, window: Window = "24h") -> Reading:
        """Return the figures of a scope as of the book's moment; a scope without calls has empty ones.

        ``connect_rate_24h`` is that of this moment in every window; its minimum is that of the window.
        """
        now_us = self.now_us
        sums = self._scopes.get(scope) or self._new_sums()
        span = self.calendar.span(window, now_us)
        if window == "24h":
            tallies, least = [sums.last_24h], [sums.path.lowest(span.since_us, now_us)]
        else:
            tallies, least = self._of_days(scope, sums, span)
        figures = read(tallies, now_us)
        if window != "24h":
            figures["connect_rate_24h"] = sums.last_24h.connect_rate()
        lowest: Lowest | None = None
        for found in least:
            if found is not None and found.is_below(lowest):
                lowest = found
        figures["connect_rate_24h_min"] = (
            share(lowest.numerator, lowest.denominator) if lowest else share(0, 0)
        )
        short = sum(tally.short_abandoned for tally in tallies)
        return Reading(span, figures, lowest.at_us if lowest else None, short)

    def curve(self, quarters: int = 96) -> list[tuple[int, Tally, Figure]]:
        """Return (begin, its calls, connect_rate_24h at its end) of the last quarters of an hour."""
        sums = self._scopes.get(ALL) or self._new_sums()
        last = self.now_us // SLICE_US
        first = last - quarters + 1
        rates = [share(*rate) for rate in sums.path.end_rates(first, last)]
        rates[-1] = sums.last_24h.connect_rate()
        empty = Tally()
        return [
            (number * SLICE_US, self._quarters.get(number, empty), rate)
            for number, rate in zip(range(first, last + 1), rates, strict=True)
        ]

    def _of_days(self, scope: str, sums: ScopeSums, span: Span) -> tuple[list[Tally], list[Lowest | None]]:
        closed, lowest = self._closed_part(scope, span)
        live = self.calendar.days(
            max(span.since_us, self._live_from_us), self.calendar.day(self.now_us).until_us
        )
        tallies = [tally for day in live if (tally := sums.days.get(day.since_us)) is not None]
        now = sums.path.lowest(max(span.since_us, self._live_from_us), self.now_us)
        return [closed, *tallies], [lowest, now]

    def _closed_part(self, scope: str, span: Span) -> tuple[Tally, Lowest | None]:
        """Return the days of a span before yesterday as one; made anew only when one of them changes."""
        key = scope, span.since_us
        known = self._closed_parts.get(key)
        if known is None:
            days = [
                sums[scope]
                for day, sums in sorted(self._closed.items())
                if day.since_us >= span.since_us and scope in sums
            ]
            lowest: Lowest | None = None
            for day in days:
                if day.lowest is not None and day.lowest.is_below(lowest):
                    lowest = day.lowest
            known = self._closed_parts[key] = Tally.union([day.tally for day in days]), lowest
        return known

    def _begin_day(self, now_us: int) -> None:
        """Close the days before yesterday, let go of their single calls, and see which sums are missing."""
        today = self.calendar.day(now_us)
        yesterday = self.calendar.day(today.since_us - 1)
        if self.floor_us is not None:
            for day in self.calendar.days(self._live_from_us, yesterday.since_us):
                sums_of_day = {
                    scope: DaySums(
                        sums.days.pop(day.since_us, None) or Tally(short_us=self.short_us),
                        sums.path.lowest(day.since_us, day.until_us - 1),
                    )
                    for scope, sums in self._scopes.items()
                }
                if self.is_whole:
                    self._closed[day] = sums_of_day
        self._closed_parts.clear()
        self._tomorrow_us = today.until_us
        self._live_from_us = yesterday.since_us
        self.floor_us = yesterday.since_us - DAY_US - _SLACK_US
        self._forget(self.floor_us)
        begin = min(self.calendar.span(window, now_us).since_us for window in ("week", "month"))
        wanted = set(self.calendar.days(begin, self._live_from_us))
        self._closed = {day: sums for day, sums in self._closed.items() if day in wanted}
        self.stale = (self.stale & wanted) | (wanted - self._closed.keys())
        self._wanted_from_us = begin

    def _forget(self, before_us: int) -> None:
        for call_id in self._index.before(before_us):
            call = self._calls.pop(call_id)
            self._open.discard(call_id)
            if call.t1_us is not None:
                self._index.remove(call.t1_us, call_id)
        for sums in self._scopes.values():
            sums.path.forget(before_us)
        for number in [number for number in self._quarters if (number + 1) * SLICE_US <= before_us]:
            del self._quarters[number]

    def _mark_stale(self, t1_us: int) -> None:
        """Note the days whose sums a call changes: its own, and by the least rate the one of 24 h later."""
        if self._wanted_from_us - DAY_US <= t1_us < self._live_from_us:
            for day in (self.calendar.day(t1_us), self.calendar.day(t1_us + DAY_US)):
                if self._wanted_from_us <= day.since_us < self._live_from_us:
                    self.stale.add(day)

    def _live_day(self, t1_us: int) -> int | None:
        return self.calendar.day(t1_us).since_us if t1_us >= self._live_from_us else None

    def _new_sums(self) -> ScopeSums:
        return ScopeSums(Tally(short_us=self.short_us))

    def _sums(self, scope: str) -> ScopeSums:
        found = self._scopes.get(scope)
        if found is None:
            found = self._scopes[scope] = self._new_sums()
        return found
