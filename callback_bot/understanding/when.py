"""At what time somebody wants to be called again (明天下午三点, 过半个小时): the next such moment. Pure.

``ticket_bridge.extract.time`` reads when something happened and looks back; here every time lies ahead.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from .text import plain

_N = "[零一二两三四五六七八九十0-9]{1,3}"
_PARTS = {
    **dict.fromkeys(("凌晨", "半夜"), time(0)),
    **dict.fromkeys(("早上", "清早", "早晨", "一早", "早饭后"), time(8, 30)),
    **dict.fromkeys(("上午",), time(9, 30)),
    **dict.fromkeys(("中午", "晌午", "午休"), time(12)),
    **dict.fromkeys(("下午", "午后", "后晌", "午饭后"), time(14, 30)),
    **dict.fromkeys(("傍晚", "下班", "下了班", "放学"), time(18)),
    **dict.fromkeys(("晚上", "晚饭后", "夜里", "今晚", "明晚", "天黑"), time(19)),
}
_FIRST = time(9)
"""A day alone is called at this time."""
_DAYS = {"今天": 0, "今晚": 0, "明天": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3}
_WEEKDAYS = {char: number for number, char in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_VAGUE = (
    (re.compile("等会|马上|很快|待会|稍后|一下(?:再|子)"), timedelta(minutes=30)),
    (re.compile("晚点|回头|迟点|忙完|有空|空了|先挂|过后|过一阵"), timedelta(hours=2)),
    (re.compile("改天|改日|过(?:两|几|些)天|隔天|择日|下次"), timedelta(days=2)),
)
_UNITS = {"分": 1, "刻": 15, "小": 60, "钟": 60, "个": 60, "天": 1440, "周": 10080, "星": 10080, "礼": 10080}
_SPAN = re.compile(
    rf"(?P<lead>再过|过|等|隔|得)?(?P<n>{_N}|半|几)"
    "(?P<more>个半|个多|来|多)?个?"
    "(?P<unit>分钟|刻钟|小时|钟头|钟(?!以)|天|周|星期|礼拜)(?P<half>半)?(?P<tail>之后|以后|后|再|左右|吧)?"
)
_CLOCK = re.compile(
    rf"(?P<part>{'|'.join(sorted(_PARTS, key=len, reverse=True))})?的?(?P<hour>{_N})点(?!点|事|时间)"
    rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_N})分?)?"
)
_DAY = re.compile(
    "(?P<near>大后天|后天|明天|明早|明晚|今天|今晚)|(?P<next>下+)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
    f"|(?:(?P<month>{_N})月|下个?月)?(?P<day>{_N})[号日]"
)
_PART = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)))


def when_of(words: str, now: datetime, *, vague: bool = False) -> datetime | None:
    """Return the next moment after ``now`` (aware, the citizen's zone) that the words name, None without one.

    ``vague``: 等会儿, 晚点, 改天 count, too, as half an hour, two hours and two days.
    """
    text = plain(re.sub(r"(?<=\d)[:：](?=\d)", "点", words))
    span = _SPAN.search(text)
    if span is not None and (span["lead"] or span["tail"]):
        return _after(span, now)
    day, part, clock = _DAY.search(text), _PART.search(text), _CLOCK.search(text)
    if day is None and part is None and clock is None:
        length = next((length for pattern, length in _VAGUE if pattern.search(text)), None)
        return now + length if vague and length is not None else None
    try:
        moment = _on(day, now)
    except ValueError:
        return None
    at = _time(clock, part.group() if part else "") if clock else _PARTS[part.group()] if part else _FIRST
    if at is None:
        return None
    found = datetime.combine(moment, at, now.tzinfo)
    if found > now:
        return found
    return _later(found, now, clock, named=day is not None)


def _after(span: re.Match[str], now: datetime) -> datetime:
    count = {"半": 0.5, "几": 3.0}.get(span["n"]) or float(_number(span["n"]) or 1)
    if span["half"] or span["more"] == "个半":
        count += 0.5
    return now + timedelta(minutes=count * _UNITS[span["unit"][0]])


def _on(day: re.Match[str] | None, now: datetime) -> date:
    today = now.date()
    if day is None:
        return today
    if day["near"]:
        return today + timedelta(days=_DAYS[day["near"]])
    if day["weekday"]:
        monday = today - timedelta(days=today.weekday())
        found = monday + timedelta(days=_WEEKDAYS[day["weekday"]] + 7 * len(day["next"] or ""))
        return found if found >= today else found + timedelta(days=7)
    return _of_month(day, today)


def _of_month(day: re.Match[str], today: date) -> date:
    number, month = _number(day["day"]) or 0, _number(day["month"] or "")
    if month is not None:
        found = date(today.year, month, number)
        return found if found >= today else found.replace(year=today.year + 1)
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=number)
    return following if "下" in day.group() or number < today.day else today.replace(day=number)


def _time(clock: re.Match[str], part: str) -> time | None:
    """Read a clock time; without a part of the day, 1 to 6 are of the afternoon."""
    hour = _number(clock["hour"])
    minute = 30 if clock["half"] else {"一": 15, "三": 45}.get(clock["quarter"] or "", 0)
    minute = _number(clock["minute"]) or 0 if clock["minute"] else minute
    if hour is None or hour > 24 or minute > 59:
        return None
    named = _PARTS.get(clock["part"] or part)
    late = named >= time(12) if named is not None else hour < 7
    if late and hour < 12 and not (named == time(12) and hour == 11):
        hour += 12
    return time(hour % 24, minute)


def _later(found: datetime, now: datetime, clock: re.Match[str] | None, *, named: bool) -> datetime | None:
    """Move a time of today that is past to the evening, or to tomorrow; 今天上午 in the afternoon is none."""
    if clock is not None and clock["part"] is None and found.hour < 9 and found + timedelta(hours=12) > now:
        return found + timedelta(hours=12)
    return None if named else found + timedelta(days=1)


def _number(said: str) -> int | None:
    """Read a number up to ninety-nine, in figures or characters."""
    if said.isdecimal() and said.isascii():
        return int(said)
    digits = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
    tens, ten, ones = said.partition("十")
    if not said or any(char not in digits for char in tens + ones) or len(tens) > 1 or len(ones) > 1:
        return None
    return (digits.get(tens, 1) if ten else 0) * 10 + digits[ones or "零"] if ten else digits[tens]
