"""What a supervisor's floor shows: the shapes of ``GET /api/v1/floor``, for the page and for OpenAPI.

``GET /api/v1/floor/stream`` sends, as server-sent events, ``live`` with a whole ``Floor`` at every change and
at least every 5 s, and ``problem`` with ``{"error", "detail", "retryable"}`` while it cannot be told. Moments
are UTC in ISO 8601; what is not known is null. Fields are added, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

CallPhase = Literal["menu", "waiting", "talking", "left"]
"""``menu``: no human was asked for yet. ``left``: by a key for a message or a call-back."""


class _Told:
    """Gives its fields as they are: a floor of hundreds is written several times a second."""

    def as_json(self) -> dict[str, Any]:
        """Return the fields."""
        return vars(self)


@dataclass(frozen=True)
class FloorMark(_Told):
    """What the machine proposes in a call that a supervisor should see: a risk, or an emergency line.

    ``line`` is 110, 119, 120 or 122 of an emergency, ``grade`` that of a risk, also one that many callers of
    the same matter have raised; ``words`` are those it stands on, literally as heard.
    """

    id: str
    kind: Literal["emergency_line", "risk"]
    text: str
    line: str | None
    grade: str | None
    words: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class FloorLine(_Told):
    """A third line that is in the call or on its way."""

    line: str
    target: str
    label: str
    kind: str
    state: str


@dataclass(frozen=True)
class FloorCall(_Told):
    """A citizen's call in progress; ``caller`` is masked.

    ``queue`` is the one that was asked for or, while it waits, the one it waits in. ``agents`` are those in
    the talk now, the latest first. Draft fields are the machine's until a person has checked them.
    """

    id: str
    phase: CallPhase
    caller: str
    queue: str | None
    arrived_at: datetime | None
    human_at: datetime | None
    """Since when a human has been asked for: the 15 s count from here."""
    answered_at: datetime | None
    agents: tuple[str, ...] = ()
    pushed: bool = False
    """110 has put it through."""
    lines: tuple[FloorLine, ...] = ()
    kind: str | None = None
    title: str | None = None
    place: str | None = None
    emotion: str | None = None
    risk_class: str | None = None
    risk_grade: str | None = None
    emergency_line: str | None = None
    threat: str | None = None
    """A threat in the citizen's own words."""
    marks: tuple[FloorMark, ...] = ()


@dataclass(frozen=True)
class FloorAgent(_Told):
    """An agent: what it is doing since when, in which queues it is, and which are its own by the settings."""

    agent: str
    name: str
    group: str
    role: str
    state: str
    reason: str | None
    since: datetime
    queues: tuple[str, ...]
    own_queues: tuple[str, ...]
    call: str | None


@dataclass(frozen=True)
class Floor(_Told):
    """The whole of this moment; ``queues``, ``total``, the figures and ``alarms`` as in ``queue/live``."""

    at: str
    complete: bool
    queues: list[dict[str, Any]]
    total: dict[str, Any]
    sl15_offered: dict[str, Any]
    connect_rate_24h: dict[str, Any]
    alarms: list[dict[str, Any]]
    agents: list[FloorAgent] = field(default_factory=list[FloorAgent])
    calls: list[FloorCall] = field(default_factory=list[FloorCall])
