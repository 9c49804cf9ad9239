"""The marks of a three-way call: which slot of the call's record each of them fills, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .facts import ROOM, SUPERVISED

MARK = "HL_3W_"
SUPERVISE = "HL_SUPERVISE"
"""A supervisor comes; with ``_END`` goes, with ``_REFUSED`` was let in by no rule."""
LINE_STEPS = frozenset(
    {"ASKED", "REFUSED", "DIAL", "RINGING", "ANSWERED", "FAILED", "GAVE_UP", "JOINED", "LEFT"}
)
"""What is told of a line brought in, by its id; ``LEFT`` also of the other parties."""
ROUTE_STEPS = frozenset({"DIAL", "RINGING", "ANSWERED", "FAILED"})
"""Told for each route that is tried."""
PARTY_STEPS = frozenset({"MOVED", "LEFT", "HELD", "UNHELD", "ALONE"})
"""What is told of citizen and agents, by their channel and the number of the mark on it."""

_LINE = re.compile(r"[A-Za-z0-9]{1,32}")
_NUMBER = re.compile(r"[0-9]{1,6}")


def room_slot(name: str, uniqueid: str, values: Mapping[str, str]) -> str | None:
    """Return the slot of a mark's fact; None when it lacks what tells it from others of its kind.

    Nothing of the moment is in a slot: a mark has another time live than in the journal.
    """
    number = _number(values.get("n", ""))
    if not name.startswith(MARK):
        step = name.removeprefix(SUPERVISE).lstrip("_") or "BEGIN"
        return f"{SUPERVISED}{step}:{uniqueid}:{number}"
    step, line = name.removeprefix(MARK), values.get("line", "")
    if step in PARTY_STEPS and (step != "LEFT" or values.get("who") in ("citizen", "agent")):
        return f"{ROOM}:{step}:{uniqueid}:{number}"
    if step not in LINE_STEPS or not _LINE.fullmatch(line):
        return None
    slot = f"{ROOM}{line}:{step}"
    return f"{slot}:{_number(values.get('route', ''))}" if step in ROUTE_STEPS else slot


def mark_of(slot: str) -> tuple[str, str, int]:
    """Return (mark's name, line or the channel's uniqueid, route or number) of a slot."""
    kind, line, rest = slot.split(":", 2)
    if f"{kind}:" == SUPERVISED:
        uniqueid, _, number = rest.rpartition(":")
        return (SUPERVISE if line == "BEGIN" else f"{SUPERVISE}_{line}"), uniqueid, int(number)
    step, _, tail = rest.partition(":")
    uniqueid, _, number = tail.rpartition(":")
    return f"{MARK}{step}", line or uniqueid, int(number or 0)


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0
