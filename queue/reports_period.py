"""The period of a report: dates as people type them, borders in the site's zone, and the period before.

Stored times are UTC; hours, days, weeks (from Monday) and months begin by the site's own clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ..core.errors import InvalidInputError

By = Literal["hour", "day", "week", "month", "queue", "agent"]
Span = Literal["hour", "day", "week", "month"]

MOST_BUCKETS = 10_000
_DAY = timedelta(days=1)
_FORM = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?P<offset>Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
_WORDS = {"today": 0, "今天": 0, "yesterday": -1, "昨天": -1}
_YEARS = range(2000, 2200)
_MEND = "give a date such as 2026-11-22, a moment such as 2026-11-22T08:00, or today, yesterday, now"


class PeriodError(InvalidInputError):
    """A period that cannot be reported on; the message says what to type instead."""

    error_id = "report.period"


@dataclass(frozen=True)
class Period:
    """From ``since`` (in it) to ``until`` (not in it), both UTC."""

    since: datetime
    until: datetime

    def until_at_most(self, moment: datetime) -> Period:
        """Return the part of the period that lies before a moment, never less than nothing."""
        return Period(self.since, max(self.since, min(self.until, moment)))


def read_moment(text: str, now: datetime, zone: ZoneInfo, *, is_end: bool = False) -> datetime:
    """Return the UTC moment that was typed, site time unless it says another; raises ``PeriodError``.

    A day means its beginning, and as the end of a period (``is_end``) its last moment too: the
    beginning of the next day is returned.
    """
    typed = text.strip()
    if typed.lower() in ("now", "现在"):
        return now
    try:
        if (days := _WORDS.get(typed.lower())) is not None:
            day = now.astimezone(zone).date() + timedelta(days=days)
            return _midnight(day + _DAY if is_end else day, zone)
        found = _FORM.fullmatch(typed)
        if found is None or int(typed[:4]) not in _YEARS:
            raise PeriodError(f"no date or moment: {text[:60]!r}", mend=_MEND)
        if found["time"] is None:
            day = datetime.fromisoformat(found["date"]).date()
            return _midnight(day + _DAY if is_end else day, zone)
        moment = datetime.fromisoformat(f"{found['date']}T{found['time']}{found['offset'] or ''}")
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError as error:
        raise PeriodError(f"no such day or hour: {text[:60]!r}", mend=_MEND) from error


def read_period(since: str, until: str, now: datetime, zone: ZoneInfo) -> Period:
    """Return the period between two typed dates; raises ``PeriodError`` when it holds nothing."""
    period = Period(read_moment(since, now, zone), read_moment(until, now, zone, is_end=True))
    if period.since >= period.until:
        raise PeriodError(
            f"the period is empty: {since!r} to {until!r}",
            mend="--since must lie before --until",
        )
    if period.since >= now:
        raise PeriodError(f"the period has not begun: {since!r}", mend="--since must lie in the past")
    return period


def period_before(period: Period, zone: ZoneInfo) -> Period:
    """Return the same period before: so many calendar months, else so many whole days, earlier.

    Whole days keep the hour: 08:00 to 12:00 of a day is compared with 08:00 to 12:00 of the day before.
    """
    since, until = period.since.astimezone(zone), period.until.astimezone(zone)
    months = (until.year - since.year) * 12 + until.month - since.month
    if months and all(moment == _month(moment, zone) for moment in (period.since, period.until)):
        first = since.year * 12 + since.month - 1 - months
        return Period(_midnight(since.date().replace(first // 12, first % 12 + 1), zone), period.since)
    naive_length = until.replace(tzinfo=None) - since.replace(tzinfo=None)
    days = timedelta(days=-(-naive_length // _DAY))

    def earlier(moment: datetime) -> datetime:
        return (moment.replace(tzinfo=None) - days).replace(tzinfo=zone, fold=moment.fold).astimezone(UTC)

    return Period(earlier(since), earlier(until))


def buckets(period: Period, span: Span, zone: ZoneInfo) -> list[Period]:
    """Return the hours, days, weeks or months of a period in order; the first and last may be cut.

    Raises ``PeriodError`` when there are more than anybody reads.
    """
    found: list[Period] = []
    for border in _borders(period, span, zone):
        begin = found[-1].until if found else period.since
        found.append(Period(begin, min(border, period.until)))
        if len(found) > MOST_BUCKETS:
            raise PeriodError(
                f"the period has more than {MOST_BUCKETS} rows by {span}",
                mend="take a shorter period or a longer step: --by day, week, month",
            )
    return found


def _borders(period: Period, span: Span, zone: ZoneInfo) -> Iterator[datetime]:
    moment = period.since
    while moment < period.until:
        moment = _next(moment, span, zone)
        yield moment


def _next(moment: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """Return the first border after a moment."""
    local = moment.astimezone(zone)
    day = local.date()
    match span:
        case "hour":
            into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            return moment + timedelta(hours=1) - into
        case "day":
            return _midnight(day + _DAY, zone)
        case "week":
            return _midnight(day + timedelta(days=7 - day.weekday()), zone)
        case "month":
            return _midnight((day.replace(day=1) + timedelta(days=32)).replace(day=1), zone)


def _month(moment: datetime, zone: ZoneInfo) -> datetime:
    return _midnight(moment.astimezone(zone).date().replace(day=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
