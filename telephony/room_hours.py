"""The opening hours of third lines as conditions of the dialplan, and the calendar's exceptions.

Where the dialplan asks, ``hotline-now`` has set ``HL_WEEKDAY``, ``HL_MINUTE`` and ``HL_WORKS``.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from ..core.calendar import Calendar
from ..core.opening_hours import Days, parse
from ..core.third_lines import ThirdLine

_WORKS, _OFF, _ALL = Markup("${HL_WORKS} = 1"), Markup("${HL_WORKS} = 0"), Markup("1 = 1")


@dataclass(frozen=True)
class Span:
    """A condition on the day, and minutes of the day; ``last`` is outside."""

    days: Markup
    first: int
    last: int


def spans(line: ThirdLine) -> list[Span]:
    """Return when a third line can be reached; empty means always."""
    found = [parse(text) for text in line.hours]
    return [Span(_condition(one.days), one.first, one.last) for one in found]


def special_days(calendar: Calendar) -> list[tuple[str, int]]:
    """Return each day (``20261001``) that is not as its weekday, and whether it is worked (1) or not (0)."""
    days = {day: 0 for year in calendar.years.values() for day in year.off}
    days |= {day: 1 for year in calendar.years.values() for day in year.work}
    return [(f"{day:%Y%m%d}", works) for day, works in sorted(days.items())]


def _condition(days: Days) -> Markup:
    match days:
        case "all":
            return _ALL
        case "working":
            return _WORKS
        case "off":
            return _OFF
        case weekdays:
            signs = "".join(str(day) for day in sorted(weekdays))
            return Markup('"${{HL_WEEKDAY}}" =~ "[{}]"').format(signs)
