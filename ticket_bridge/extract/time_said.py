"""Every time that is said in a call (昨天下午三点, 从上礼拜四, 四五天了), reckoned from the call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from ..talk import Line, Span, Talk
from ..words import either, number, rules
from .clock import CLOCK, PART, clock_of, part_in
from .dates import DAY, day_of, in_month_said

_N = r"[零一二两三四五六七八九十\d]{1,4}"
_DAY = 24 * 60
_MINUTES = {
    "分钟": 1,
    **dict.fromkeys(("小时", "钟头"), 60),
    "天": _DAY,
    **dict.fromkeys(("周", "星期", "礼拜"), 7 * _DAY),
    "月": 30 * _DAY,
    "年": 365 * _DAY,
}
_COUNTS = {"半": 0.5, "几": 3, "好几": 3, "十来": 10, "十几": 10}
_FORMS = ("ago", "lmonth", "month", "year", "wday", "weeks", "festival", "only")
"""The ways to name a day, by the groups of ``DAY``."""
_VAGUE_DAY = re.compile("(?:月份?|月?底|月?初|月中|[上中下]旬)$")
_YEAR_NUMBER = 100
"""From here on the number before 年 names one (一九六一年)."""
_NEAR = 6
"""So far behind its day a clock time stands that names no part of the day."""
_BEHIND = 20
_SURELY_ITS = 10
"""An hour ending no farther behind the day is surely its own; beyond, the day may be meant alone."""
_TURNS = 4
"""So many turns after a day its hour may be told."""
_NOON = 12
_NO_DAYS = ("lasting", "before", "now", "clock")


@dataclass(frozen=True)
class When:
    """A moment or a day that was said.

    ``form``: how it was said; ``at``: where in the line's ``plain`` text; ``part``: the part of the day told
    with it; ``lasting``: it is the beginning of a state.
    """

    start: datetime
    minute: bool
    span: Span
    form: str
    at: tuple[int, int]
    part: str = ""
    lasting: bool = False

    @property
    def vague(self) -> bool:
        """Whether only a month was said, or a part of one."""
        return not self.minute and _VAGUE_DAY.search(self.span.text) is not None

    @property
    def value(self) -> str:
        """The minute or the date, as a ticket has it."""
        return self.start.strftime("%Y-%m-%dT%H:%M" if self.minute else "%Y-%m-%d")


@cache
def time_rules() -> dict[str, re.Pattern[str]]:
    """Return the patterns of ``times.yaml`` and those of clock times and durations, by name."""
    made = {
        name: either(told) if isinstance(told, list) else re.compile(told)
        for name, told in rules("times").items()
    }
    count = rf"(?P<n>{_N}|[两几半]|十来|十几|好几)多?个?"
    return made | {
        "clock": re.compile(CLOCK),
        "day": re.compile(DAY),
        "part": re.compile(PART),
        "lasting": re.compile(
            rf"{count}多?(?P<unit>小时|钟头|分钟|(?<!半)天|年|周|星期|礼拜|月)多?(?:了|没|都没|一直|都|左右了)"
        ),
        "before": re.compile(
            rf"{count}(?P<half>半)?(?P<unit>小时|钟头|分钟|天|年|周|星期|礼拜|月)(?:左右)?(?:之|以)?前(?!面)"
        ),
    }


def times_said(talk: Talk, base: datetime) -> list[When]:
    """Return every time that either side says, none after ``base``, the moment of the call."""
    said = [when for line in talk.lines for when in _of_line(talk, line.smooth, base)]
    said += list(_hours_told_apart(talk, said))
    return list({(when.value, when.span): when for when in said if when.start <= base}.values())


def _of_line(talk: Talk, line: Line, base: datetime) -> list[When]:
    made = list(_days(line, base))
    made += _bare_clocks(line, base, made)
    made += _durations(line, base)
    made += [When(base, True, span, "now", match.span()) for match, span in line.search(time_rules()["now"])]
    begun = time_rules()["begun"].search(line.plain.text) or time_rules()["begun_asked"].search(
        talk.question_before(line)
    )
    return [replace(when, lasting=when.lasting or begun is not None) for when in made]


def _days(line: Line, base: datetime) -> Iterator[When]:
    """Read the days of an utterance, each with its hour where one is told."""
    text = line.plain.text
    month: date | None = None
    for match, span in line.search(time_rules()["day"]):
        day = (in_month_said(match, month) if month is not None else None) or day_of(match, base.date())
        if day is None:
            continue
        month = day if _VAGUE_DAY.search(span.text) else month
        form = next(name for name in _FORMS if match.group(name))
        start = datetime(day.year, day.month, day.day, tzinfo=base.tzinfo)
        said = time_rules()["part"].match(text, match.end())
        part = said.group() if said is not None else part_in(span.text)
        hours = list(_hours_of(line, match, start, part, base.date()))
        yield from (replace(when, form=f"{form}{when.form}") for when in hours)
        if not hours or hours[0].at[1] - match.end() > _SURELY_ITS:
            yield When(start, False, span, form, match.span(), part)


def _hours_of(line: Line, day: re.Match[str], start: datetime, part: str, today: date) -> Iterator[When]:
    """Give the moment whose clock time is said soon after its day, before another day is named."""
    patterns, text = time_rules(), line.plain.text
    clock = patterns["clock"].search(text, day.end(), day.end() + _BEHIND)
    if clock is None or patterns["until"].search(text[: clock.start()]):
        return
    between = text[day.end() : clock.start()]
    others = [day_of(other, today) for other in patterns["day"].finditer(between)]
    if patterns["again"].search(between) or any(
        other is not None and other != start.date() for other in others
    ):
        return
    repeated = patterns["part"].search(between) if others else None
    part = part if repeated is None else repeated.group()
    if clock.start() - day.end() <= _NEAR or clock.group("part") or part:
        for moment, form in _readings(clock, start, part):
            span = line.span(day.start(), clock.end())
            yield When(
                moment, True, span, f"+{form}", (day.start(), clock.end()), clock.group("part") or part
            )


def _readings(clock: re.Match[str], day: datetime, part: str) -> Iterator[tuple[datetime, str]]:
    """Give the moment of a clock time; without a part of the day it may be twelve hours later (昨天五点)."""
    moment = clock_of(clock, day, part)
    if moment is None:
        return
    yield moment, ""
    if not part and not clock.group("part") and moment.hour < _NOON:
        yield moment + timedelta(hours=_NOON), "pm"


def _bare_clocks(line: Line, base: datetime, days: Sequence[When]) -> Iterator[When]:
    """Read clock times that no day goes with, as the last such time before the call."""
    for match, span in line.search(time_rules()["clock"]):
        moment = clock_of(match, base)
        if moment is None or any(match.start() < when.at[1] and match.end() > when.at[0] for when in days):
            continue
        step = timedelta(hours=12 if match.group("part") is None else 24)
        while moment > base:
            moment -= step
        while moment + step <= base:
            moment += step
        yield When(moment, True, span, "clock", match.span(), match.group("part") or "")


def _durations(line: Line, base: datetime) -> Iterator[When]:
    """Read how long something lasts, or how long ago it was, as a beginning."""
    for kind in ("lasting", "before"):
        for match, span in line.search(time_rules()[kind]):
            text, unit = match.group("n"), match.group("unit")
            count = _COUNTS.get(text) or number(text)
            if count is None or count >= _YEAR_NUMBER:
                continue
            count += 0.5 if kind == "before" and match.group("half") else 0
            start = _back(base, count, unit)
            minute = _MINUTES[unit] < _DAY
            if not minute:
                start = start.replace(hour=0, minute=0)
            yield When(start, minute, span, kind, match.span(), lasting=kind == "lasting")


def _back(base: datetime, count: float, unit: str) -> datetime:
    """Go back by whole years or months of the calendar, else by their usual length."""
    if unit in ("年", "月") and count == int(count) and count < 1200:
        months = base.year * 12 + base.month - 1 - int(count) * (12 if unit == "年" else 1)
        return base.replace(year=months // 12, month=months % 12 + 1, day=min(base.day, 28))
    return base - timedelta(minutes=min(count * _MINUTES[unit], 36_500 * _DAY))


def _hours_told_apart(talk: Talk, said: Sequence[When]) -> Iterator[When]:
    """Give every day with the hours told in the turns after it (九月四号晚上几点？六点半), or told again."""
    patterns = time_rules()
    clocks = [
        (line.smooth, match, span)
        for line in talk.lines
        for match, span in line.smooth.search(patterns["clock"])
        if not patterns["every"].search(line.smooth.plain.text[: match.start()])
    ]
    parts = {when.start.date(): when.part for when in said if when.part}
    for when in said:
        if when.form in _NO_DAYS:
            continue
        day = when.start.replace(hour=0, minute=0)
        part = when.part or parts.get(day.date(), "")
        for line, match, span in clocks:
            later = line.index - when.span.line.index
            behind = later > 0 or match.start() >= when.at[1]
            if not behind or later > _TURNS or (when.minute and later):
                continue
            for moment, form in _readings(match, day, part):
                own = f"{when.form}~{form}"
                yield When(moment, True, span, own, match.span(), part, lasting=when.lasting)
