"""Calls for reports, and a report of them without a store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hotline.core.clock import to_us
from hotline.queue.definitions import DAY_US, definitions
from hotline.queue.figure_calls import FigureCall
from hotline.queue.reports import Plan, Report, make_report
from hotline.queue.reports_period import By, Period, read_period

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Sunday noon in China."""
SECOND = 1_000_000


def local_us(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=CHINA))


def call(
    t1: int | str, wait_s: float | None = 5.0, *, queue: str = "public", agent: str = "1001", name: str = ""
) -> FigureCall:
    """A call that asked at t1 (site time); answered after ``wait_s``, abandoned when that is None."""
    at = local_us(t1) if isinstance(t1, str) else t1
    answered = None if wait_s is None else at + round(wait_s * SECOND)
    return FigureCall(
        id=name or f"{at}-{wait_s}",
        node="node1",
        queue=queue,
        agent=agent if answered is not None else "",
        t0_us=at - 8 * SECOND,
        t1_us=at,
        t3_us=answered,
        t5_us=(answered or at) + 60 * SECOND,
        outcome="abandoned" if answered is None else "answered",
        talk_us=None,
    )


def source_of(calls: Iterable[FigureCall]) -> Callable[[Period], AsyncIterator[FigureCall]]:
    """What the store gives of these calls."""
    ordered = sorted(
        (one for one in calls if one.t1_us is not None), key=lambda one: (one.t1_us or 0, one.id)
    )

    async def source(period: Period) -> AsyncIterator[FigureCall]:
        for one in ordered:
            if to_us(period.since) - DAY_US <= (one.t1_us or 0) < to_us(period.until):
                yield one

    return source


def report_of(
    calls: Iterable[FigureCall],
    by: By = "day",
    since: str = "2026-11-20",
    until: str = "2026-11-21",
    *,
    names: Mapping[str, str] | None = None,
    now: datetime = NOW,
    zone: ZoneInfo = CHINA,
    site: str = "测试热线",
) -> Report:
    period = read_period(since, until, now, zone)
    plan = Plan(site, zone, by, period, names or {}, definitions("gb"))
    return asyncio.run(make_report(plan, source_of(calls), now))
