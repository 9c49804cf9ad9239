"""When it happened, reckoned from the call (BJ C.3): a minute, a date, or a range up to the call."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, number, rules
from .dates import DAY, day_of

_N = r"[零一二两三四五六七八九十\d]{1,4}"
_MORNINGS = ("凌晨", "半夜", "清早", "早上", "早晨", "早", "上午")
_AFTERNOONS = ("中午", "下午", "傍晚", "晚上", "夜里", "晚")
_PARTS = {**dict.fromkeys(_MORNINGS, 0), **dict.fromkeys(_AFTERNOONS, 12)}


@dataclass(frozen=True)
class When:
    """A moment or a day; ``lasting`` when it is the beginning of a state."""

    start: datetime
    minute: bool
    span: Span
    sure: float
    lasting: bool = False


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    data = rules("times")
    part = "|".join(sorted(_PARTS, key=len, reverse=True))
    clock = (
        rf"(?:(?P<part>{part})?(?P<hour>{_N})(?:点|时)(?:钟|整|来钟|多钟?)?"
        rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_N})分?)?)"
    )
    return {
        "clock": re.compile(clock),
        "day": re.compile(DAY),
        "lasting": re.compile(
            rf"(?P<n>{_N}|[两几半]|十来|十几|好几)多?个?多?(?P<unit>天|年|周|星期|礼拜|月)多?"
            "(?:了|没|都没|一直|都|左右了)"
        ),
        "now": either(data["now"]),
        "begun": either(data["begun"]),
        "begun_asked": either(data["begun_asked"]),
        "since": either(data["since"]),
        "future": either(data["future"]),
        "handling": either(data["handling"]),
        "asked": either(data["asked"]),
        "state": either(data["state"]),
        "opening": either(data["opening"]),
    }


def _clock(match: re.Match[str], day: datetime) -> datetime | None:
    hour = number(match.group("hour"))
    if hour is None or hour > 24:
        return None
    part = match.group("part") or ""
    if _PARTS.get(part, 0) == 12 and hour < 12 and not (part == "中午" and hour == 11):
        hour += 12
    if part in ("半夜", "夜里", "晚上", "晚") and hour in (12, 24):
        hour = 24
    minute = 30 if match.group("half") else 0
    if match.group("quarter"):
        minute = 15 if match.group("quarter") == "一" else 45
    elif match.group("minute"):
        minute = number(match.group("minute")) or 0
    if minute > 59:
        return None
    return day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour, minutes=minute)


def _read(talk: Talk, line: Line, base: datetime, now: float) -> list[When]:
    """Read every time expression of an utterance of the citizen."""
    patterns = _rules()
    asked = patterns["asked"].search(talk.question_before(line)) is not None
    text = line.plain.text
    made: list[When] = []
    for match, span in line.search(patterns["day"]):
        day = day_of(match, base.date())
        around = text[max(0, match.start() - 8) : match.end() + 14]
        if day is None or patterns["future"].search(around):
            continue
        start = datetime(day.year, day.month, day.day, tzinfo=base.tzinfo)
        sure = 0.5 + (0.25 if asked else 0) - (0.35 if patterns["handling"].search(around) else 0)
        sure -= 0.2 if match.group("year") and not match.group("ymonth") else 0
        sure -= 0.1 if match.group("festival") or (match.group("only") and not asked) else 0
        sure += 0.15 if patterns["since"].match(text, match.end()) else 0
        clock = patterns["clock"].search(text, match.end(), match.end() + 16)
        if (
            clock is not None
            and (moment := _clock(clock, start)) is not None
            and clock.start() - match.end() <= 6
        ):
            made.append(When(moment, True, line.span(match.start(), clock.end()), sure + 0.1))
        else:
            made.append(When(start, False, span, sure))
    if not made:
        made += _bare_clocks(line, base, asked)
    made += [replace(when, lasting=True) for when in _durations(line, base, asked)]
    if not asked:
        made += [When(base, True, span, now) for _, span in line.search(patterns["now"])]
    begun = patterns["begun"].search(text) or patterns["begun_asked"].search(talk.question_before(line))
    return [replace(when, lasting=when.lasting or begun is not None) for when in made]


def _bare_clocks(line: Line, base: datetime, asked: bool) -> list[When]:
    patterns = _rules()
    made: list[When] = []
    for match, span in line.search(patterns["clock"]):
        moment = _clock(match, base)
        if moment is None or patterns["opening"].search(line.plain.text):
            continue
        step = timedelta(hours=12 if match.group("part") is None else 24)
        while moment > base:
            moment -= step
        while moment + step <= base:
            moment += step
        since = 0.1 if patterns["since"].match(line.plain.text, match.end()) else 0
        made.append(When(moment, True, span, (0.65 if asked else 0.4) + since))
    return made


def _durations(line: Line, base: datetime, asked: bool) -> list[When]:
    made: list[When] = []
    units = {"天": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365}
    for match, span in line.search(_rules()["lasting"]):
        text = match.group("n")
        count = {"半": 0.5, "几": 3, "好几": 3, "十来": 10, "十几": 10}.get(text) or number(text)
        if count is None:
            continue
        start = base - timedelta(days=min(count * units[match.group("unit")], 36_500))
        day = start.replace(hour=0, minute=0, second=0, microsecond=0)
        made.append(When(day, False, span, 0.6 if asked else 0.4))
    return made


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the best supported time of the citizen; a state that lasts becomes a range to the call."""
    kind = found.get(FieldName.KIND)
    if kind is not None and kind.value in ("咨询", "建议", "无效"):
        return {}
    base = context.called_at.replace(second=0, microsecond=0)
    now = 0.55 if FieldName.EMERGENCY_LINE in found else 0.3
    hits = [when for line in talk.citizen for when in _read(talk, line, base, now) if when.start <= base]
    if not hits:
        return {}
    best = max(hits, key=lambda when: when.sure)
    if best.sure < 0.3:
        return {}
    state = next((span for _, span in best.span.line.search(_rules()["state"])), None)
    value = _written(best)
    if best.lasting or (state is not None and best.start.date() < base.date() and not best.minute):
        value += "/" + (base.strftime("%Y-%m-%dT%H:%M") if best.minute else base.strftime("%Y-%m-%d"))
    evidence = (best.span.evidence,) if state is None else (best.span.evidence, state.evidence)
    return {FieldName.OCCURRED_AT: Field(value, min(best.sure, 0.9), evidence)}


def _written(when: When) -> str:
    return when.start.strftime("%Y-%m-%dT%H:%M" if when.minute else "%Y-%m-%d")
