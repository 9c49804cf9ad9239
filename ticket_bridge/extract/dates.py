"""Days as people name them (昨天, 上礼拜四, 去年七月, 大年初三), reckoned from the day of the call."""

from __future__ import annotations

import re
from datetime import date, timedelta

from lunardate import LunarDate

from ..words import number

_N = r"[零一二两三四五六七八九十\d]{1,4}"
_WEEKDAYS = {char: index for index, char in enumerate("一二三四五六日")} | {"天": 6}
_FIXED = {
    "元旦": (1, 1),
    "五一": (5, 1),
    "劳动节": (5, 1),
    "十一": (10, 1),
    "国庆": (10, 1),
    "双十一": (11, 11),
    "清明": (4, 5),
}
_LUNAR = {"中秋": (8, 15), "端午": (5, 5), "元宵": (1, 15), "春节": (1, 1), "过完年": (1, 7)}
_EVE = ("除夕", "大年三十")
_FESTIVALS = "|".join(sorted((*_FIXED, *_LUNAR, *_EVE, "大年初[一二三四五六七]"), key=len, reverse=True))

DAY = (
    r"(?P<ago>大前|前|昨|今)(?:天|日|儿个?|晚|早|夜)"
    rf"|(?P<month>上个?月|这个?月|本月|{_N}月份?)的?"
    rf"(?P<mday>{_N}来?[号日]|初(?!中|[一二三四五六七八九])|中旬|底|下旬|上旬)?(?!天)"
    rf"|(?P<year>去年|前年|今年|{_N}年)的?(?P<ymonth>{_N}月份?)?(?:(?P<yday>{_N})[号日])?"
    r"|(?P<week>上+个?|这个?|本)?(?:礼拜|星期|周)(?P<wday>[一二三四五六日天])"
    rf"|(?P<festival>{_FESTIVALS})(?!路|街|广场|点|月|号|日|个|楼|栋|岁|层|万|年|块|幢|单元|中学|小学)"
    r"|(?<![月楼元门院道街巷路村社镇组屯穗百千十一二三四五六七八九\d])"
    r"(?P<only>[一二三]?十?[一二三四五六七八九十]|\d{1,2})[号日](?![楼院口线窗店码])"
)
"""The pattern of a day; its groups are read by ``day_of``."""


def day_of(match: re.Match[str], today: date) -> date | None:
    """Return the day that a match of ``DAY`` names, None when there is no such day."""
    try:
        return _reckon(match.groupdict(), today)
    except ValueError:
        return None


def _reckon(got: dict[str, str | None], today: date) -> date | None:
    if (ago := got["ago"]) is not None:
        day = today - timedelta(days={"今": 0, "昨": 1, "前": 2, "大前": 3}[ago])
    elif (month := got["month"]) is not None:
        day = _month_day(month, got["mday"], today)
    elif (year := got["year"]) is not None:
        day = _year_day(year, got["ymonth"], got["yday"], today)
    elif (weekday := got["wday"]) is not None:
        day = _week_day(got["week"] or "", weekday, today)
    elif (festival := got["festival"]) is not None:
        day = _festival(festival, today)
    else:
        day = _last_such_day(number(got["only"] or ""), today)
    return day


def _week_day(week: str, weekday: str, today: date) -> date:
    """Weeks begin on Monday; a weekday alone is the last one there was."""
    day = today - timedelta(days=today.weekday()) + timedelta(days=_WEEKDAYS[weekday])
    if week.startswith("上"):
        return day - timedelta(days=7 * week.count("上"))
    return day if day <= today or week else day - timedelta(days=7)


def _last_such_day(day: int | None, today: date) -> date | None:
    if day is None or not 1 <= day <= 31:
        return None
    if day <= today.day:
        return today.replace(day=day)
    return (today.replace(day=1) - timedelta(days=1)).replace(day=day)


def _month_day(month: str, mday: str | None, today: date) -> date | None:
    if month.startswith("上"):
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    elif month.startswith(("这", "本")):
        first = today.replace(day=1)
    else:
        value = number(month.rstrip("份").rstrip("月"))
        if value is None or not 1 <= value <= 12:
            return None
        first = date(today.year if value <= today.month else today.year - 1, value, 1)
    return first.replace(day=_day_of_month(mday))


def _day_of_month(text: str | None) -> int:
    named = {None: 1, "初": 1, "上旬": 1, "中旬": 11, "下旬": 21, "底": 28}
    if text in named:
        return named[text]
    return number(str(text).rstrip("号日")) or 1


def _year_day(year: str, month: str | None, day: str | None, today: date) -> date | None:
    named = {"去年": today.year - 1, "前年": today.year - 2, "今年": today.year}
    value = named.get(year) or number(year.rstrip("年"))
    if value is None or not today.year - 80 <= value <= today.year:
        return None
    if month is None and day is None and year == "今年":
        return None
    m = number(month.rstrip("份").rstrip("月")) if month else 1
    d = number(day) if day else 1
    return date(value, m or 1, d or 1)


def _festival(name: str, today: date) -> date | None:
    """Return the last day of that name there was."""
    return next(
        (day for year in (today.year, today.year - 1) if (day := _in_year(name, year)) <= today), None
    )


def _in_year(name: str, year: int) -> date:
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _EVE:
        return _lunar(year, 1, 1) - timedelta(days=1)
    month, day = _LUNAR.get(name) or (1, number(name[-1]) or 1)
    return _lunar(year, month, day)


def _lunar(year: int, month: int, day: int) -> date:
    return LunarDate(year, month, day).to_solar_date()  # pyright: ignore[reportAttributeAccessIssue]  # its stub is older
