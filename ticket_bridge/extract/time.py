"""When it happened, reckoned from the call (BJ C.3): a minute, a date, or a range up to the call."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from ..context import CallContext
from ..fields import Field, FieldName, Found
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
_BY_DAY = re.compile("^(?:大前|前|昨|今)|[号日]$")
HOUR = 0.35
"""An hour as sure as this is the hour of the day that was told."""
_VAGUE_DAY = re.compile("(?:月份?|月?底|月?初|月中|[上中下]旬)$")
_YEAR_NUMBER = 100
"""From here on the number before 年 names one (一九六一年)."""
_NEAR = 6
"""So far behind its day a clock time stands that names no part of the day."""
_ASIDE = 0.5
"""How much less a time counts that answers a question about something else."""
LEAST = 0.05
"""A time below this belongs to something else (what was done about it before)."""


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
    return {
        "clock": re.compile(CLOCK),
        "day": re.compile(DAY),
        "part": re.compile(PART),
        "at_once": re.compile("[就是对嗯啊]{0,3}(?:现在|刚才|刚刚|这会儿|正)"),
        "agreed": re.compile("(?:说好|约好|通知|原定|答应|本来)(?:是|的)?[^，]{0,2}$"),
        "just": re.compile("(?:刚才|刚刚|今天|今早|就)$"),
        "until": re.compile("[到至]$"),
        "due": either(data["due"]),
        "vaguely": re.compile("(?:月(?:底|末|初|份|中旬)?|月?[一二三]?十几号(?:就?来了)?)[，]?$"),
        "broke_out": either(data["broke_out"]),
        "dealing": either(data["dealing"]),
        "lasting": re.compile(
            rf"(?P<n>{_N}|[两几半]|十来|十几|好几)多?个?多?(?P<unit>小时|钟头|分钟|(?<!半)天|年|周|星期|礼拜|月)多?"
            "(?:了|没|都没|一直|都|左右了)"
        ),
        "before": re.compile(
            rf"(?P<n>{_N}|[两几半]|十来|十几|好几)多?个?(?P<half>半)?(?P<unit>小时|钟头|分钟|天|年|周|星期|礼拜|月)(?:左右)?(?:之|以)?前(?!面)"
        ),
        "now": either(data["now"]),
        "begun": either(data["begun"]),
        "begun_asked": either(data["begun_asked"]),
        "since": either(data["since"]),
        "future": either(data["future"]),
        "handling": either(data["handling"]),
        "asked": either(data["asked"]),
        "usual": re.compile(str(data["usual"])),
        "last_before": re.compile(str(data["last_before"])),
        "last": re.compile(str(data["last"])),
        "feast": re.compile(str(data["feast"])),
        "asked_aside": re.compile(str(data["asked_aside"])),
        "expiry": re.compile(str(data["expiry"])),
        "roughly": re.compile(str(data["roughly"])),
        "asked_dealing": re.compile(str(data["asked_dealing"])),
        "asked_handling": re.compile(str(data["asked_handling"])),
        "state": either(data["state"]),
        "opening": either(data["opening"]),
    }


def _read(talk: Talk, line: Line, base: datetime, now: float) -> list[When]:
    """Read every time expression of an utterance of the citizen."""
    patterns = _rules()
    question = talk.question_before(line)
    asked = patterns["asked"].search(question) is not None and not patterns["usual"].search(question)
    beside = _beside(question, asked=asked)
    text = line.plain.text
    made: list[When] = []
    month: date | None = None
    for match, span in line.search(patterns["day"]):
        day = (in_month_said(match, month) if month is not None else None) or day_of(match, base.date())
        month = day if day is not None and _VAGUE_DAY.search(span.text) else month
        around = text[max(0, match.start() - 8) : match.end() + 14]
        if day is None or patterns["future"].search(around):
            continue
        start = datetime(day.year, day.month, day.day, tzinfo=base.tzinfo)
        sure = 0.5 + (0.25 if asked else 0) - (0.35 if patterns["handling"].search(around) else 0)
        sure -= 0.2 if match.group("year") and not match.group("ymonth") else 0
        sure -= 0.2 if patterns["expiry"].match(text, match.end()) else 0
        roughly = match.group("festival") and patterns["roughly"].search(around)
        sure -= 0.15 if roughly else 0
        sure -= 0.1 if match.group("festival") or (match.group("only") and not asked) else 0
        sure += 0.15 if patterns["since"].match(text, match.end()) else 0
        sure += 0.1 if match.group("lday") else 0
        sure -= 0.05 if _VAGUE_DAY.search(span.text) else 0
        sure -= 0.1 if match.group("ago") == "今" and not asked else 0
        sure += 0.3 if match.group("only") and patterns["vaguely"].search(text[: match.start()]) else 0
        sure -= 0.3 if patterns["until"].search(text[: match.start()]) else 0
        sure += 0.35 if patterns["due"].search(around) and beside < _ASIDE else 0
        sure += 0.3 if patterns["broke_out"].match(text, match.end()) else 0
        last = patterns["last_before"].search(text[: match.start()]) or patterns["last"].match(
            text, match.end()
        )
        sure += 0.4 if last is not None else 0
        sure -= 0.5 if patterns["feast"].match(text, match.end()) else 0
        sure -= 0.25 if patterns["dealing"].match(text, match.end()) and not asked else beside
        moment, clock = _hour_of(text, match, start, base.date())
        if clock is not None and moment is not None:
            made.append(When(moment, True, line.span(match.start(), clock.end()), sure + 0.1))
        else:
            made.append(When(start, False, span, sure))
    of_day = _day_asked(question, base) if asked else None
    made += _bare_clocks(line, base, of_day, (0.65 if asked else 0.4) - beside, made)
    made += _durations(line, base, asked)
    at_once = patterns["at_once"].match(text) is not None
    if asked and at_once and not made:
        made += [When(base, True, span, 0.7) for _, span in line.search(patterns["now"])]
    if not asked:
        made += [When(base, True, span, now) for _, span in line.search(patterns["now"])]
    begun = patterns["begun"].search(text) or patterns["begun_asked"].search(question)
    return [replace(when, lasting=when.lasting or begun is not None) for when in made]


def _hour_of(
    text: str, day: re.Match[str], start: datetime, today: date
) -> tuple[datetime | None, re.Match[str] | None]:
    """Return the moment whose clock time is said soon after its day, before another day is named."""
    patterns = _rules()
    clock = patterns["clock"].search(text, day.end(), day.end() + 20)
    if clock is None or patterns["until"].search(text[: clock.start()]):
        return None, None
    between = text[day.end() : clock.start()]
    others = [day_of(other, today) for other in patterns["day"].finditer(between)]
    if any(other is not None and other != start.date() for other in others):
        return None, None
    part = patterns["part"].search(between) if others else patterns["part"].match(text, day.end())
    said = part.group() if part is not None else part_in(day.group())
    if clock.start() - day.end() <= _NEAR or clock.group("part") or part is not None:
        return clock_of(clock, start, said), clock
    return None, None


def _beside(question: str, *, asked: bool) -> float:
    """Return how much less a day counts that answers what the agent asks beside the matter."""
    patterns = _rules()
    if patterns["asked_aside"].search(question):
        return 0.3
    if patterns["asked_dealing"].search(question):
        return 0.2
    return _ASIDE if not asked and patterns["asked_handling"].search(question) else 0.0


def _day_asked(question: str, base: datetime) -> tuple[datetime, str] | None:
    """Return the day that the agent asks the hour of (昨晚几点停的), with its part."""
    found = _rules()["day"].search(question)
    if found is None or not found.group("ago") or (day := day_of(found, base.date())) is None:
        return None
    part = _rules()["part"].search(question, found.start())
    if part is None and day == base.date():
        return None  # the last such hour before the call will do
    return datetime(day.year, day.month, day.day, tzinfo=base.tzinfo), part.group() if part else ""


def _bare_clocks(
    line: Line, base: datetime, of_day: tuple[datetime, str] | None, support: float, days: list[When]
) -> list[When]:
    """Read clock times that no day goes with; behind a day that has one they are its end.

    ``support`` is how sure a clock time of this utterance is by itself.
    """
    patterns = _rules()
    made: list[When] = []
    for match, span in line.search(patterns["clock"]):
        moment = clock_of(match, base) if of_day is None else clock_of(match, *of_day)
        behind = any(span.end > when.span.start for when in days)
        if moment is None or behind or patterns["opening"].search(line.plain.text):
            continue
        step = timedelta(hours=12 if match.group("part") is None else 24)
        while moment > base:
            moment -= step
        while of_day is None and moment + step <= base:
            moment += step
        text = line.plain.text
        since = 0.1 if patterns["since"].match(text, match.end()) else 0
        since += 0.3 if patterns["broke_out"].match(text, match.end()) else 0
        since += 0.2 if of_day is not None else 0
        since += 0.35 if patterns["agreed"].search(text[: match.start()]) else 0
        since += 0.2 if patterns["just"].search(text[: match.start()]) else 0
        around = text[max(0, match.start() - 6) : match.end() + 6]
        since -= 0.35 if patterns["handling"].search(around) else 0
        made.append(When(moment, True, span, support + since))
    return made


def _durations(line: Line, base: datetime, asked: bool) -> list[When]:
    """Read how long something lasts, or how long ago it was, as a beginning."""
    made: list[When] = []
    for kind in ("lasting", "before"):
        for match, span in line.search(_rules()[kind]):
            text, unit = match.group("n"), match.group("unit")
            count = _COUNTS.get(text) or number(text)
            if count is None or count >= _YEAR_NUMBER:
                continue
            count += 0.5 if kind == "before" and match.group("half") else 0
            start = _back(base, count, unit)
            minute = _MINUTES[unit] < _DAY
            if not minute:
                start = start.replace(hour=0, minute=0)
            sure = (0.6 if asked else 0.4) + (0.1 if kind == "before" else 0)
            made.append(When(start, minute, span, sure, lasting=kind == "lasting"))
    return made


def _back(base: datetime, count: float, unit: str) -> datetime:
    """Go back by whole years or months of the calendar, else by their usual length."""
    if unit in ("年", "月") and count == int(count) and count < 1200:
        months = base.year * 12 + base.month - 1 - int(count) * (12 if unit == "年" else 1)
        return base.replace(year=months // 12, month=months % 12 + 1, day=min(base.day, 28))
    return base - timedelta(minutes=min(count * _MINUTES[unit], 36_500 * _DAY))


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the best supported time of the citizen; a state that lasts becomes a range to the call."""
    kind = found.get(FieldName.KIND)
    if kind is not None and kind.value in ("咨询", "建议", "无效"):
        return {}
    base = context.called_at.replace(second=0, microsecond=0)
    now = 0.55 if FieldName.EMERGENCY_LINE in found else 0.3
    hits = [
        when for line in talk.citizen for when in _read(talk, line.smooth, base, now) if when.start <= base
    ]
    danger = found.get(FieldName.EMERGENCY_LINE)
    if not hits and danger is not None and FieldName.THREAT_QUOTE not in found:
        # A danger that its line is joined for goes on while they speak.
        return {FieldName.OCCURRED_AT: Field(base.strftime("%Y-%m-%dT%H:%M"), 0.5, danger.evidence)}
    if not hits:
        return {}
    best = _told_exactly(max(hits, key=lambda when: when.sure), hits)
    if best.sure < LEAST:
        return {}
    state = next((span for _, span in best.span.line.search(_rules()["state"])), None)
    value = _written(best)
    if best.lasting or (state is not None and best.start.date() < base.date() and not best.minute):
        value += "/" + (base.strftime("%Y-%m-%dT%H:%M") if best.minute else base.strftime("%Y-%m-%d"))
    evidence = (best.span.evidence,) if state is None else (best.span.evidence, state.evidence)
    return {FieldName.OCCURRED_AT: Field(value, min(best.sure, 0.9), evidence)}


