"""A report of callbacks: every figure of ``rates`` by time, unit, kind or campaign."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from ...core.clock import to_us
from ...core.profile import load_profile
from ...core.settings import Settings
from ...queue.reports import Plan, Report, Summed, assemble
from ...queue.reports_period import Period
from ...queue.reports_subject import SPAN_TITLES, CountChart, Subject
from ...queue.reports_sums import Sums
from ..model import LEVELS
from .rates import DEFINITIONS, ENDS, Ended, Tally

By = Literal["hour", "day", "week", "month", "unit", "kind", "campaign"]
Source = Callable[[Period], AsyncIterator[Ended]]
"""Gives the callbacks that ended in a period (``report_source``)."""


@dataclass(frozen=True)
class Wanted:
    """Which callbacks a report is of; empty: all."""

    unit: str = ""
    kind: str = ""
    campaign: str = ""


@cache
def subject(levels: int) -> Subject:
    """Return the words of the report, by the number of levels of the site's standard (R-CB-3)."""
    return Subject(
        title="回访报表",
        keys={**SPAN_TITLES, "unit": "承办单位", "kind": "类型", "campaign": "回访任务"},
        nameless={"unit": "（未记单位）", "kind": "（未记类型）", "campaign": "（未记任务）"},
        units={"callbacks": "count", "ends": "count", "marks": "count", "reasons": "count", "ratio": "ratio"},
        parts={"ends": ENDS, "marks": {level: level for level in LEVELS[levels]}, "reasons": {}},
        rates=(
            ("cb_satisfied_basic_rate", "基本满意以上率"),
            ("cb_solved_rate", "解决率"),
            ("cb_called_rate", "回访率"),
        ),
        counts=CountChart("回访量", tuple((name, "cb_end", part) for part, name in ENDS.items())),
    )


def plan_of(settings: Settings, by: By, period: Period, reasons: Mapping[str, str] | None = None) -> Plan:
    """Return what a report is made by; ``reasons`` are the names of a dialogue's choices for people."""
    words = subject(load_profile(settings.site.profile).evaluation_levels)
    if reasons:
        words = replace(words, parts={**words.parts, "reasons": reasons})
    zone = ZoneInfo(settings.site.timezone)
    return Plan(settings.site.name, zone, by, period, {}, DEFINITIONS, subject=words)


async def make_report(plan: Plan, source: Source, now: datetime) -> Report:
    """Return the report as of ``now``; raises ``PeriodError`` for a period of too many rows."""

    async def sum_up(period: Period, rows: Sequence[Period]) -> Summed:
        ends = [to_us(row.until) for row in rows]
        by_name: dict[str, Tally] = {}
        by_time = [Tally() for _ in rows]
        total, at = Tally(), 0
        async for one in source(period):
            total.add(one)
            if plan.by in SPAN_TITLES:
                while ends[at] <= one.ended_us:
                    at += 1
                by_time[at].add(one)
            else:
                by_name.setdefault(str(getattr(one, plan.by)), Tally()).add(one)
        found: dict[str | int, Sums] = {key: Sums(tally.read()) for key, tally in by_name.items()}
        if plan.by in SPAN_TITLES:
            found = {number: Sums(tally.read()) for number, tally in enumerate(by_time)}
        return Summed(found, Sums(total.read()))

    return await assemble(plan, sum_up, Sums(Tally().read()), now)
