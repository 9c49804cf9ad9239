"""Dates as people type them, borders by the site's clock, and the same period before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.queue.reports_period import (
    Period,
    PeriodError,
    Span,
    buckets,
    period_before,
    read_moment,
    read_period,
)

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in China, a Sunday."""


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("typed", "begin", "end"),
    [
        ("2026-11-21", "2026-11-21", "2026-11-22"),
        ("2026-11-30", "2026-11-30", "2026-12-01"),
        ("2026-11-22T08:00", "2026-11-22T08:00", "2026-11-22T08:00"),
        ("2026-11-22 08:00:30", "2026-11-22T08:00:30", "2026-11-22T08:00:30"),
        ("2026-11-22T08:00+09:00", "2026-11-22T07:00", "2026-11-22T07:00"),
        ("2026-11-22T00:00Z", "2026-11-22T08:00", "2026-11-22T08:00"),
        ("today", "2026-11-22", "2026-11-23"),
        (" Yesterday ", "2026-11-21", "2026-11-22"),
        ("今天", "2026-11-22", "2026-11-23"),
        ("now", "2026-11-22T12:00", "2026-11-22T12:00"),
    ],
)
def test_what_people_type(typed: str, begin: str, end: str) -> None:
    assert read_moment(typed, NOW, CHINA) == at(begin)
    assert read_moment(typed, NOW, CHINA, is_end=True) == at(end)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "tomorrow",
        "2026-11-31",
        "2026-13-01",
        "2026-11-22T25:00",
        "2026-11-22T08:00+99:00",
        "20261122",
        "2026-W47-7",
        "22.11.2026",
        "0001-01-01",
        "9999-12-31",
        "２０２６-11-22",
        "2026-11-22'; DROP TABLE calls",
        "x" * 500,
    ],
)
def test_anything_else_is_refused_with_what_to_type(typed: str) -> None:
    with pytest.raises(PeriodError, match=r"2026-11-22"):
        read_moment(typed, NOW, CHINA)


def test_a_period_that_holds_nothing_is_refused() -> None:
    for since, until in (("today", "yesterday"), ("2026-11-22T08:00", "2026-11-22T08:00")):
        with pytest.raises(PeriodError, match="is empty"):
            read_period(since, until, NOW, CHINA)
    with pytest.raises(PeriodError, match="has not begun"):
        read_period("2026-11-23", "2026-11-24", NOW, CHINA)
    assert read_period("today", "today", NOW, CHINA) == Period(at("2026-11-22"), at("2026-11-23"))


@pytest.mark.parametrize(
    ("since", "until", "before"),
    [
        ("2026-11-22", "2026-11-23", ("2026-11-21", "2026-11-22")),
        ("2026-11-16", "2026-11-23", ("2026-11-09", "2026-11-16")),
        ("2026-11-22T08:00", "2026-11-22T12:00", ("2026-11-21T08:00", "2026-11-21T12:00")),
        ("2026-11-20T08:00", "2026-11-22T12:00", ("2026-11-17T08:00", "2026-11-19T12:00")),
        ("2026-11-01", "2026-12-01", ("2026-10-01", "2026-11-01")),
        ("2026-03-01", "2026-04-01", ("2026-02-01", "2026-03-01")),
        ("2026-01-01", "2026-04-01", ("2025-10-01", "2026-01-01")),
        ("2026-01-01", "2027-01-01", ("2025-01-01", "2026-01-01")),
    ],
)
def test_the_same_period_before(since: str, until: str, before: tuple[str, str]) -> None:
    assert period_before(Period(at(since), at(until)), CHINA) == Period(at(before[0]), at(before[1]))


def test_summer_time_keeps_the_hour_of_the_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = Period(at("2026-03-29", berlin), at("2026-03-30", berlin))
    assert day.until - day.since == timedelta(hours=23)
    assert len(buckets(day, "hour", berlin)) == 23
    assert period_before(day, berlin) == Period(at("2026-03-28", berlin), at("2026-03-29", berlin))
    autumn = Period(at("2026-10-25", berlin), at("2026-10-26", berlin))
    assert len(buckets(autumn, "hour", berlin)) == 25


def test_weeks_begin_on_monday_and_are_cut_by_the_period() -> None:
    found = buckets(Period(at("2026-11-18"), at("2026-11-30")), "week", CHINA)
    assert [bucket.since for bucket in found] == [at("2026-11-18"), at("2026-11-23")]
    assert found[-1].until == at("2026-11-30")


def test_days_begin_at_the_sites_midnight_and_not_at_utcs() -> None:
    found = buckets(Period(at("2026-11-21"), at("2026-11-23")), "day", CHINA)
    assert [bucket.since.hour for bucket in found] == [16, 16]


def test_more_rows_than_anybody_reads_are_refused() -> None:
    with pytest.raises(PeriodError, match="--by day"):
        buckets(Period(at("2020-01-01"), at("2026-01-01")), "hour", CHINA)


ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["hour", "day", "week", "month"]),
    st.integers(0, 366 * 24 * 60),
    st.integers(1, 40 * 24 * 60),
)
def test_buckets_cover_the_period_without_gap_or_overlap(
    zone: str, span: Span, start: int, length: int
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    period = Period(since, since + timedelta(minutes=length))
    found = buckets(period, span, ZoneInfo(zone))
    assert (found[0].since, found[-1].until) == (period.since, period.until)
    assert all(bucket.since < bucket.until for bucket in found)
    assert all(one.until == other.since for one, other in pairwise(found))
    before = period_before(period, ZoneInfo(zone))
    assert before.until <= period.since + timedelta(hours=2), "an hour of summer time at most"