def _told_exactly(best: When, hits: list[When]) -> When:
    """Prefer a day said elsewhere to its month, or a part of it (去年十二月, later 十二月三号).

    The hour that is told of a day elsewhere goes before the day.
    """
    hours = [
        when for when in hits if when.minute and when.start.date() == best.start.date() and when.sure >= HOUR
    ]
    if not best.minute and hours and _BY_DAY.search(best.span.text):
        chosen = max(reversed(hours) if _mended(hours) else hours, key=lambda when: when.sure)
        return replace(chosen, lasting=chosen.lasting or best.lasting)
    if best.minute or not _VAGUE_DAY.search(best.span.text):
        return best
    same = [
        when
        for when in hits
        if when.start.strftime("%Y-%m") == best.start.strftime("%Y-%m")
        and not _VAGUE_DAY.search(when.span.text)
        and when.sure >= LEAST
    ]
    chosen = max(same, key=lambda when: when.sure, default=best)
    return replace(chosen, lasting=chosen.lasting or best.lasting)


def _mended(hours: list[When]) -> bool:
    """Tell whether a clock time was put right by the next (六点半，不对，六点四十; 三点多吧，三点半)."""
    said = hours[0].span.line.plain.text
    return re.search("[点半分十](?:多|来钟)?吧?(?:不对|不是|错了|(?=.点))", said) is not None


def _written(when: When) -> str:
    return when.start.strftime("%Y-%m-%dT%H:%M" if when.minute else "%Y-%m-%d")
