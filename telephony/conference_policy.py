"""Who may call in whom, when, and how often: every answer that needs nothing of the switch. Pure.

Only names and codes of the directory (``third_lines``) are taken; no number ever comes from outside.
Emergency lines have no hours, no rate and need no reason.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..core.calendar import Calendar
from ..core.errors import HotlineError, InvalidInputError, NotFoundError
from ..core.opening_hours import is_open, parse
from ..core.settings import Agent
from ..core.third_lines import Role, ThirdLine

_LOOK_AHEAD_DAYS = 62
"""Longer than any row of holidays; a line that opens later than that is as good as closed."""
LONGEST_REASON = 200
MINUTE = timedelta(minutes=1)


class UnknownTargetError(NotFoundError):
    """The directory has no such line."""

    error_id = "three_way.unknown_target"


class RoleError(HotlineError):
    """The agent's role may not call this line in."""

    error_id = "three_way.role"
    status = 403


class ClosedError(HotlineError):
    """The line is not open now; ``fields["opens"]`` is when it is, ISO 8601, or None."""

    error_id = "three_way.closed"
    status = 409


class RateError(HotlineError):
    """The agent asks too often."""

    error_id = "three_way.rate"
    retryable = True
    status = 429


class ReasonError(InvalidInputError):
    """A line that is no emergency line needs a reason."""

    error_id = "three_way.reason"


def find_target(lines: Sequence[ThirdLine], target: str) -> ThirdLine:
    """Return the line of a name or a code (``110``, ``*110``); raises ``UnknownTargetError``.

    What was typed is not repeated in the error: it may be somebody's number.
    """
    wanted = target.removeprefix("*")
    for line in lines:
        if wanted in (line.name, line.code):
            return line
    raise UnknownTargetError(
        "the directory has no such line; numbers are not dialled",
        mend="take a name or code of GET /api/v1/third-lines",
    )


def checked_reason(line: ThirdLine, reason: str) -> str:
    """Return the reason without needless blanks; raises ``ReasonError`` when one is needed or is no text."""
    said = " ".join(reason.split())
    if len(said) > LONGEST_REASON or not said.isprintable():
        raise ReasonError(f"the reason has at most {LONGEST_REASON} printable characters")
    if not said and line.kind != "emergency":
        raise ReasonError(
            f"{line.name} is no emergency line: say why it is called in", mend='send {"reason": "…"}'
        )
    return said


def check_role(line: ThirdLine, role: Role) -> None:
    """Raise ``RoleError`` when agents of this role may not call the line in."""
    if role not in line.roles:
        raise RoleError(
            f"{line.name} may be called in by: {', '.join(line.roles)}", mend="ask one of them to do it"
        )


def check_hours(line: ThirdLine, at: datetime, calendar: Calendar) -> None:
    """Raise ``ClosedError`` when a line that is no emergency line is closed at a local time."""
    if line.kind == "emergency" or is_open(line.hours, at, calendar):
        return
    opens = next_opening(line.hours, at, calendar)
    when = (
        "it does not open in the next two months" if opens is None else f"it opens at {opens:%Y-%m-%d %H:%M}"
    )
    raise ClosedError(
        f"{line.name} is closed; {when}",
        mend="write a ticket, or take another line",
        opens=None if opens is None else opens.isoformat(),
    )


def next_opening(hours: Sequence[str], at: datetime, calendar: Calendar) -> datetime | None:
    """Return the first local time from ``at`` on at which one of the spans holds; None: none near."""
    if is_open(hours, at, calendar):
        return at
    spans = [parse(one) for one in hours]
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for day in range(_LOOK_AHEAD_DAYS):
        begins = (
            (midnight + timedelta(days=day, minutes=span.first)).replace(tzinfo=at.tzinfo)
            for span in spans
            if span.first < 24 * 60
        )
        for begin in sorted(begins):
            if begin >= at and any(span.holds(begin, calendar) for span in spans):
                return begin
    return None


class Rate:
    """How often each agent has called in lines that are no emergency lines in the last minute."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._asked: dict[str, deque[datetime]] = {}

    def count(self, agent: str, at: datetime) -> None:
        """Note that an agent asked."""
        self._asked.setdefault(agent, deque(maxlen=1000)).append(at)

    def check(self, agent: str, now: datetime) -> None:
        """Raise ``RateError`` when the agent has asked often; ``fields["seconds"]`` is how long to wait."""
        asked = self._asked.get(agent)
        if asked is None:
            return
        recent = sorted(at for at in asked if now - at < MINUTE)
        if not recent:
            del self._asked[agent]
        elif len(recent) >= self._per_minute:
            wait = recent[len(recent) - self._per_minute] + MINUTE - now
            seconds = max(1, -(-wait // timedelta(seconds=1)))
            raise RateError(
                f"{self._per_minute} requests a minute at most; emergency lines are not counted",
                mend=f"try again in {seconds} s",
                seconds=seconds,
            )


@dataclass(frozen=True)
class Listed:
    """A line of the directory as an agent sees it; no number in it."""

    line: ThirdLine
    open: bool
    opens: datetime | None
    allowed: bool

    def as_json(self) -> Mapping[str, Any]:
        """Return it for programs."""
        return {
            "name": self.line.name,
            "code": self.line.code,
            "key": f"*{self.line.code}",
            "label": self.line.label,
            "kind": self.line.kind,
            "hours": list(self.line.hours),
            "open": self.open,
            "opens": None if self.opens is None else self.opens.isoformat(),
            "allowed": self.allowed,
            "needs_reason": self.line.kind != "emergency",
        }


def listed(lines: Sequence[ThirdLine], agent: Agent | None, at: datetime, calendar: Calendar) -> list[Listed]:
    """Return the directory in its order, as it stands at a local time; ``allowed`` is for an agent's role."""
    found: list[Listed] = []
    for line in lines:
        is_now = line.kind == "emergency" or is_open(line.hours, at, calendar)
        opens = None if is_now else next_opening(line.hours, at, calendar)
        found.append(Listed(line, is_now, opens, agent is None or agent.role in line.roles))
    return found
