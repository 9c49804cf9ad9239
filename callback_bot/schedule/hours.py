"""When the robot may dial: the standard's hours, narrowed by the site's, on the days they mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ...core.calendar import Calendar
from ...core.opening_hours import Hours, parse
from ...core.profile import load_profile
from ...core.settings import Settings
from .working_days import DaysAs, after_working_days, kinds

LOOK_AHEAD_DAYS = 120
"""Nothing open for so long is told as never: longer than any holiday, known or not."""
_SUPPOSED = {worked: DaysAs(working=worked) for worked in (True, False)}
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class CallingHours:
    """The hours of one site; ``margin`` before each end nobody is dialled any more."""

    zone: ZoneInfo
    allowed: tuple[Hours, ...]
    """By the standard's profile."""
    own: tuple[Hours, ...]
    """By the site's settings: they narrow ``allowed``."""
    calendar: Calendar = field(repr=False)
    margin: timedelta = timedelta(seconds=60)

    @classmethod
    def of(cls, settings: Settings, calendar: Calendar) -> CallingHours:
        """Return the hours by the settings."""
        return cls(
            zone=ZoneInfo(settings.site.timezone),
            allowed=tuple(map(parse, load_profile(settings.site.profile).callback_hours)),
            own=tuple(map(parse, settings.robot.hours)),
            calendar=calendar,
            margin=timedelta(seconds=settings.robot.margin_seconds),
        )

    def day(self, at: datetime) -> date:
        """Return the site's day of a moment."""
        return at.astimezone(self.zone).date()

    def may_dial(self, at: datetime, narrower: Iterable[str] = ()) -> bool:
        """Tell whether somebody may be dialled now and still when the margin is over.

        ``narrower`` are hours of a campaign, as texts; none narrow nothing.
        """
        spans = (self.allowed, self.own, *((parsed(tuple(narrower)),) if narrower else ()))
        return all(self._holds(one, spans) for one in (at, at + self.margin))

    def next_opening(self, at: datetime, narrower: Sequence[str] = ()) -> datetime | None:
        """Return the first moment from ``at`` on at which somebody may be dialled; None when none is near."""
        if self.may_dial(at, narrower):
            return at
        minutes = {0, *(one.first for one in (*self.allowed, *self.own, *parsed(tuple(narrower))))}
        first = self.day(at)
        for days in range(LOOK_AHEAD_DAYS):
            day = first + timedelta(days=days)
            for moment in sorted(self._moment(day, minute) for minute in minutes if minute < 24 * 60):
                if moment > at and self.may_dial(moment, narrower):
                    return moment
        return None

    def last_moment(self, day: date) -> datetime:
        """Return the end of a day of the site, in UTC."""
        return self._moment(day + timedelta(days=1), 0)

    def term(self, begins: datetime, working_days: int) -> datetime:
        """Return the end of a term of so many working days after the day of ``begins``."""
        return self.last_moment(after_working_days(self.day(begins), working_days, self.calendar))

    def _holds(self, at: datetime, spans: Iterable[tuple[Hours, ...]]) -> bool:
        """Tell whether each list of spans holds a moment, whatever its day may turn out to be."""
        local = at.astimezone(self.zone)
        possible = [_SUPPOSED[worked] for worked in kinds(local.date(), self.calendar)]
        return all(
            any(one.holds(local, supposed) for one in hours) for hours in spans for supposed in possible
        )

    def _moment(self, day: date, minute: int) -> datetime:
        wall = datetime.combine(day, time(minute // 60, minute % 60), self.zone)
        return wall.astimezone(_UTC)


@lru_cache(maxsize=256)
def parsed(texts: tuple[str, ...]) -> tuple[Hours, ...]:
    """Return opening hours from their texts."""
    return tuple(map(parse, texts))
