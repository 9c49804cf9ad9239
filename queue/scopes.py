"""Whom a figure is about: the whole hotline, a queue, or a group of agents (班组)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .definitions import DAY_US
from .figure_calls import FigureCall
from .lowest_rate import Lowest, RatePath
from .periods import Span
from .tally import Tally

ALL = "all"
_QUEUE, _GROUP = "queue:", "group:"


def queue_scope(name: str) -> str:
    """Return the scope of a queue: the calls that asked for it first."""
    return _QUEUE + name


def group_scope(name: str) -> str:
    """Return the scope of a group: the calls that its agents answered."""
    return _GROUP + name


def scope_of(text: str) -> str:
    """Return the scope that a person named: ``all``, a queue's name, ``queue:NAME`` or ``group:NAME``."""
    return text if text == ALL or text.startswith((_QUEUE, _GROUP)) else queue_scope(text)


def scopes_of(call: FigureCall, groups: Mapping[str, str]) -> tuple[str, ...]:
    """Return every scope that a call counts in; ``groups`` names the group of an agent's number."""
    group = groups.get(call.agent, "") if call.outcome == "answered" else ""
    return (ALL, queue_scope(call.queue), group_scope(group)) if group else (ALL, queue_scope(call.queue))


@dataclass(slots=True)
class ScopeSums:
    """All that is summed of one scope."""

    last_24h: Tally
    days: dict[int, Tally] = field(default_factory=dict[int, Tally])
    """By the day's first microsecond; the days whose calls are still held one by one."""
    path: RatePath = field(default_factory=RatePath)


@dataclass(frozen=True, slots=True)
class DaySums:
    """A day of one scope of which the single calls are not held any more."""

    tally: Tally
    lowest: Lowest | None


def sum_day(
    calls: list[FigureCall], day: Span, groups: Mapping[str, str], short_us: int
) -> dict[str, DaySums]:
    """Return the sums of a day by scope, from all of its calls and those of the 24 h before."""
    tallies: dict[str, Tally] = {}
    paths: dict[str, RatePath] = {}
    for call in calls:
        if call.t1_us is None or not day.since_us - DAY_US <= call.t1_us < day.until_us:
            continue
        for scope in scopes_of(call, groups):
            tally = tallies.setdefault(scope, Tally(short_us=short_us))
            path = paths.setdefault(scope, RatePath())
            if day.holds(call.t1_us):
                tally.add(call)
            if call.outcome is not None:
                path.add(call.t1_us, connected=call.is_connected)
    last = day.until_us - 1
    return {
        scope: DaySums(tally, paths[scope].lowest(day.since_us, last)) for scope, tally in tallies.items()
    }
