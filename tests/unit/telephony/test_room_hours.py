"""Opening hours as conditions of the dialplan."""

from __future__ import annotations

import pytest

from hotline.core import calendar
from hotline.core.third_lines import Route, ThirdLine
from hotline.telephony.room_hours import spans, special_days


def line(*hours: str) -> ThirdLine:
    route = Route(trunk="carrier", number="96116")
    return ThirdLine(name="water", code="961", label="水务", kind="utility", routes=(route,), hours=hours)


@pytest.mark.parametrize(
    ("hours", "condition"),
    [
        ("每天 08:00-20:00", "1 = 1"),
        ("工作日 08:00-20:00", "${HL_WORKS} = 1"),
        ("休息日 08:00-20:00", "${HL_WORKS} = 0"),
        ("周一、周三至周五 08:00-20:00", '"${HL_WEEKDAY}" =~ "[1345]"'),
    ],
)
def test_a_span_is_a_condition_on_the_day_and_two_minutes(hours: str, condition: str) -> None:
    (span,) = spans(line(hours))
    assert (str(span.days), span.first, span.last) == (condition, 480, 1200)


def test_no_hours_are_always() -> None:
    assert spans(line()) == []


def test_the_calendars_exceptions_are_days_off_and_days_worked() -> None:
    days = dict(special_days(calendar.load()))
    assert days["20261001"] == 0
    assert days["20261010"] == 1
    assert "20261014" not in days
