from __future__ import annotations

from datetime import datetime

import pytest

from hotline.core import calendar
from hotline.core.opening_hours import is_open, parse

CALENDAR = calendar.load()


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ([], "2026-03-11T03:00", True),
        (["工作日 08:30-12:00"], "2026-03-11T08:30", True),
        (["工作日 08:30-12:00"], "2026-03-11T12:00", False),
        (["工作日 08:30-12:00"], "2026-03-11T08:29:59", False),
        (["工作日 08:30-12:00", "工作日 13:00-17:30"], "2026-03-11T17:29", True),
        (["工作日 08:30-12:00"], "2026-10-01T10:00", False),  # National Day, a Thursday
        (["休息日 08:30-12:00"], "2026-10-01T10:00", True),
        (["工作日 08:30-12:00"], "2026-10-10T10:00", True),  # a Saturday that is worked
        (["每天 00:00-24:00"], "2026-10-10T23:59", True),
        (["周一至周五 09:00-17:00"], "2026-10-10T10:00", False),
        (["周一至周五 09:00-17:00"], "2026-10-01T10:00", True),
        (["周六、周日 09:00-17:00"], "2026-10-10T10:00", True),
        (["周天 09:00-17:00"], "2026-10-11T10:00", True),
        (["周一、周三至周五 09:00-17:00"], "2026-10-06T10:00", False),
    ],
)
def test_who_is_open_when(hours, at, expected):
    assert is_open(hours, datetime.fromisoformat(at), CALENDAR) is expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "工作日", "08:00-12:00", "工作日 8:00-12:00", "周五至周一 08:00-12:00", "周八 08:00-12:00"),
        *("每天 22:00-06:00", "每天 08:00-24:30", "每天 08:00-08:00", "每天 08:00-12:00 x"),
        "每天\n08:00-12:00",
    ],
)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match=r"opening hours|before it begins|backwards"):
        parse(text)
