"""What a report is about: its names, its units, what its charts draw. One for each kind of report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..telephony.evaluation import EVALUATION_NAMES
from .definitions import OUTCOMES
from .outcome_names import OUTCOME_NAMES

Kind = Literal["count", "ratio", "seconds"]
"""How a number is written."""

SPAN_TITLES: Mapping[str, str] = {"hour": "小时", "day": "日期", "week": "周（周一起）", "month": "月份"}


@dataclass(frozen=True)
class CountChart:
    """Counts by row beside each other; ``series`` are (name, figure, part)."""

    title: str
    series: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Subject:
    """The words of one kind of report; rows are by time (``SPAN_TITLES``) or by one of ``names``."""

    title: str
    keys: Mapping[str, str]
    """The heading of the first column by what a row is."""
    nameless: Mapping[str, str]
    """What stands for those who have no name."""
    units: Mapping[str, Kind]
    """How the numbers of a definition's unit are written."""
    parts: Mapping[str, Mapping[str, str]]
    """The units that are several counts, each count's name for people."""
    rates: Sequence[tuple[str, str]]
    """The shares that are drawn against their limits, each with its chart's title."""
    counts: CountChart
    of_the_day: Sequence[str] = field(default=())
    """The names of the two counts by the hour of the day, when they are drawn."""


CALLS = Subject(
    title="话务报表",
    keys={**SPAN_TITLES, "queue": "队列", "agent": "坐席"},
    nameless={"queue": "（未记队列）", "agent": "（未接听）"},
    units={"calls": "count", "outcomes": "count", "levels": "count", "ratio": "ratio", "ms": "seconds"},
    parts={
        "outcomes": {name: OUTCOME_NAMES.get(name, name) for name in OUTCOMES},
        "levels": {str(name): title for name, title in EVALUATION_NAMES.items()},
    },
    rates=(("connect_rate_24h", "24小时接通率"), ("sl15_offered", "15秒接通率（按请求）")),
    counts=CountChart("来电量", (("请求人工", "offered", ""), ("已接听", "outcome", "answered"))),
    of_the_day=("请求人工", "已接听"),
)
"""The calls of the hotline."""
