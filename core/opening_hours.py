"""When somebody can be reached, written as people say it: ``工作日 08:30-12:00``, ``周一至周五 09:00-17:00``.

Times are local times of the site. A span does not pass midnight: it is written as two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .calendar import Calendar

Days = Literal["all", "working", "off"] | frozenset[int]
"""Every day, working days, days off, or days of the week (1 = Monday … 7)."""

_WORDS: dict[str, Literal["all", "working", "off"]] = {"每天": "all", "工作日": "working", "休息日": "off"}
_WEEK = "一二三四五六日"
_DAY = rf"周([{_WEEK}天])"
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
EXAMPLES = "工作日 08:30-12:00, 每天 08:00-20:00, 休息日 …, 周一至周五 …, 周六、周日 …"


@dataclass(frozen=True)
class Hours:
    """One span of certain days; ``first`` and ``last`` in minutes of the day, ``last`` is outside."""

    days: Days
    first: int
    last: int

    def holds(self, at: datetime, calendar: Calendar) -> bool:
        """Return whether a local time lies in it."""
        if not self.first <= at.hour * 60 + at.minute < self.last:
            return False
        match self.days:
            case "all":
                return True
            case "working":
                return calendar.is_working_day(at.date())
            case "off":
                return not calendar.is_working_day(at.date())
            case days:
                return at.isoweekday() in days


def parse(text: str) -> Hours:
    """Return the hours of ``工作日 08:30-12:00`` and the like; raises ``ValueError`` saying what is wrong."""
    days, _, span = text.strip().partition(" ")
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError(f'"{text[:40]}" is no opening hours; write one like: {EXAMPLES}')
    first, last = (int(found[i]) * 60 + int(found[i + 1]) for i in (1, 3))
    if not first < last <= 24 * 60:
        raise ValueError(f'"{text[:40]}" ends before it begins; write two for a span over midnight')
    return Hours(_days(days, text), first, last)


def checked_hours(text: str) -> str:
    """Return a text that ``parse`` understands; raises ``ValueError`` for another one."""
    parse(text)
    return text


def is_open(hours: Iterable[str], at: datetime, calendar: Calendar) -> bool:
    """Return whether one of the spans holds a local time; none at all means always."""
    spans = [parse(one) for one in hours]
    return not spans or any(one.holds(at, calendar) for one in spans)


def _days(words: str, text: str) -> Days:
    if words in _WORDS:
        return _WORDS[words]
    days: set[int] = set()
    for part in words.split("、"):
        found = re.fullmatch(rf"{_DAY}(?:至{_DAY})?", part)
        if found is None:
            raise ValueError(f'"{text[:40]}" is no opening hours; write one like: {EXAMPLES}')
        begin = _weekday(found[1])
        end = _weekday(found[2]) if found[2] else begin
        if end < begin:
            raise ValueError(f'"{text[:40]}": the days go backwards; write 周六、周日、周一 instead')
        days.update(range(begin, end + 1))
    return frozenset(days)


def _weekday(sign: str) -> int:
    return _WEEK.index("日" if sign == "天" else sign) + 1
