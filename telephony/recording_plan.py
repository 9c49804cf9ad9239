"""Which files a call should have, what is written about each, and what is to be recognised of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..core.clock import from_us
from .call_figures import callback_answered, callback_ended, message_marks, recording_marks, t4
from .calls import CallRecord
from .recording_files import Checked, is_safe, name_of
from .robot_facts import ROBOT
from .room_recordings import ROOM_KINDS, room_began, room_files, room_parts
from .tables import RecordingRow

KINDS = ("mix", "citizen", "agent")
_SHORTEST_MESSAGE_MS = 500
_CALLBACK = re.compile(r".+-(mix|citizen|agent)9\.wav")


def is_callback(path: str) -> bool:
    """Tell whether a file is of a call-back's talk: it lies beside those of the call it was promised in."""
    return _CALLBACK.fullmatch(path) is not None


def is_survey_file(path: str) -> bool:
    """Tell whether a file is of a survey of the callback robot, whose channels have ids of their own."""
    name = name_of(path)
    return name is not None and name.base.startswith(ROBOT)


def callback_files(record: CallRecord, folder: Path) -> list[str]:
    """Return the paths of a call-back's talk and of its room, none before its end. Blocking."""
    ended = callback_ended(record)
    if ended is None or not is_safe(ended[1]):
        return []
    own = [path for kind in KINDS if name_of(path := f"{ended[1]}-{kind}9.wav") is not None]
    return [*own, *room_files(record, ended[1], folder)]


def expected_files(record: CallRecord, folder: Path) -> list[str]:
    """Return the paths of a call's files by its marks, and of messages found beside them unmarked."""
    paths: list[str] = []
    for base, _ in recording_marks(record):
        if is_safe(base):
            paths.extend(f"{base}-{kind}.wav" for kind in KINDS)
            paths.extend(
                path
                for number in ("", *range(1, 10))
                if (folder / (path := f"{base}-message{number}.wav")).is_file()
            )
            paths.extend(room_files(record, base, folder))
    paths.extend(f"{file}.wav" for file, _ in message_marks(record) if is_safe(file))
    return [path for path in dict.fromkeys(paths) if name_of(path) is not None]


def row_values(record: CallRecord | None, one: Checked, *, node: str, now: datetime) -> dict[str, Any]:
    """Return the row of a file; without a record it is an orphan's."""
    state = "orphan" if record is None else "ready" if one.is_sound else "damaged"
    return {
        "node": node,
        "path": one.path,
        "call": None if record is None else record.id,
        "kind": one.kind,
        "state": state,
        "sha256": one.sha256,
        "bytes": one.bytes,
        "duration_ms": one.duration_ms,
        "sample_rate": one.sample_rate,
        "begun_at": None if record is None else _begun_at(record, one),
        "repaired": one.repaired,
        "registered_at": now,
        "note": "",
    }


def survey_values(one: Checked, *, node: str, now: datetime) -> dict[str, Any]:
    """Return the row of a survey's file; its call is the attempt."""
    name = name_of(one.path)
    state = "ready" if one.is_sound else "damaged"
    return row_values(None, one, node=node, now=now) | {"call": name.base if name else None, "state": state}


def _begun_at(record: CallRecord, one: Checked) -> datetime | None:
    """Return when a recording's sound begins: its mark; a message's mark is made at its end."""
    for file, at_us in message_marks(record):
        if one.path == f"{file}.wav":
            return from_us(at_us) - timedelta(milliseconds=one.duration_ms)
    if is_callback(one.path):
        answered = callback_answered(record)
        return None if answered is None else from_us(answered)
    if one.kind in ROOM_KINDS:
        began = room_began(record, one.path)
        return None if began is None else from_us(began)
    for base, at_us in recording_marks(record):
        if one.kind in KINDS and one.path == f"{base}-{one.kind}.wav":
            return from_us(at_us)
    return None


def transcription(record: CallRecord, rows: Iterable[RecordingRow]) -> dict[str, Any] | None:
    """Return the payload of the job that recognises a call: the talk with the human, else the message.

    None when there is neither. ``from_s`` is where the talk begins in the recording. A call-back's talk is
    that of the call it was promised in, and is recorded from its first word on.
    """
    ready = [row for row in rows if row.state == "ready" and row.duration_ms > 0]
    talks = [row for row in ready if row.kind in ("citizen", "agent")]
    if back := {row.kind: row for row in talks if is_callback(row.path)}:
        begun = [row.begun_at for row in back.values() if row.begun_at is not None]
        paths = {kind: row.path for kind, row in sorted(back.items())}
        parts = room_parts(record, ready, min(begun)) if begun else {}
        return {"call": record.id, "legs": paths, "from_s": 0.0, **parts}
    bridged_us = t4(record)
    if bridged_us is not None:
        legs = {row.kind: row for row in talks}
        if legs:
            begun = [row.begun_at for row in legs.values() if row.begun_at is not None]
            into = (from_us(bridged_us) - min(begun)).total_seconds() if begun else 0.0
            paths = {kind: row.path for kind, row in sorted(legs.items())}
            parts = room_parts(record, ready, min(begun)) if begun else {}
            return {"call": record.id, "legs": paths, "from_s": max(round(into, 3), 0.0), **parts}
    messages = [row for row in ready if row.kind == "message" and row.duration_ms >= _SHORTEST_MESSAGE_MS]
    if messages:
        longest = max(messages, key=lambda row: (row.duration_ms, row.path))
        return {"call": record.id, "legs": {"citizen": longest.path}, "from_s": 0.0}
    return None
