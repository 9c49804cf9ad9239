"""Opening words by date (R-IVR-5, BJ B.1.2), and the moments at which they change.

The dialplan itself decides, with the service dead: it compares the switch's clock with spans of
seconds since 1970 that are computed here from the calendar and the site's time zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

NORMAL, NEW_YEAR, FESTIVAL = "normal", "new_year", "festival"
KINDS = (NORMAL, NEW_YEAR, FESTIVAL)

DEFAULT_TEXTS = {
    NORMAL: "您好，请问您需要什么帮助？",
    NEW_YEAR: "新年好！请问您需要什么帮助？",
    FESTIVAL: "节日好！请问您需要什么帮助？",
}
"""The words of BJ B.1.2.1 to B.1.2.3."""

OPENINGS = {NORMAL: "您好", NEW_YEAR: "新年好", FESTIVAL: "节日好"}
"""What each greeting must begin with."""


class Holidays(Protocol):
    """Gives the holidays of the years that are known."""

    def holidays(self, year: int) -> Iterable[tuple[date, str]]:
        """Return the days off of a year with the holiday's Chinese name; empty for an unknown year."""
        ...


@dataclass(frozen=True)
class Span:
    """From ``begin`` until before ``end`` (seconds since 1970) the greeting is of this kind."""

    begin: int
    end: int
    kind: str


def kind_of(holiday: str) -> str:
    """Return the kind of greeting of a holiday's name; 清明节 is greeted as any other day."""
    if holiday in ("元旦", "春节"):
        return NEW_YEAR
    return NORMAL if holiday == "清明节" else FESTIVAL


def spans(calendar: Holidays, years: Iterable[int], timezone: str) -> tuple[Span, ...]:
    """Return the spans of days that are not greeted normally, in order, days in a row joined."""
    zone = ZoneInfo(timezone)
    found: list[Span] = []
    for day, name in sorted(pair for year in set(years) for pair in calendar.holidays(year)):
        kind = kind_of(name)
        if kind == NORMAL:
            continue
        begin, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        if found and found[-1].end == begin and found[-1].kind == kind:
            found[-1] = Span(found[-1].begin, end, kind)
        else:
            found.append(Span(begin, end, kind))
    return tuple(found)


def kind_at(moment: datetime, known: Iterable[Span]) -> str:
    """Return the kind of greeting at an aware moment, as the dialplan decides it."""
    second = int(moment.timestamp())
    return next((span.kind for span in known if span.begin <= second < span.end), NORMAL)


def _midnight(day: date, zone: ZoneInfo) -> int:
    local = datetime(day.year, day.month, day.day, tzinfo=zone)
    return int(local.astimezone(UTC).timestamp())
