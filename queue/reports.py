"""A report: every figure of a period by row and in total, beside the same period before.

``make_report`` reads the calls of both periods once each, as they come from the store, and gives plain
values; ``reports_json``, ``reports_csv`` and ``reports_xlsx`` write them. ``assemble`` does the same of
anything that can be summed by row, whatever it is about (``reports_subject``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from ..core.clock import from_us, to_us
from .definitions import Definition
from .figure_calls import FigureCall
from .reports_period import Period, Span, buckets, period_before
from .reports_subject import CALLS, SPAN_TITLES, Subject
from .reports_sums import Hour, KeySums, Sums, TimeSums, no_calls
from .tally import Tally, Value

Source = Callable[[Period], AsyncIterator[FigureCall]]
"""Gives the calls of a period and of the 24 h before it in the order of t1 (``reports_calls.calls_of``)."""


@dataclass(frozen=True)
class Plan:
    """What is asked for; ``names`` are those who have a row even without a call, with their labels."""

    site: str
    zone: ZoneInfo
    by: str
    """A span of time, or one of the subject's names."""
    period: Period
    names: Mapping[str, str]
    definitions: Mapping[str, Definition]
    short_us: int = 5_000_000
    subject: Subject = CALLS


@dataclass(frozen=True)
class Line:
    """A row or the total; ``before`` is that of the period before: the n-th hour, day … or the same name.

    None when the period before has fewer rows.
    """

    key: str
    label: str
    period: Period
    now: Sums
    before_period: Period | None
    before: Sums | None

    def value(self, figure: str) -> Value | None:
        """Return a figure's value."""
        return self.now.figures[figure].value

    def before_value(self, figure: str) -> Value | None:
        """Return the value of the period before."""
        return self.before.figures[figure].value if self.before else None

    def lowest_at(self) -> datetime | None:
        """Return when connect_rate_24h was least, UTC."""
        return None if self.now.lowest_at_us is None else from_us(self.now.lowest_at_us)


@dataclass(frozen=True)
class Report:
    """A finished report; ``hours`` are the 24 hours of the site's day over the whole period."""

    plan: Plan
    made_at: datetime
    period: Period
    """The period, up to the present at most."""
    before: Period
    lines: Sequence[Line]
    total: Line
    hours: Sequence[Hour]


@dataclass(frozen=True)
class Summed:
    """What a period comes to: its rows by name, or by the number of the bucket."""

    rows: Mapping[str | int, Sums]
    total: Sums
    hours: Sequence[Hour] = ()


Sum = Callable[[Period, Sequence[Period]], Awaitable[Summed]]
"""Sums a period, whose rows by time are given."""


def difference(now: Value | None, before: Value | None) -> float | int | dict[str, int] | None:
    """Return now - before; None when either is of nothing."""
    if now is None or before is None:
        return None
    if isinstance(now, dict) and isinstance(before, dict):
        names = dict.fromkeys((*now, *before))
        return {name: now.get(name, 0) - before.get(name, 0) for name in names}
    return round(cast("float", now) - cast("float", before), 9)


async def make_report(plan: Plan, source: Source, now: datetime) -> Report:
    """Return the report as of ``now``; raises ``PeriodError`` for a period of too many rows."""

    async def summed(period: Period, rows: Sequence[Period]) -> Summed:
        return await _sum(plan, period, rows, source, now)

    return await assemble(plan, summed, no_calls(to_us(now)), now)


async def assemble(plan: Plan, sum_up: Sum, empty: Sums, now: datetime) -> Report:
    """Return the report of what ``sum_up`` finds; ``empty`` is the row of a name that has nothing."""
    period = plan.period.until_at_most(now)
    before = period_before(plan.period, plan.zone)
    before = before.until_at_most(before.since + (period.until - period.since))
    here, there = _rows(plan, period), _rows(plan, before)
    summed, old = await sum_up(period, here), await sum_up(before, there)
    if plan.by not in SPAN_TITLES:
        others = {str(key) for key in (*summed.rows, *old.rows)} - plan.names.keys()
        names = {**plan.names, **{key: key or plan.subject.nameless[plan.by] for key in sorted(others)}}
        lines = [
            Line(key, name, period, summed.rows.get(key, empty), before, old.rows.get(key, empty))
            for key, name in names.items()
        ]
    else:
        lines = [
            Line(
                bucket.since.astimezone(plan.zone).isoformat(),
                label(bucket.since, plan.by, plan.zone),
                bucket,
                summed.rows[number],
                there[number] if number < len(there) else None,
                old.rows.get(number),
            )
            for number, bucket in enumerate(here)
        ]
    total = Line("total", "合计", period, summed.total, before, old.total)
    return Report(plan, now, period, before, lines, total, summed.hours)


def label(moment: datetime, by: str, zone: ZoneInfo) -> str:
    """Return the name of a bucket that begins at a moment, in the site's time."""
    local = moment.astimezone(zone)
    match by:
        case "hour":
            return f"{local:%Y-%m-%d %H:%M}"
        case "week":
            year, week, _ = local.isocalendar()
            return f"{local:%Y-%m-%d}（{year}年第{week}周）"
        case "month":
            return f"{local:%Y-%m}"
        case _:
            return f"{local:%Y-%m-%d}"


def _rows(plan: Plan, period: Period) -> list[Period]:
    span = cast("Span", plan.by) if plan.by in SPAN_TITLES else "day"
    return buckets(period, span, plan.zone)


async def _sum(plan: Plan, period: Period, rows: Sequence[Period], source: Source, now: datetime) -> Summed:
    now_us, since_us = to_us(now), to_us(period.since)
    total = Tally(short_us=plan.short_us)
    by_key = plan.by if plan.by in ("queue", "agent") else None
    sums = (
        KeySums(by_key, rows, now_us, short_us=plan.short_us)
        if by_key
        else TimeSums(rows, now_us, short_us=plan.short_us)
    )
    hours = [[0, 0] for _ in range(24)]
    async for call in source(period):
        if call.t1_us is None:
            continue
        sums.add(call, call.t1_us)
        if call.t1_us >= since_us:
            total.add(call)
            hour = hours[from_us(call.t1_us).astimezone(plan.zone).hour]
            hour[0] += 1
            hour[1] += call.outcome == "answered"
    found = sums.finish()
    whole = sums.path.finish(total, now_us, to_us(period.until), sums.path.lowest)
    return Summed(found, whole, [Hour(*hour) for hour in hours])
