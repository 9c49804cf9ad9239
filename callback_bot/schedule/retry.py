"""What follows from an attempt: another one and when, or an end. The policy is data (``retry.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from ..model import CallbackState, Outcome
from .hours import CallingHours

FILE = Path(__file__).with_name("retry.yaml")
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_LEAST = timedelta(minutes=10)
"""The last attempt before the time runs out is at least so far off."""


def _wait(text: object) -> object:
    found = re.fullmatch(r"(\d{1,4})(s|min|h|d)", str(text))
    if found is None:
        raise ValueError(f"{text!r} is no wait; write one like 15min, 3h, 2d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


Wait = Annotated[timedelta, BeforeValidator(_wait)]


class Policy(BaseModel):
    """What follows from one outcome."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: tuple[Wait, ...] = ()
    most: int | None = Field(default=None, ge=1, le=100)
    counts: bool = True
    then: CallbackState = CallbackState.EXPIRED
    ends: CallbackState | None = None
    felt: bool = True

    @model_validator(mode="after")
    def _goes_on_or_ends(self) -> Policy:
        if (self.ends is None) != bool(self.after):
            raise ValueError("give either after or ends")
        return self


@dataclass(frozen=True)
class Step:
    """What follows for a callback: ``WAITING`` with ``next_at``, or the state it ends in."""

    state: CallbackState
    tries: int
    next_at: datetime | None = None
    latest: datetime | None = None
    """Another last moment, when the person asked for a later one."""


@cache
def policies(file: Path = FILE) -> Mapping[Outcome, Policy]:
    """Return the policy of every outcome; raises ``ValueError`` for a file that lacks or misspells one."""
    read: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    found = TypeAdapter(dict[Outcome, Policy]).validate_python(read)
    if missing := [outcome.value for outcome in Outcome if outcome not in found]:
        raise ValueError(f"{file}: no policy for {', '.join(missing)}")
    return found


def next_step(
    outcome: Outcome,
    *,
    before: Sequence[str],
    tries: int,
    most_tries: int,
    now: datetime,
    latest: datetime,
    hours: CallingHours,
    narrower: Sequence[str] = (),
    asked_for: datetime | None = None,
) -> Step:
    """Return what follows from an outcome; ``before`` are the outcomes of the earlier attempts.

    ``asked_for`` is when the person wants to be called, with ``LATER``: ``latest`` gives way to it.
    """
    policy = policies()[outcome]
    tries += policy.counts
    if policy.ends is not None:
        return Step(policy.ends, tries)
    times = 1 + sum(one == outcome for one in before)
    if tries >= most_tries or (policy.most is not None and times >= policy.most):
        return Step(policy.then, tries)
    wanted = now + policy.after[min(times, len(policy.after)) - 1]
    moved = None
    if outcome is Outcome.LATER and asked_for is not None and asked_for > now:
        wanted = asked_for
        if asked_for >= latest:
            latest = moved = hours.term(asked_for, 1)
    next_at = _within(wanted, now, latest, hours, narrower)
    return (
        Step(CallbackState.EXPIRED, tries)
        if next_at is None
        else Step(CallbackState.WAITING, tries, next_at, moved)
    )


def _within(
    wanted: datetime, now: datetime, latest: datetime, hours: CallingHours, narrower: Sequence[str]
) -> datetime | None:
    """Return the opening from ``wanted`` on, or an earlier one when that is too late; None without any."""
    for at in (wanted, now + (latest - now) / 2):
        if at < min(wanted, now + _LEAST):
            continue
        opening = hours.next_opening(at, narrower)
        if opening is not None and opening < latest:
            return opening
    return None
