"""What is certain of a day: worked, off, or not to be known before the State Council has said so. Pure.

A year is announced in the November before it. For a year that nobody gave us the robot takes no chances: what
may be a holiday counts as one and also as a working day, so that it calls only when both allow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from lunardate import LunarDate

from ...core.calendar import Calendar

WORKED, OFF = frozenset({True}), frozenset({False})
EITHER = WORKED | OFF

_NEAR = timedelta(days=14)
"""Make-up working days lie on weekends so close to a holiday."""
_NEW_YEARS_EVE = (12, 24)
"""From here on days of one year belong to the holiday that is announced with the next one."""

_SUN = (((1, 1), 3), ((4, 3), 4), ((5, 1), 5), ((10, 1), 8))
"""First day and length: 元旦, 清明节, 劳动节, 国庆节, at their widest."""
_MOON = (((1, 1), -3, 13), ((5, 5), -3, 6), ((8, 15), -3, 6))
"""Lunar day, first day counted from it, length: 春节, 端午节, 中秋节."""


@dataclass(frozen=True)
class DaysAs(Calendar):
    """A calendar in which every day is of one kind: what would hold if it were so."""

    working: bool = True

    def is_working_day(self, day: date) -> bool:
        """Return what was supposed."""
        return self.working


def kinds(day: date, calendar: Calendar) -> frozenset[bool]:
    """Return whether a day is worked, as the set of what it may be."""
    if is_known(day, calendar):
        return frozenset({calendar.is_working_day(day)})
    if day.weekday() < 5:
        return EITHER if day in _holidays(day.year) else WORKED
    around = (day + timedelta(days=days) for days in range(-_NEAR.days, _NEAR.days + 1))
    return EITHER if any(one in _holidays(one.year) for one in around) else OFF


def is_known(day: date, calendar: Calendar) -> bool:
    """Tell whether a day's kind was announced."""
    late = (day.month, day.day) >= _NEW_YEARS_EVE
    return day.year in calendar.years and (not late or day.year + 1 in calendar.years)


def after_working_days(day: date, count: int, calendar: Calendar) -> date:
    """Return the last day of a term of so many working days that begins after ``day``.

    A day that may be off is not counted: nobody's term is shortened by what is not known.
    """
    while count:
        day += timedelta(days=1)
        count -= kinds(day, calendar) == WORKED
    return day


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    """Return every day of a year that may be a holiday, by the sun, the moon and the law's habits."""
    found: set[date] = set()
    for first, length in _spans(year):
        found.update(first + timedelta(days=days) for days in range(length))
    eve = date(year, *_NEW_YEARS_EVE)
    found.update(eve + timedelta(days=days) for days in range(8))
    return frozenset(day for day in found if day.year == year)


def _spans(year: int) -> Iterator[tuple[date, int]]:
    for (month, day), length in _SUN:
        yield date(year, month, day), length
    for (month, day), before, length in _MOON:
        yield _solar(year, month, day) + timedelta(days=before), length


def _solar(year: int, month: int, day: int) -> date:
    return LunarDate(year, month, day).to_solar_date()  # pyright: ignore[reportAttributeAccessIssue]  # its stub is older
