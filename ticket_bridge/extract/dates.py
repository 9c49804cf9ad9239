"""Days as people name them (昨天, 上礼拜四, 大年初三, 腊月二十), reckoned from the day of the call."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from lunardate import LunarDate

from ..words import number

_N = r"[零一二两三四五六七八九十\d]{1,4}"
_IN_MONTH = rf"{_N}[几来]?多?[号日](?!楼|院|线)|初(?!中|[一二三四五六七八九十])|中旬|月?底|下旬|上旬|月?末"
_MONTH = r"(?:(?<!二)(?<!三)十[一二]?|(?<!十)[一二三四五六七八九]|(?<!\d)(?:1[0-2]|0?[1-9]))月份?"
_TENS = r"(?:[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]|[12]?\d|3[01])"
_BARE_DAY = (
    rf"{_TENS}(?=[早晚夜那当]|上午|下午|中午|凌晨|半夜|左右|前后|[买办签交订租报搬入发到开去塌](?!月))"
)
"""A day of the month said without 号 (四月十六晚上, 三月二十买的)."""
_WEEKDAYS = {char: index for index, char in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_FIXED = {
    "元旦": (1, 1),
    "清明": (4, 5),
    "五一": (5, 1),
    "劳动节": (5, 1),
    "六一": (6, 1),
    "七一": (7, 1),
    "暑假": (7, 1),
    "八一": (8, 1),
    "十一": (10, 1),
    "国庆": (10, 1),
    "双十一": (11, 11),
    "开春": (3, 1),
    "入夏": (6, 1),
    "入秋": (9, 1),
    "入冬": (11, 1),
    "年初": (1, 1),
    "开学": (9, 1),
}
_LUNAR = {
    "中秋": (8, 15),
    "端午": (5, 5),
    "元宵": (1, 15),
    "重阳": (9, 9),
    "七夕": (7, 7),
    "小年": (12, 23),
    "腊八": (12, 8),
    "春节": (1, 1),
    "过完年": (1, 7),
    "过了年": (1, 7),
    "年后": (1, 7),
}
_DIGITS = "零一二三四五六七八九"
_CENTURY = 2000
LAST = 99
"""Stands for the last day of a month."""
_EVE = ("除夕", "大年三十", "年三十")
_FESTIVALS = "|".join(sorted((*_FIXED, *_LUNAR, *_EVE), key=len, reverse=True))
_LUNAR_MONTHS = {"正月": 1, "冬月": 11, "腊月": 12}

_YEARS_AGO = {"今年": 0, "去年": 1, "上年": 1, "前年": 2, "大前年": 3}
DAY = (
    r"(?P<ago>大前|前|昨|今)(?:天|日|儿个?|晚|早|夜|晨|(?<=今)朝)"
    rf"|(?:(?P<lyear>去年|前年|今年)的?)?(?P<lmonth>正月|冬月|腊月|大年)(?P<lday>初?{_TENS}几?|里)?"
    rf"|(?P<month>上个?月|这个?月|本月|元月|{_MONTH})(?!亮)的?"
    rf"(?P<mday>{_IN_MONTH}|{_BARE_DAY})?(?!天)"
    rf"|(?P<year>(?!(?:去年|前年)的?(?:{_FESTIVALS}))(?:去年|大前年|前年|今年|上年|{_N}年))的?(?P<ymonth>元月|{_MONTH}|年底|年初|底|初)?(?P<yday>{_IN_MONTH}|{_BARE_DAY})?"
    r"|(?P<week>上+一?个?|这个?|本)?(?<![周期拜][一二三四五六])(?:礼拜|星期|周)(?P<wday>[一二三四五六日天末])"
    r"(?!岁|[和跟到至、]?(?:礼拜|星期|周)[一二三四五六日天])"
    r"|(?P<weeks>上+一?个?)(?:礼拜|星期|周)(?![一二三四五六日天末])"
    rf"|(?:(?P<fyear>去年|前年)的?)?(?<![一二三四五六七八九十百千万初第月])(?P<festival>{_FESTIVALS})(?!路|街|广场|[一二两三四五六七八九十]{{0,2}}点|月|号|日|个"
    r"|楼|栋|岁|层|万|年|块|幢|单元|中学|小学|建军|班|工|公司|头|亩|辆|只|组|户|条|份|斤|回|次|家|间|名|位|级|届|来|多|几|点)"
    r"|(?<![月楼元门院道街巷路村社镇组屯穗百千第十一二三四五六七八九\d])"
    r"(?P<only>[一二三]?十?[一二三四五六七八九十]|\d{1,2})[号日](?![楼院口线窗店码库门房机])"
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
    elif (lunar := got["lmonth"]) is not None:
        day = _lunar_day(got["lyear"], lunar, got["lday"], today)
    elif (month := got["month"]) is not None:
        day = _month_day(month, got["mday"], today)
    elif (year := got["year"]) is not None:
        day = _year_day(year, got["ymonth"], got["yday"], today)
    elif (weekday := got["wday"]) is not None:
        day = _week_day(got["week"] or "", weekday, today)
    elif (weeks := got["weeks"]) is not None:
        day = today - timedelta(days=today.weekday() + 7 * weeks.count("上"))
    elif (festival := got["festival"]) is not None:
        day = _festival(festival, today, got["fyear"])
    else:
        day = _last_such_day(number(got["only"] or ""), today)
    return day


def _week_day(week: str, weekday: str, today: date) -> date:
    """Weeks begin on Monday; a weekday alone is the last one there was."""
    day = today - timedelta(days=today.weekday()) + timedelta(days=_WEEKDAYS[weekday])
    if week.startswith("上"):
        return day - timedelta(days=7 * week.count("上"))
    return day if day <= today or week else day - timedelta(days=7)


def in_month_said(match: re.Match[str], month: date) -> date | None:
    """Return the day of a month told before: 二十六号 after 去年八月底, 三月八号 after 去年三月初."""
    if (only := match.group("only")) is not None:
        day = number(only)
    elif match.group("month") and _month(match.group("month")) == month.month and match.group("mday"):
        day = _day_of_month(match.group("mday"))
    else:
        return None
    longest = monthrange(month.year, month.month)[1]
    return month.replace(day=day) if day is not None and day <= longest else None


def _last_such_day(day: int | None, today: date) -> date | None:
    if day is None or not 1 <= day <= 31:
        return None
    if day <= today.day:
        return today.replace(day=day)
    return (today.replace(day=1) - timedelta(days=1)).replace(day=day)


def _month(text: str) -> int | None:
    value = 1 if text.startswith("元月") else number(text.rstrip("份").rstrip("月"))
    return value if value is not None and 1 <= value <= 12 else None


def _month_day(month: str, mday: str | None, today: date) -> date | None:
    if month.startswith("上"):
        first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    elif month.startswith(("这", "本")):
        first = today.replace(day=1)
    else:
        value = _month(month)
        if value is None:
            return None
        first = date(today.year if value <= today.month else today.year - 1, value, 1)
    return _in_month(first, mday)


def _in_month(first: date, said: str | None) -> date:
    """Return the day of a month; its end is its last day."""
    day = _day_of_month(said)
    return first.replace(day=monthrange(first.year, first.month)[1] if day == LAST else day)


def _day_of_month(text: str | None) -> int:
    named = {None: 1, "初": 1, "上旬": 1, "中旬": 11, "下旬": 21}
    if text in named:
        return named[text]
    if str(text).endswith(("底", "末")):
        return LAST
    return number(str(text).rstrip("号日")) or 1


def _year_day(year: str, month: str | None, day: str | None, today: date) -> date | None:
    value = today.year - _YEARS_AGO[year] if year in _YEARS_AGO else _year_number(year.rstrip("年"))
    if value is None or not today.year - 80 <= value <= today.year:
        return None
    if month is None and day is None and year == "今年":
        return None
    if month is not None and month.endswith(("底", "初")):
        return date(value, 12 if month.endswith("底") else 1, 1)
    return _in_month(date(value, (_month(month) if month else None) or 1, 1), day)


def _year_number(said: str) -> int | None:
    """Return the year of 二零二四 and 二四, digit by digit, or of a number."""
    digits = "".join(str(_DIGITS.find(char)) if char in _DIGITS else char for char in said)
    if digits.isascii() and digits.isdigit() and len(digits) in (2, 4):
        return int(digits) + (_CENTURY if len(digits) == 2 else 0)
    return number(said)


def _lunar_day(year: str | None, month: str, day: str | None, today: date) -> date | None:
    """Return a day of the lunar calendar; 去年腊月 belongs to the lunar year that began in that year."""
    if month == "大年":
        if day is None or not day.startswith("初"):
            return _festival("除夕", today) if day is not None and day.startswith("三十") else None
        month = "正月"
    value = 1 if day in (None, "里") else number(str(day).removeprefix("初").rstrip("几")) or 1
    number_of = _LUNAR_MONTHS[month]
    if year is not None:
        return _lunar(today.year - _YEARS_AGO[year], number_of, value)
    return next(
        (found for back in (0, 1) if (found := _lunar(today.year - back, number_of, value)) <= today), None
    )


def _festival(name: str, today: date, year: str | None = None) -> date | None:
    """Return the day of that name in the year named, else the last there was.

    Schools begin in September and in March, whatever year is named.
    """
    if year is not None and name != "开学":
        return _in_year(name, today.year - _YEARS_AGO[year])
    if name == "开学" and 3 <= today.month < 9:
        return date(today.year, 3, 1)
    return next(
        (day for year in (today.year, today.year - 1) if (day := _in_year(name, year)) <= today), None
    )


def _in_year(name: str, year: int) -> date:
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _EVE:
        return _lunar(year, 1, 1) - timedelta(days=1)
    return _lunar(year, *_LUNAR[name])


def _lunar(year: int, month: int, day: int) -> date:
    return LunarDate(year, month, day).to_solar_date()  # pyright: ignore[reportAttributeAccessIssue]  # its stub is older
