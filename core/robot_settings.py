"""The settings of the callback robot (``[robot]``): by which lines, when, how often (docs/callbacks.md).

It is off until a trunk is named.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .setting_types import Name, NumberPattern, Section
from .third_lines import OpeningHours

Word = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class RobotTrunk(Section):
    """A trunk that the robot may call through, and how much of it."""

    name: Name
    lines: int = Field(default=10, ge=1, le=1000)
    """Calls of the robot at a time."""
    capacity: int | None = Field(default=None, ge=1, le=10000)
    """Calls that the trunk carries at a time, of any kind; not given: its incoming ones are not looked at."""
    reserve: int = Field(default=0, ge=0, le=10000)
    """So many of ``capacity`` are always left to citizens who call."""
    per_second: float = Field(default=2.0, gt=0, le=100)
    """Calls that begin in a second."""
    number_lines: int | None = Field(default=None, ge=1, le=1000)
    """Calls at a time under one of the trunk's numbers."""
    number_per_day: int | None = Field(default=None, ge=1, le=1_000_000)
    """Calls in a day under one of the trunk's numbers: carriers mark a number that calls more."""


class SamplingRule(Section):
    """Which share of certain matters is called for; the first rule that fits decides."""

    kinds: tuple[Word, ...] = ()
    """Kinds of tickets, such as 咨询; every kind when empty."""
    units: tuple[Word, ...] = ()
    share: float = Field(ge=0, le=1)


class RobotSettings(Section):
    """The callback robot."""

    trunks: tuple[RobotTrunk, ...] = ()
    """None: the robot calls nobody."""
    numbers: tuple[NumberPattern, ...] = ("1[3-9]XXXXXXXXX", "0[1-9]XXXXXXXXX", "0[3-9]XXXXXXXXXX")
    """The only numbers that may be called: mobiles, and landlines with their area's code."""
    hours: tuple[OpeningHours, ...] = ("工作日 09:00-12:00", "工作日 14:00-19:30")
    """When people are called, in the site's time; never outside the hours of the standard's profile."""
    margin_seconds: int = Field(default=60, ge=5, le=1800)
    """So long before the hours end nobody is dialled any more."""
    ring_seconds: int = Field(default=40, ge=10, le=120)
    tries: int = Field(default=3, ge=1, le=10)
    """Calls to one person for one matter, at most; what our line did wrong does not count."""
    expire_days: int = Field(default=5, ge=1, le=60)
    """Working days after which an unanswered callback is 未评, when none are given with it."""
    person_per_day: int = Field(default=2, ge=1, le=10)
    """Calls to one number in a day, for whatever matters."""
    person_gap_minutes: int = Field(default=60, ge=1, le=1440)
    """At least so long between two calls to one number."""
    heard_lines: int = Field(default=8, ge=0, le=200)
    """Calls that are recognised at a time; the others are asked by keys. A second of speech costs a tenth of
    a second of a core with the embedded model: eight people who all speak at once take 0.8 of a core."""
    lease_seconds: int = Field(default=60, ge=15, le=600)
    """A node that says nothing of an attempt for so long is taken to be down."""
    ticket_statuses: tuple[Word, ...] = ()
    """Tickets that come into one of these states are called back; none: only what is added is."""
    sampling: tuple[SamplingRule, ...] = ()
    """What no rule fits is called in full."""
