"""Third lines as rows: what the store holds of a room, made from the call's record alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..core.clock import from_us
from .calls import CallRecord
from .facts import ROOM, SUPERVISED
from .room_marks import mark_of
from .rooms import RoomLine, lines

_NOT_SHOWN = frozenset({"channel", "leg", "line", "n", "route", "number"})


def line_values(record: CallRecord, node: str) -> list[dict[str, Any]]:
    """Return the rows of a call's third lines."""
    return [_row(record.id, line, node) for line in lines(record)]


def room_steps(record: CallRecord, node: str) -> list[dict[str, Any]]:
    """Return the steps of a call's rooms, keyed by the line (``line:ID``) or the channel that took each."""
    found: list[dict[str, Any]] = []
    for (leg, slot), fact in record.slots.items():
        if leg or not slot.startswith((ROOM, SUPERVISED)):
            continue
        name, key, number = mark_of(slot)
        is_line = slot.startswith(ROOM) and not slot.startswith(f"{ROOM}:")
        params = {name: value for name, value in fact.params if name not in _NOT_SHOWN and value}
        if is_line and number:
            params["route"] = str(number)
        found.append(
            {
                "call": record.id,
                "leg": f"line:{key}" if is_line else key,
                "n": number,
                "name": name[:40],
                "node": node,
                "at": from_us(fact.at_us),
                "params": params,
            }
        )
    return found


def _row(call: str, line: RoomLine, node: str) -> dict[str, Any]:
    return {
        "call": call,
        "line": line.id,
        "node": node,
        "target": line.target[:60],
        "kind": line.kind[:20],
        "agent": line.agent[:60],
        "how": line.how[:20],
        "mode": line.mode[:20],
        "request": line.request[:60],
        "state": line.state,
        "why": line.why[:40],
        "asked_at": _moment(line.asked_us),
        "moved_at": _moment(line.moved_us),
        "dialled_at": _moment(line.dialled_us),
        "ringing_at": _moment(line.ringing_us),
        "answered_at": _moment(line.answered_us),
        "joined_at": _moment(line.joined_us),
        "left_at": _moment(line.left_us),
        "ended_at": _moment(line.ended_us),
        "route": line.route,
        "trunk": line.trunk[:60],
        "number": line.number[:40],
        "tries": [asdict(one) for one in line.tries],
    }


def _moment(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
