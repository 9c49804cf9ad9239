from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core import calendar
from hotline.ivr.greeting import DEFAULT_TEXTS, FESTIVAL, NEW_YEAR, NORMAL, Span, kind_at, spans

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = calendar.load()
KNOWN = spans(CALENDAR, (2026, 2027), "Asia/Shanghai")


@pytest.mark.clause("R-IVR-5")
@pytest.mark.parametrize(
    ("local", "kind"),
    [
        ("2025-12-31T23:59:59", NORMAL),
        ("2026-01-01T00:00:00", NEW_YEAR),
        ("2026-01-03T23:59:59", NEW_YEAR),
        ("2026-01-04T00:00:00", NORMAL),
        ("2026-02-17T12:00:00", NEW_YEAR),
        ("2026-04-05T12:00:00", NORMAL),
        ("2026-05-01T00:00:00", FESTIVAL),
        ("2026-06-19T08:00:00", FESTIVAL),
        ("2026-09-25T08:00:00", FESTIVAL),
        ("2026-10-07T23:59:59", FESTIVAL),
        ("2026-10-08T00:00:00", NORMAL),
        ("2027-02-06T00:00:00", NORMAL),
    ],
)
def test_the_greeting_of_a_day(local: str, kind: str) -> None:
    assert kind_at(datetime.fromisoformat(local).replace(tzinfo=SHANGHAI), KNOWN) == kind


@pytest.mark.clause("R-IVR-5")
def test_the_words_are_the_standards() -> None:
    assert list(DEFAULT_TEXTS.values()) == [
        "您好，请问您需要什么帮助？",
        "新年好！请问您需要什么帮助？",
        "节日好！请问您需要什么帮助？",
    ]


def test_days_in_a_row_are_one_span_in_the_sites_zone() -> None:
    first = datetime(2026, 1, 1, tzinfo=SHANGHAI).astimezone(UTC)
    assert KNOWN[0] == Span(int(first.timestamp()), int(first.timestamp()) + 3 * 86400, NEW_YEAR)
    assert first.hour == 16


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis adds the zone
def test_spans_say_what_the_calendar_says(moment: datetime) -> None:
    day = moment.astimezone(SHANGHAI).date()
    holiday = CALENDAR.holiday(day)
    expected = NORMAL if holiday in (None, "清明节") else FESTIVAL
    if holiday in ("元旦", "春节"):
        expected = NEW_YEAR
    assert kind_at(moment, KNOWN) == expected


def test_a_year_that_is_not_known_is_greeted_normally() -> None:
    empty = calendar.Calendar()
    assert spans(empty, (2026,), "Asia/Shanghai") == ()
    assert empty.missing_years(date(2026, 3, 1)) == (2026,)
