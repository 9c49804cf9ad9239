"""The figures' published definitions: one for each id, with the version that stands beside every value.

Whoever changes what a figure means raises its version, so that figures of two versions are never compared
unknowingly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Literal

from ..core.profile import SCALES, Profile, load_profile

Unit = Literal["ms", "calls", "ratio", "outcomes", "levels"]

DAY_US = 24 * 3600 * 1_000_000
"""Any continuous 24 h: a difference of microseconds since 1970, in which no day is longer than another."""
WITHIN_US = 15_000_000
"""The 15 s of ``sl15_offered`` and ``sl15_answered``; exactly 15 s is inside."""
OUTCOMES = (
    "answered",
    "abandoned",
    "timed_out",
    "no_agent",
    "queue_full",
    "overflowed_unanswered",
    "callback_accepted",
    "system_error",
)
"""Of every offered call that is decided, exactly one."""


LEVELS = SCALES[5]
"""Of an evaluation, from best to worst; a scale of three has three of them."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure means; ``limit`` is in the figure's unit, None where the standard sets none."""

    id: str
    version: int
    title: str
    formula: str
    unit: str
    """``Unit`` for the figures of the queues; other reports have units of their own."""
    limit: float | None = None

    def as_json(self) -> dict[str, object]:
        """Return plain values for the API."""
        return asdict(self)


_VERSIONS: Mapping[str, int] = {}
"""Of the definitions that were changed since their first version."""
_SL15_OFFERED = "answered with t3 − t1 ≤ 15 s ÷ (calls with t1 that are decided or wait for more than 15 s)"
_CONNECT_RATE = (
    "(answered + callback_accepted whose call-back was answered) ÷ decided, "
    "over the calls with t1 in (now − 24 h, now]"
)
_LOWEST = "least connect_rate_24h at any moment of the period, by the outcomes known now; its first moment"


@cache
def definitions(profile: str) -> Mapping[str, Definition]:
    """Return every definition by its id, with the limits of a standard."""
    return {one.id: one for one in _all(load_profile(profile))}


def _all(limits: Profile) -> tuple[Definition, ...]:
    wait = float(limits.human_wait_ms)
    share, rate = limits.share_within_human_wait, limits.connect_rate_24h
    rows: tuple[tuple[str, str, str, Unit, float | None], ...] = (
        ("wait_human", "人工等待时长（平均）", "mean of t3 − t1 over answered calls", "ms", wait),
        ("wait_citizen", "来电至接听时长（平均）", "mean of t3 − t0 over answered calls", "ms", None),
        ("offered", "请求人工数", "calls with t1", "calls", None),
        ("outcome", "结果分布", "decided calls with t1, by their one outcome", "outcomes", None),
        ("sl15_offered", "15秒接通率（按请求）", _SL15_OFFERED, "ratio", share),
        ("sl15_answered", "15秒接通率（按接听）", "answered with t3 − t1 ≤ 15 s ÷ answered", "ratio", None),
        ("connect_rate_24h", "24小时接通率", _CONNECT_RATE, "ratio", rate),
        ("connect_rate_24h_min", "24小时接通率最低值", _LOWEST, "ratio", rate),
        ("asa", "平均应答时长", "mean of t3 − t1 over answered calls", "ms", None),
        ("wait_max", "最长等待", "max of t3 − t1 of answered calls, now − t1 of waiting ones", "ms", wait),
        ("wait_p50", "等待中位数", "nearest rank: the ⌈0.50·n⌉-th least t3 − t1 of n answered", "ms", None),
        ("wait_p95", "等待95分位", "nearest rank: the ⌈0.95·n⌉-th least t3 − t1 of n answered", "ms", None),
        ("abandon_rate", "放弃率", "abandoned ÷ calls with t1; short ones are in it", "ratio", None),
        ("evaluation", "服务评价", "calls with t1, by what the citizen said at the end", "levels", None),
        ("evaluation_rate", "参评率", "evaluated ÷ asked for an evaluation", "ratio", None),
    )
    return tuple(
        Definition(name, _VERSIONS.get(name, 1), title, formula, unit, limit)
        for name, title, formula, unit, limit in rows
    )


DEFINITIONS: Mapping[str, Definition] = definitions("gb")
"""Every definition by its id, with the limits of GB/T 33358."""
