"""What is sent to the switch for an attempt; every value is checked at this border.

The attempt's id becomes the channel's Uniqueid: a look finds it, the journal names it, and the switch
refuses a second one while the first is there. What may be called at all is checked where numbers come in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...core.errors import InvalidInputError
from ...telephony.ami_wire import Value

CONTEXT = "hotline-robot"
PREFIX = "robot-"
"""Begins the id of every attempt."""

_ID = re.compile(r"robot-[A-Za-z0-9_.-]{1,60}-[0-9A-Z]{26}")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_TRUNK = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_VALUE = re.compile(r"[A-Za-z0-9_.+/:@=-]{0,200}")
_NAME = re.compile(r"_{0,2}[A-Z][A-Z0-9_]{1,39}")


def attempt_id(node: str, new_id: str) -> str:
    """Return the id of a new attempt of a node; ``new_id`` is a ULID."""
    return f"{PREFIX}{node}-{new_id}"


def is_attempt(uniqueid: str) -> bool:
    """Tell whether a channel's id is one of ours."""
    return _ID.fullmatch(uniqueid) is not None


def originate(
    attempt: str, trunk: str, number: str, *, shown: str, ring_s: int, variables: Mapping[str, str]
) -> tuple[str, dict[str, Value]]:
    """Return the action that dials; raises ``InvalidInputError`` for what may not stand in it.

    ``shown`` is the number that the person sees, ``variables`` what the survey's dialplan reads.
    """
    fields: dict[str, Value] = {
        "Channel": f"PJSIP/{_checked(_NUMBER, number, 'number')}@trunk-{_checked(_TRUNK, trunk, 'trunk')}",
        "Context": CONTEXT,
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(ring_s * 1000),
        **({"CallerID": _checked(_NUMBER, shown, "caller's number")} if shown else {}),
        "ChannelId": _checked(_ID, attempt, "attempt's id"),
        "Async": "true",
        "Variable": [
            f"{_checked(_NAME, name, 'variable')}={_checked(_VALUE, value, 'value')}"
            for name, value in variables.items()
        ],
    }
    return "Originate", fields


def _checked(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidInputError(f"this is no {what} that the switch may be given")
    return text
