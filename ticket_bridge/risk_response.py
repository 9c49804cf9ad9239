"""What a grade of risk asks for, and until when (LN 6.2, R-R-3); pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..core.calendar import Calendar

DISPATCH = timedelta(hours=1)
_LONGEST_BREAK = 30
"""Days; no holiday is as long."""


@dataclass(frozen=True)
class RiskResponse:
    """What is to be done: its name in LN 6.2, the clause, until when, and whether the form goes with it.

    ``due`` None: it has no end, as grade IV is watched as long as the matter runs.
    """

    action: str
    clause: str
    due: datetime | None
    form: bool


def response_to(grade: str, found_at: datetime, calendar: Calendar, zone: ZoneInfo) -> RiskResponse:
    """Return what a grade of LN 5.2, found at an aware moment, asks for; raises ``KeyError`` for no grade."""
    match grade:
        case "I":
            return RiskResponse("紧急报备", "LN 6.2.1", found_at, form=True)
        case "II":
            return RiskResponse("专项调度", "LN 6.2.2", found_at + DISPATCH, form=False)
        case "III":
            due = _next_working_day(found_at, calendar, zone)
            return RiskResponse("预警提示", "LN 6.2.3", due, form=False)
        case "IV":
            return RiskResponse("动态提醒", "LN 6.2.4", None, form=False)
        case _:
            raise KeyError(grade)


def _next_working_day(found_at: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """Return the same time by the clock on the first working day after the day it was found."""
    local = found_at.astimezone(zone)
    for days in range(1, _LONGEST_BREAK):
        later = local + timedelta(days=days)
        if calendar.is_working_day(later.date()):
            return later
    return local + timedelta(days=1)
