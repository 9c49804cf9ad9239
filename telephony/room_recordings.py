"""The voices of a room: each other party's own sound in a file of its own, and how they are recognised.

Beside the citizen's own files, which go on through the room, lie ``BASE-room-agent-NUMBER.wav`` and
``BASE-room-line-LINE.wav``. The leg that holds what the citizen hears has all of them mixed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..core.clock import from_us
from .calls import CallRecord
from .facts import ROOM
from .recording_files import name_of
from .room_marks import MARK, mark_of
from .rooms import facts_of_room, lines
from .tables import RecordingRow

ROOM_KINDS = ("room-agent", "room-line")
_SPEAKERS = {"room-agent": "agent", "room-line": "third"}
_COMES, _GOES = frozenset({"MOVED", "HELD", "UNHELD"}), frozenset({"LEFT", "ALONE"})


def room_files(record: CallRecord, base: str, folder: Path) -> Iterator[str]:
    """Give the files of a room that lie beside a call's own. Blocking."""
    if not facts_of_room(record):
        return
    place = folder / base
    for file in sorted(place.parent.glob(f"{place.name}-room-*.wav")):
        path = f"{base.rpartition('/')[0]}/{file.name}".removeprefix("/")
        if (name := name_of(path)) is not None and name.kind in ROOM_KINDS:
            yield path


def room_began(record: CallRecord, path: str) -> int | None:
    """Return when the sound of such a file begins (microseconds), None when no mark tells."""
    name = name_of(path)
    if name is None:
        return None
    if name.kind == "room-line":
        return next((line.answered_us for line in lines(record) if line.id == name.who), None)
    moved = (
        fact.at_us
        for fact in facts_of_room(record)
        if _step(fact.slot) == "MOVED" and fact.get("agent") == name.who and fact.get("who") == "agent"
    )
    return min(moved, default=None)


def room_parts(record: CallRecord, rows: Iterable[RecordingRow], begun: datetime) -> dict[str, Any]:
    """Return what the recognition must know of a room: ``parts`` and ``mixed`` of ``TranscribeRequest``.

    Empty without a file of its own for a voice: what the citizen heard is recognised as the agent's then.
    """
    parts: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: row.path):
        if row.kind in _SPEAKERS and row.begun_at is not None:
            at_s = max(round((row.begun_at - begun).total_seconds(), 3), 0.0)
            parts.append({"speaker": _SPEAKERS[row.kind], "path": row.path, "at_s": at_s})
    if not parts:
        return {}
    stays = [
        (_seconds(from_us(since_us) - begun), _seconds(from_us(until_us) - begun))
        for since_us, until_us in stays_of(record)
    ]
    return {"parts": parts, "mixed": [stay for stay in stays if stay[1] > stay[0]]}


def stays_of(record: CallRecord) -> list[tuple[int, int]]:
    """Return from when until when the citizen was in a room, or waited for one to be joined."""
    found: list[tuple[int, int]] = []
    since: int | None = None
    for fact in facts_of_room(record):
        if not fact.slot.startswith(f"{ROOM}:"):
            continue
        step = _step(fact.slot)
        if fact.get("who", "citizen") != "citizen" and step not in ("HELD", "UNHELD", "ALONE"):
            continue
        if step in _COMES and since is None:
            since = fact.at_us
        elif step in _GOES and since is not None:
            found.append((since, fact.at_us))
            since = None
    if since is not None:
        found.append((since, max(record.ended_us or since, since)))
    return found


def _step(slot: str) -> str:
    return mark_of(slot)[0].removeprefix(MARK)


def _seconds(length: timedelta) -> float:
    return max(round(length.total_seconds(), 3), 0.0)
