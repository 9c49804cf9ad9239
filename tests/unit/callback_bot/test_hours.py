"""Nobody is dialled outside the hours, on whatever day, in whatever zone, with or without a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.schedule.hours import CallingHours
from hotline.callback_bot.schedule.working_days import (
    EITHER,
    OFF,
    WORKED,
    after_working_days,
    is_known,
    kinds,
)
from hotline.core.calendar import Calendar, load
from hotline.core.opening_hours import parse
from support.asterisk import make_settings

CALENDAR = load()
UNKNOWN = Calendar()
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
OWN = (
    ("工作日 09:00-12:00", "工作日 14:00-19:30"),
    ("每天 08:30-24:00",),
    ("休息日 10:00-11:00",),
    ("周一至周五 00:00-24:00", "周六、周日 02:00-03:00"),
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2028, 12, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001  # made aware at once


def hours(
    own: tuple[str, ...] = OWN[0],
    zone: str = "Asia/Shanghai",
    calendar: Calendar = CALENDAR,
    allowed: tuple[str, ...] = ("工作日 08:30-20:00", "休息日 09:00-19:00"),
) -> CallingHours:
    return CallingHours(ZoneInfo(zone), tuple(map(parse, allowed)), tuple(map(parse, own)), calendar)


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def holds(texts: tuple[str, ...], at: datetime, zone: str, calendar: Calendar) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    return any(parse(one).holds(local, calendar) for one in texts)


@pytest.mark.parametrize(
    ("at", "may"),
    [
        ("2026-11-20T08:59:59", False),
        ("2026-11-20T09:00:00", True),
        ("2026-11-20T11:58:59", True),
        ("2026-11-20T11:59:00", False),  # the margin
        ("2026-11-20T13:00:00", False),
        ("2026-11-20T19:00:00", True),
        ("2026-11-20T21:00:00", False),
        ("2026-11-21T10:00:00", False),  # Saturday
        ("2026-10-05T10:00:00", False),  # 国庆节, a Monday
        ("2026-10-10T10:00:00", True),  # a Saturday that is worked for it
    ],
)
def test_the_sites_hours(at: str, may: bool) -> None:
    assert hours().may_dial(china(at)) is may


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from(OWN), st.booleans())
def test_never_outside_the_standards_hours_nor_the_sites(
    at: datetime, zone: str, own: tuple[str, ...], known: bool
) -> None:
    calendar = CALENDAR if known else UNKNOWN
    calling = hours(own, zone, calendar)
    opening = calling.next_opening(at)
    assert opening is not None
    assert opening >= at
    assert calling.may_dial(opening)
    for moment in (opening, opening + calling.margin, *([at] if calling.may_dial(at) else [])):
        year = moment.astimezone(calling.zone).year
        truth = CALENDAR if year in CALENDAR.years else calendar
        assert holds(own, moment, zone, truth)
        assert holds(("工作日 08:30-20:00", "休息日 09:00-19:00"), moment, zone, truth)


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from(OWN), st.integers(0, 36 * 60))
def test_nothing_open_lies_before_the_next_opening(
    at: datetime, zone: str, own: tuple[str, ...], minutes: int
) -> None:
    calling = hours(own, zone)
    between = at + timedelta(minutes=minutes)
    opening = calling.next_opening(at)
    assert opening is not None
    transition = calling.zone.utcoffset(between.replace(tzinfo=None)) != calling.zone.utcoffset(
        (between - timedelta(days=1)).replace(tzinfo=None)
    )
    assert between >= opening or not calling.may_dial(between) or transition


def test_a_campaign_can_only_narrow() -> None:
    ten = china("2026-11-20T10:00:00")
    assert hours().may_dial(ten, ["每天 09:30-10:30"])
    assert not hours().may_dial(ten, ["每天 10:30-11:30"])
    assert not hours().may_dial(china("2026-11-20T21:00:00"), ["每天 00:00-24:00"])
    assert hours().next_opening(ten, ["每天 10:30-11:30"]) == china("2026-11-20T10:30:00")
    assert hours().next_opening(ten, ["每天 12:00-13:00"]) is None


def test_the_profile_bounds_the_settings(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, robot={"hours": ["每天 00:00-24:00"]})
    calling = CallingHours.of(settings, CALENDAR)
    assert not calling.may_dial(china("2026-11-20T08:29:59"))
    assert calling.may_dial(china("2026-11-20T08:30:00"))
    assert not calling.may_dial(china("2026-11-21T08:30:00"))


@pytest.mark.parametrize("year", sorted(CALENDAR.years))
def test_what_is_not_known_is_never_taken_for_certain(year: int) -> None:
    every = (date(year, 1, 1) + timedelta(days=days) for days in range(365))
    wrong = [day for day in every if CALENDAR.is_working_day(day) not in kinds(day, UNKNOWN)]
    assert wrong == []
    certain = sum(kinds(date(year, 1, 1) + timedelta(days=days), UNKNOWN) == WORKED for days in range(365))
    assert certain > 200


def test_a_missing_year_closes_possible_holidays_and_leaves_the_rest_open() -> None:
    calling = hours(calendar=Calendar({2026: CALENDAR.years[2026]}))
    assert not calling.may_dial(china("2027-02-08T10:00:00"))  # 春节 is on the 6th
    assert not calling.may_dial(china("2027-10-04T10:00:00"))
    assert calling.may_dial(china("2027-03-10T10:00:00"))
    assert not is_known(date(2026, 12, 31), calling.calendar)
    assert kinds(date(2026, 12, 31), calling.calendar) == EITHER
    assert kinds(date(2027, 7, 10), calling.calendar) == OFF


def test_a_term_in_working_days_is_never_shortened_by_what_is_not_known() -> None:
    assert after_working_days(date(2026, 9, 30), 5, CALENDAR) == date(2026, 10, 13)
    assert after_working_days(date(2026, 9, 30), 5, UNKNOWN) >= date(2026, 10, 13)
    assert hours().term(china("2026-11-20T10:00:00"), 5) == china("2026-11-28T00:00:00")
