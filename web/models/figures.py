"""The figures as the API tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from ...queue.periods import Window
from .alarms import AlarmTold
from .base import Sent, Told, Word


class MetricsQuery(Sent):
    """Whose figures over which window."""

    scope: Word = Field(default="all", max_length=80)
    """``all``, a queue's name, or ``group:NAME``."""
    window: Window = "24h"


class MetricsAnswer(Told):
    """Every figure of a scope, each with its definition's id and version."""

    at: datetime
    scope: str
    window: str
    since: datetime
    until: datetime
    complete: bool
    """False while days of the window are still being read from the store."""
    figures: dict[str, dict[str, Any]]


class FigureTold(Told):
    """A figure with what it was divided from; ``value`` is null where there is nothing to divide."""

    value: float | None
    definition: str
    version: int
    unit: str | None = None
    numerator: int | None = None
    denominator: int | None = None
    limit: float | None = None
    at: datetime | None = None


class WaitingTold(Told):
    """Who waits for a human, and what the agents do."""

    waiting: int
    longest_wait_ms: int | None
    waiting_over_10s: int
    waiting_over_15s: int
    agents: dict[str, int]
    """How many agents are in each kind of state."""


class QueueTold(WaitingTold):
    """A queue now."""

    queue: str
    label: str


class LiveAgent(Told):
    """An agent now."""

    agent: str
    name: str | None
    state: str
    reason: str | None
    since: datetime
    queues: list[str]


class PointTold(Told):
    """A quarter of an hour; ``at`` is its begin."""

    at: datetime
    offered: int
    answered: int
    sl15_offered: float | None
    connect_rate_24h: float | None


class LiveAnswer(Told):
    """The state of this moment; ``GET /api/v1/queue/stream`` sends it at every change."""

    at: datetime
    queues: list[QueueTold]
    total: WaitingTold
    sl15_offered: FigureTold
    connect_rate_24h: FigureTold
    connect_rate_24h_min_today: FigureTold
    agents: list[LiveAgent]
    alarms: list[AlarmTold]
    curve: list[PointTold]
    complete: bool


class ProblemEvent(Told):
    """Why there is no view at the moment."""

    error: str
    detail: str
    retryable: bool


class StatusAnswer(Told):
    """The node now."""

    switch_connected: bool
    open_calls: int
    problems: list[str]
    alarms: list[AlarmTold]


class HealthAnswer(Told):
    """Whether the node works."""

    status: str
    """``ok`` or ``degraded``."""
