from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from hotline.core import calendar, calendar_seed
from hotline.core.errors import ConfigError


def test_the_file_is_what_chinesecalendar_knows() -> None:
    assert json.loads(calendar.DATA.read_text(encoding="utf-8")) == calendar_seed.seed()


def test_working_days_are_those_of_chinesecalendar() -> None:
    known = calendar.load()
    day = date(2024, 1, 1)
    while day.year < 2027:
        assert known.is_working_day(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_an_unknown_year_works_monday_to_friday() -> None:
    known = calendar.load()
    assert known.is_working_day(date(2031, 1, 1))
    assert not known.is_working_day(date(2031, 1, 4))
    assert known.holiday(date(2031, 1, 1)) is None


def test_a_missing_year_is_told_before_it_begins() -> None:
    known = calendar.load()
    assert known.missing_years(date(2026, 11, 1)) == ()
    assert known.missing_years(date(2026, 12, 1)) == (2027,)
    assert known.missing_years(date(2028, 12, 31)) == (2028, 2029)


def test_a_site_adds_a_year_of_its_own(tmp_path: Path) -> None:
    extra = tmp_path / "calendar.json"
    year = {"off": {"2027-01-01": "元旦"}, "work": ["2027-01-10"]}
    extra.write_text(json.dumps({"years": {"2027": year}}), encoding="utf-8")
    known = calendar.load(extra)
    assert known.holiday(date(2027, 1, 1)) == "元旦"
    assert known.is_working_day(date(2027, 1, 10))
    assert known.holiday(date(2026, 1, 1)) == "元旦"
    assert known.missing_years(date(2026, 12, 1)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"years": {"2027": []}}',
        '{"years": {"2027": {"off": {"2026-01-01": "元旦"}, "work": []}}}',
        '{"years": {"2027": {"off": {"2027-02-30": "元旦"}, "work": []}}}',
        '{"years": {"2027": {"off": {"2027-01-01": "元旦"}, "work": ["2027-01-01"]}}}',
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    extra = tmp_path / "calendar.json"
    extra.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="not a readable calendar"):
        calendar.load(extra)
