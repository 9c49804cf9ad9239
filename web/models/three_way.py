"""Third lines as the API tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from .base import Sent, Told, Word


class LineMs(Told):
    """Milliseconds after the request, null for what did not come."""

    moved: int | None
    dialled: int | None
    ringing: int | None
    answered: int | None
    joined: int | None
    left: int | None
    ended: int | None


class LineTry(Told):
    """One route that was tried; the moments are milliseconds after the request."""

    route: int
    trunk: str
    number: str
    why: str
    cause: int | None
    dialled_ms: int | None
    ringing_ms: int | None
    answered_ms: int | None
    failed_ms: int | None


class LineTold(Told):
    """One attempt to bring a third line into a call."""

    call: str
    line: str
    node: str
    target: str
    label: str
    kind: str
    agent: str
    how: str
    mode: str
    request: str
    state: str
    why: str
    route: int
    trunk: str
    number: str
    asked_at: datetime | None
    moved_at: datetime | None
    dialled_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    joined_at: datetime | None
    left_at: datetime | None
    ended_at: datetime | None
    ms: LineMs
    tries: list[LineTry]
    notice: dict[str, Any] | None
    """What became of the information that was sent along."""


class WaitTold(Told):
    """Milliseconds from the request to the answer; null without an answer."""

    min: int | None
    p50: int | None
    p95: int | None
    max: int | None


class TargetTold(Told):
    """How often a third line was asked for, how soon it answered, why not."""

    target: str
    label: str
    kind: str
    asked: int
    answered: int
    failed: int
    refused: int
    in_progress: int
    answer_rate: float | None
    answer_ms: WaitTold
    failures: dict[str, int]


class ThreeWayQuery(Sent):
    """Which third lines are wanted: asked for in 31 days at most."""

    since: Word = "today"
    """A date, a moment, ``today`` or ``yesterday``."""
    until: Word = "now"
    kind: Word = ""
    """``emergency``, ``utility`` or ``department``."""
    target: Annotated[Word, Field(max_length=60)] = ""
    """A third line's name in the settings, such as ``police``."""


class ThreeWayReport(Told):
    """Third lines of a period with their report; ``lines`` are the newest thousand."""

    since: datetime
    until: datetime
    targets: list[TargetTold]
    total: TargetTold
    lines: list[LineTold]
    truncated: bool


class ThirdLinesQuery(Sent):
    """For whom the directory is wanted."""

    agent: Word = ""
    """What this agent may call in."""


class ThirdLinesAnswer(Told):
    """The directory of third lines as it stands now."""

    third_lines: list[dict[str, Any]]


class ThreeWayBody(Sent):
    """A third line that is wanted in a call."""

    target: Word
    """A name or code of the directory, such as ``110``; no number is ever taken."""
    mode: Literal["direct", "consult"] = "direct"
    """``consult``: the citizen waits with music until ``join``."""
    reason: Word = ""
    agent: Word = ""
    """For whom; people who are signed in always ask for themselves."""


class ThreeWayBegun(Told):
    """A request that was begun; what becomes of it comes by ``stream``."""

    request: str
    line: str
    target: str
    stream: str


class AgentBody(Sent):
    """For which agent."""

    agent: Word = ""


class AgentQuery(Sent):
    """For which agent."""

    agent: Word = ""


class Joined(Told):
    """The citizen was brought to the others."""

    joined: Literal[True]


class Left(Told):
    """The agent is leaving; citizen and third line go on."""

    left: Literal[True]


class Dropped(Told):
    """The line that is being ended."""

    dropped: str


class PartyTold(Told):
    """Somebody in the room."""

    who: str
    agent: str
    held: bool


class LiveLine(Told):
    """A line of the room now."""

    line: str
    target: str
    state: str
    why: str
    how: str


class LiveRequest(Told):
    """A request that is being carried out."""

    request: str
    line: str
    target: str
    state: str


class RoomAnswer(Told):
    """Who is in a call's room now, its lines and requests."""

    call: str
    room: str | None
    parties: list[PartyTold]
    lines: list[LiveLine]
    requests: list[LiveRequest]


class SuperviseBody(Sent):
    """A supervisor who wants to hear or help."""

    supervisor: Word
    """The number of the telephone that rings."""
    mode: Literal["listen", "whisper", "barge", "take"]


class SuperviseBegun(Told):
    """A supervisor's telephone that rings."""

    request: str
    supervisor: str
    agent: str
    mode: str
