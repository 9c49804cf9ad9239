"""Whether a callback that is due may be dialled now: the quiet list, the person's rest, the number. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...core.robot_settings import RobotSettings
from ..model import CallbackState
from ..phones import may_be_dialled
from ..tables import CallbackRow, PersonRow
from ..why import Why
from .hours import CallingHours

LOOK_AGAIN = timedelta(seconds=30)
"""A person who is in another call, or whose row another node holds, is looked at again so much later."""


@dataclass(frozen=True)
class PutOff:
    """It is not its turn before ``until``."""

    until: datetime
    why: str


@dataclass(frozen=True)
class Close:
    """It ends without being dialled."""

    state: CallbackState
    why: str


def look(
    row: CallbackRow,
    person: PersonRow | None,
    now: datetime,
    *,
    hours: CallingHours,
    robot: RobotSettings,
    narrower: Sequence[str] = (),
) -> PutOff | Close | None:
    """Return what stands against dialling a due callback now; None when nothing does.

    ``person`` is None when another node holds that row: it is about to call, or to close, the person.
    """
    if person is not None and person.quiet_at is not None:
        return Close(CallbackState.REFUSED, Why.QUIET)
    if row.latest <= now:
        return Close(CallbackState.EXPIRED, Why.OUT_OF_TIME)
    if not may_be_dialled(row.phone, robot.numbers):
        return Close(CallbackState.CHECK, Why.NUMBER)
    return _rest(person, now, hours, robot, narrower)


def _rest(
    person: PersonRow | None,
    now: datetime,
    hours: CallingHours,
    robot: RobotSettings,
    narrower: Sequence[str],
) -> PutOff | None:
    if person is None or person.attempt is not None:
        return PutOff(now + LOOK_AGAIN, Why.IN_CALL)
    if person.free_at is not None and person.free_at > now:
        return PutOff(_opening(person.free_at, hours, narrower), Why.GAP)
    if person.day == hours.day(now) and person.calls >= robot.person_per_day:
        return PutOff(_opening(hours.last_moment(hours.day(now)), hours, narrower), Why.DAY_LIMIT)
    return None


def _opening(at: datetime, hours: CallingHours, narrower: Sequence[str]) -> datetime:
    return hours.next_opening(at, narrower) or at


def began(person: PersonRow, attempt: str, now: datetime, hours: CallingHours) -> None:
    """Let an attempt hold its person."""
    today = hours.day(now)
    person.calls = person.calls + 1 if person.day == today else 1
    person.day, person.attempt = today, attempt


def ended(
    person: PersonRow, attempt: str, now: datetime, hours: CallingHours, *, felt: bool, gap: timedelta
) -> None:
    """Let a person go whose attempt is over; ``felt``: the telephone rang, so the person rests."""
    if person.attempt == attempt:
        person.attempt = None
    if felt:
        person.free_at = now + gap
    elif person.day == hours.day(now) and person.calls > 0:
        person.calls -= 1
