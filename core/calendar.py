"""The working-day calendar of the state: days off with their holiday, and make-up working days.

The data is a file (``core/calendar.json``, seeded from chinesecalendar), because the State Council
announces each year only in the November before it. A site adds a year with a file of its own. A year
that is not known yet is an alarm (``missing_years``), never an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from .errors import ConfigError

DATA = Path(__file__).with_name("calendar.json")

NOTICE_DAYS = 45
"""The alarm for a missing year is raised so many days before it begins."""


@dataclass(frozen=True)
class Year:
    """One announced year: the days off by their holiday's name, and the weekend days worked."""

    off: Mapping[date, str]
    work: frozenset[date]


@dataclass(frozen=True)
class Calendar:
    """The years that are known."""

    years: Mapping[int, Year] = field(default_factory=dict[int, Year])

    def holidays(self, year: int) -> Iterable[tuple[date, str]]:
        """Return the days off of a year with the holiday's Chinese name; empty for an unknown year."""
        known = self.years.get(year)
        return tuple(sorted(known.off.items())) if known else ()

    def holiday(self, day: date) -> str | None:
        """Return the name of the holiday that a day off belongs to."""
        known = self.years.get(day.year)
        return known.off.get(day) if known else None

    def is_working_day(self, day: date) -> bool:
        """Return whether offices work on a day; an unknown year has working days Monday to Friday."""
        known = self.years.get(day.year)
        if known is not None:
            if day in known.off:
                return False
            if day in known.work:
                return True
        return day.weekday() < 5

    def missing_years(self, today: date, *, notice_days: int = NOTICE_DAYS) -> tuple[int, ...]:
        """Return the years that are needed now or soon and are not known: an alarm for the operator."""
        last = today + timedelta(days=notice_days)
        return tuple(year for year in range(today.year, last.year + 1) if year not in self.years)


def load(extra: Path | None = None) -> Calendar:
    """Read the calendar, with the years of a site's own file (when it exists) over the delivered ones.

    Raises ``ConfigError`` naming the file when one cannot be read.
    """
    years = _read(DATA)
    if extra is not None and extra.is_file():
        years.update(_read(extra))
    return Calendar(years)


def _read(path: Path) -> dict[int, Year]:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return {int(number): _year(int(number), year) for number, year in data["years"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path}: not a readable calendar: {error}",
            mend='it must be {"years": {"2027": {"off": {"2027-01-01": "元旦"}, "work": ["2027-01-10"]}}}',
        ) from error


def _year(number: int, data: Any) -> Year:
    off = {date.fromisoformat(day): str(name) for day, name in data["off"].items()}
    work = frozenset(date.fromisoformat(day) for day in data["work"])
    for day in (*off, *work):
        if day.year != number:
            raise ValueError(f"{day} is not in {number}")
    if both := work.intersection(off):
        raise ValueError(f"{min(both)} is both a day off and a working day")
    return Year(off, work)
