"""Who may be called into a talk between a citizen and an agent: emergency lines, utilities, departments.

Rows R-3W-1 and R-3W-2. Nothing else than a route named here is ever dialled for a three-way call.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from .opening_hours import checked_hours
from .setting_types import Digits, Label, Name, Section

Role = Literal["agent", "senior", "supervisor"]
ROLES: tuple[Role, ...] = ("agent", "senior", "supervisor")

_EMERGENCY = re.compile(
    r"(?:(?:(?:00)?86)(?:10|2\d|[3-9]\d\d)|0(?:10|2\d|[3-9]\d\d)|[09])?(?:110|119|120|122)"
)


def _code(text: str) -> str:
    if text.startswith(("7", "8")):
        raise ValueError(f'"{text}" begins with {text[0]}: *7 and *8 are the keys of transfers')
    if text.startswith(("90", "91")) or (len(text) == 2 and text[0] == "9"):
        raise ValueError(f'"{text}" begins like a key of the room: *90 to *99')
    return text


Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,5}$"), AfterValidator(_code)]
"""The agent's key is ``*`` and this."""
OpeningHours = Annotated[str, AfterValidator(checked_hours)]


def is_emergency(number: str) -> bool:
    """Return whether a number reaches 110, 119, 120 or 122.

    Also with an area's code, with China's, or after the digit that an exchange takes for an outside line.
    """
    return _EMERGENCY.fullmatch(number) is not None


class Route(Section):
    """One way to reach a third line."""

    trunk: Name
    number: Digits


class ThirdLine(Section):
    """An emergency line, a utility or a department; the routes are tried in their order."""

    name: Name
    code: Code
    label: Label
    kind: Literal["emergency", "utility", "department"]
    routes: tuple[Route, ...] = Field(min_length=1, max_length=9)
    ring_seconds: int = Field(default=30, ge=5, le=120)
    hours: tuple[OpeningHours, ...] = ()
    """When it can be reached, e.g. ``工作日 08:30-12:00``; always when empty."""
    announce: bool = False
    """One sentence tells the third line who calls before it is joined."""
    roles: tuple[Role, ...] = ROLES
    """Who may call it in."""
    notify: Name | None = None
    """One of ``webhooks``: gets the key data of the call at the request (R-3W-3)."""


class ThreeWaySettings(Section):
    """Limits of the calls to third lines."""

    per_minute: int = Field(default=6, ge=1, le=60)
    """So many requests of one agent in a minute; emergency lines are not counted."""
