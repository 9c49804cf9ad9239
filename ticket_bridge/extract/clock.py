"""Clock times as people say them (下午三点半, 昨晚十一点多), on a day that is told apart."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ..words import number

_N = r"[零一二两三四五六七八九十\d]{1,4}"
_MORNINGS = ("凌晨", "今晨", "半夜", "大清早", "清早", "清晨", "一大早", "早上", "早晨", "早", "上午")
_NIGHTS = ("晚上", "夜里", "夜间", "深夜", "大晚上", "晚")
_EVENINGS = ("傍晚", "傍黑", "擦黑", "黑天", "天黑", "下班", "放学")
_AFTERNOONS = ("中午", "晌午", "午后", "下午", "后晌", *_EVENINGS, *_NIGHTS)
_SMALL_HOURS = ("大半夜", "后半夜", "下半夜")
_PARTS = {
    **dict.fromkeys((*_MORNINGS, *_SMALL_HOURS), 0),
    **dict.fromkeys(_AFTERNOONS, 12),
}
_SMALL = 5
"""Hours below this, at night, belong to the next day (昨天夜里两点)."""

PART = "|".join(sorted(_PARTS, key=len, reverse=True))
"""The pattern of a part of the day."""
CLOCK = (
    rf"(?:(?P<part>{PART})?(?<![有快好差慢少这那大小])(?P<hour>{_N})(?:点(?!水)|时(?!候|间|不时))"
    r"(?:整|来钟|多钟?|钟?(?:(?P<half>半)|(?P<quarter>[一三])刻"
    r"|(?P<minute>[一二三四五]?十[一二三四五六七八九]?|[零〇][一二三四五六七八九]|\d{2}|[一二三四五六七八九](?=分))分?)?))"
)
"""The pattern of a clock time; 有一点 and 快一点 tell none."""


def part_in(said: str) -> str:
    """Return the part of the day that a day's name ends in (昨晚 → 晚), else an empty text."""
    return "晚" if said.endswith(("晚", "夜")) else ""


def clock_of(match: re.Match[str], day: datetime, part: str = "") -> datetime | None:
    """Return the moment on a day; ``part`` is the part of the day said before, apart from the clock time."""
    hour = number(match.group("hour"))
    if hour is None or hour > 24:
        return None
    part = match.group("part") or part
    if part in _NIGHTS and hour < _SMALL:
        hour += 24
    elif _PARTS.get(part, 0) == 12 and hour < 12 and not (part in ("中午", "晌午") and hour == 11):
        hour += 12
    elif part in ("半夜", *_SMALL_HOURS, *_NIGHTS) and hour in (12, 24):
        hour = 24
    minute = 30 if match.group("half") else 0
    if match.group("quarter"):
        minute = 15 if match.group("quarter") == "一" else 45
    elif match.group("minute"):
        minute = number(match.group("minute")) or 0
    if minute > 59:
        return None
    return day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour, minutes=minute)
