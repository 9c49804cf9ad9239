"""When an alarm is raised and when it ends: pure, ``(board, conditions, now) -> (board, changes)``.

Each alarm is raised once and cleared once (R-Q-3). Two kinds of hysteresis keep it from flickering: a
condition may be ``BETWEEN`` (neither bad enough to raise nor good enough to clear), and a kind may want
it to hold for a time before it raises or clears.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from ..core.clock import IdMaker
from ..core.events import DomainEvent
from .alarm_kinds import KINDS, Details

Key = tuple[str, str]
"""Kind and subject: at most one alarm stands for each at a time."""


class Verdict(Enum):
    """What is known of a condition at one moment."""

    BAD = "bad"
    BETWEEN = "between"
    """Good enough not to raise, not good enough to clear; also what is not known just now."""
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that may be wrong; ``subject`` is what it is wrong with (queue, trunk, node…)."""

    kind: str
    subject: str
    verdict: Verdict
    details: Details = field(default_factory=dict[str, str | int | float])

    @property
    def key(self) -> Key:
        """Kind and subject."""
        return (self.kind, self.subject)


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, twice: ``at`` for what is written down, ``steady_s`` (monotonic) for how long something lasts."""

    at: datetime
    steady_s: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that stands, or stood until ``cleared_at``; ``details`` hold no personal data."""

    id: str
    kind: str
    subject: str
    raised_at: datetime
    details: Details
    cleared_at: datetime | None = None

    @property
    def key(self) -> Key:
        """Kind and subject."""
        return (self.kind, self.subject)


@dataclass(frozen=True, kw_only=True)
class AlarmEvent(DomainEvent):
    """An alarm of a node has changed."""

    alarm: Alarm
    node: str


@dataclass(frozen=True, kw_only=True)
class AlarmRaised(AlarmEvent):
    """An alarm was raised."""


@dataclass(frozen=True, kw_only=True)
class AlarmCleared(AlarmEvent):
    """An alarm is over."""


@dataclass(frozen=True)
class AlarmBoard:
    """Every alarm that stands, and the conditions that are on their way to raise or clear one."""

    raised: Mapping[Key, Alarm] = field(default_factory=dict[Key, Alarm])
    turning: Mapping[Key, float] = field(default_factory=dict[Key, float])
    """Since when (steady seconds) a condition has been the opposite of what the board says."""

    def with_standing(self, alarms: Iterable[Alarm]) -> AlarmBoard:
        """Return the board with alarms that stood before this process began."""
        return replace(self, raised={**self.raised, **{alarm.key: alarm for alarm in alarms}})


def step(
    board: AlarmBoard, conditions: Sequence[Condition], now: Moment, make_id: IdMaker
) -> tuple[AlarmBoard, list[Alarm]]:
    """Return the board after one look, and what has changed: alarms raised, or with ``cleared_at`` set.

    An alarm whose condition is not among ``conditions`` any more (its queue was removed) is cleared. The
    details of an alarm that stands follow its condition.
    """
    raised: dict[Key, Alarm] = {}
    turning: dict[Key, float] = {}
    changes: list[Alarm] = []
    for condition in conditions:
        key, kind = condition.key, KINDS[condition.kind]
        alarm = board.raised.get(key)
        turned = Verdict.BAD if alarm is None else Verdict.GOOD
        limit = kind.raise_after_s if alarm is None else kind.clear_after_s
        over = False
        if condition.verdict is turned:
            turning[key] = board.turning.get(key, now.steady_s)
            over = now.steady_s - turning[key] >= limit
        if alarm is None and over:
            alarm = Alarm(make_id(), condition.kind, condition.subject, now.at, dict(condition.details))
            changes.append(alarm)
        elif alarm is not None and over:
            changes.append(replace(alarm, cleared_at=now.at))
            alarm = None
        elif alarm is not None and condition.verdict is Verdict.BAD and condition.details:
            alarm = replace(alarm, details=dict(condition.details))
        if over:
            turning.pop(key, None)
        if alarm is not None:
            raised[key] = alarm
    named = {condition.key for condition in conditions}
    changes += [replace(alarm, cleared_at=now.at) for key, alarm in board.raised.items() if key not in named]
    return AlarmBoard(raised, turning), changes
