"""When it happened, reckoned from the call (BJ C.3): a minute, a date, or a range up to the call."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from lunardate import LunarDate

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, number, rules

_N = r"[零一二两三四五六七八九十\d]{1,4}"
_WEEKDAYS = {char: index for index, char in enumerate("一二三四五六日")} | {"天": 6}
_PARTS = {
    "凌晨": 0, "半夜": 0, "清早": 0, "早上": 0, "早晨": 0, "早": 0, "上午": 0, "中午": 12, "下午": 12, "傍晚": 12, "晚上": 12, "夜里": 12, "晚": 12,
}  # fmt: skip


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
    clock = rf"(?:(?P<part>{part})?(?P<hour>{_N})(?:点|时)(?:钟|整|来钟|多钟?)?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_N})分?)?)"
    return {
        "clock": re.compile(clock),
        "day": re.compile(
            r"(?P<ago>大前|前|昨|今)(?:天|日|儿个?|晚|早|夜)"
            rf"|(?P<month>上个?月|这个?月|本月|{_N}月份?)(?:的)?(?P<mday>{_N}来?[号日]|初(?!中|[一二三四五六七八九])|中旬|底|下旬|上旬)?(?!天)"
            rf"|(?P<year>去年|前年|今年|{_N}年)(?:的)?(?P<ymonth>{_N}月份?)?(?:(?P<yday>{_N})[号日])?"
            r"|(?P<week>上+个?|这个?|本)?(?:礼拜|星期|周)(?P<wday>[一二三四五六日天])"
            r"|(?P<festival>元旦|五一|十一|国庆|双十一|劳动节|中秋|端午|清明|元宵|大年(?:初[一二三四五六七]|三十)|除夕|春节|过完年)(?!路|街|广场|点|月|号|日|个|楼|栋|岁|层|万|年|块|幢|单元|中学|小学)"
            rf"|(?<![月楼元门院道街巷路村社镇组屯穗])(?P<only>[一二三]?十?[一二三四五六七八九十]|\d{{1,2}})[号日](?![楼院口线窗店码])"
        ),
        "lasting": re.compile(
            rf"(?P<n>{_N}|[两几半]|十来|十几|好几)(?P<more>多)?个?(?:多)?(?P<unit>天|年|周|星期|礼拜|月)(?:多)?(?:了|没|都没|一直|都|左右了)"
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


def _day(match: re.Match[str], base: datetime) -> date | None:
    """Reckon the day a match names, or None when there is no such day."""
    try:
        return _reckon(match, base.date())
    except ValueError:
        return None


def _reckon(match: re.Match[str], today: date) -> date | None:
    got = match.groupdict()
    if got["ago"]:
        return today - timedelta(days={"今": 0, "昨": 1, "前": 2, "大前": 3}[got["ago"]])
    if got["month"]:
        return _month_day(got["month"], got["mday"], today)
    if got["year"]:
        return _year_day(got["year"], got["ymonth"], got["yday"], today)
    if got["wday"]:
        monday = today - timedelta(days=today.weekday())
        day = monday + timedelta(days=_WEEKDAYS[got["wday"]])
        week = got["week"] or ""
        if week.startswith("上"):
            return day - timedelta(days=7 * week.count("上"))
        return day if day <= today or week else day - timedelta(days=7)
    if got["festival"]:
        return _festival(got["festival"], today)
    return _last_such_day(number(got["only"]), today)


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
    fixed = {
        "元旦": (1, 1),
        "五一": (5, 1),
        "劳动节": (5, 1),
        "十一": (10, 1),
        "国庆": (10, 1),
        "双十一": (11, 11),
        "清明": (4, 5),
    }
    lunar = {
        "中秋": (8, 15),
        "端午": (5, 5),
        "元宵": (1, 15),
        "春节": (1, 1),
        "过完年": (1, 7),
        "除夕": (1, 0),
        "大年三十": (1, 0),
    }
    for year in (today.year, today.year - 1):
        if name in fixed:
            day = date(year, *fixed[name])
        else:
            month, mday = lunar.get(name) or (1, number(name[-1]) or 1)
            day = LunarDate(year, month, max(mday, 1)).to_solar_date() - timedelta(days=int(mday == 0))
        if day <= today:
            return day
    return None


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
        day = _day(match, base)
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
    if kind is None or kind.value in ("咨询", "建议", "无效"):
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
