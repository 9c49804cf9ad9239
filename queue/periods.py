"""Days, weeks (from Monday) and months of a place's calendar, as UTC microseconds since 1970."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from ..core.clock import from_us, to_us

Window = Literal["24h", "day", "week", "month"]
"""The last 24 h up to now, or the calendar's period that now lies in."""
_REMEMBERED = 8
WINDOWS: tuple[Window, ...] = ("24h", "day", "week", "month")


class Span(NamedTuple):
    """A period: from ``since_us`` up to, but without, ``until_us``."""

    since_us: int
    until_us: int

    def holds(self, moment_us: int) -> bool:
        """Tell whether a moment lies in it."""
        return self.since_us <= moment_us < self.until_us


class Calendar:
    """The periods of a time zone; a day that has 23 or 25 hours is one day."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._last = Span(0, 0)
        self._days: dict[tuple[int, int], list[Span]] = {}

    def day(self, moment_us: int) -> Span:
        """Return the day that a moment lies in."""
        if not self._last.holds(moment_us):
            self._last = self._span(self._date(moment_us), 1)
        return self._last

    def span(self, window: Window, now_us: int) -> Span:
        """Return the whole period that now lies in; of ``24h`` the 24 h that end with now."""
        if window == "24h":
            return Span(now_us - 24 * 3600 * 1_000_000 + 1, now_us + 1)
        if window == "day":
            return self.day(now_us)
        today = self._date(now_us)
        if window == "week":
            return self._span(today - timedelta(days=today.weekday()), 7)
        first = today.replace(day=1)
        return self._span(first, ((first + timedelta(days=31)).replace(day=1) - first).days)

    def days(self, since_us: int, until_us: int) -> list[Span]:
        """Return the days from the midnight ``since_us`` on, as long as they begin before ``until_us``."""
        known = self._days.get((since_us, until_us))
        if known is not None:
            return known
        found: list[Span] = []
        begin = since_us
        while begin < until_us:
            found.append(self._span(self._date(begin), 1))
            begin = found[-1].until_us
        if len(self._days) >= _REMEMBERED:
            self._days.clear()
        self._days[since_us, until_us] = found
        return found

    def _date(self, moment_us: int) -> date:
        return from_us(moment_us).astimezone(self.zone).date()

    def _span(self, first: date, days: int) -> Span:
        return Span(self._midnight(first), self._midnight(first + timedelta(days=days)))

    def _midnight(self, day: date) -> int:
        return to_us(datetime.combine(day, time(), self.zone))
