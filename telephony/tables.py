"""The tables of calls: what the journal said (``facts``), and what it means, as columns for reading.

Ids are the switch's own (Linkedid, Uniqueid), which carry the node's name; every row carries it too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, UtcDateTime

_Id = String(150)


class CallRow(Base):
    """A citizen's call. ``facts`` is the whole record; all other columns are derived from it."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_open", "node", "ended_at"),
        Index("ix_calls_files", "node", "files_done", "ended_at"),
        Index("ix_calls_t1", "t1"),
        Index("ix_calls_t0", "t0"),
        Index("ix_calls_number_t0", "number", "t0"),
    )

    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    trunk: Mapped[str] = mapped_column(String(60))
    did: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(40))
    """The caller's number as the network gave it, digits only; personal data."""
    queue: Mapped[str | None] = mapped_column(String(60))
    """The queue that was asked for first."""
    agent: Mapped[str | None] = mapped_column(String(60))
    """Who answered first."""
    t0: Mapped[datetime | None] = mapped_column(UtcDateTime)
    t1: Mapped[datetime | None] = mapped_column(UtcDateTime)
    t2: Mapped[datetime | None] = mapped_column(UtcDateTime)
    t3: Mapped[datetime | None] = mapped_column(UtcDateTime)
    t4: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """t5."""
    ended_by: Mapped[str | None] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(30))
    """Of a call that asked for a human, once it is decided."""
    apart: Mapped[str | None] = mapped_column(String(30))
    """What became of a call that never asked for a human."""
    wait_human_us: Mapped[int | None] = mapped_column(BigInteger)
    wait_citizen_us: Mapped[int | None] = mapped_column(BigInteger)
    talk_us: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[list[Any]] = mapped_column(Json)
    callback_answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the citizen answered the promised call-back with an agent on the line."""
    source: Mapped[str | None] = mapped_column(String(20))
    """Who handed the call over with its case, such as ``110``; None for a citizen's own call (R-3W-5)."""
    evaluation_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the citizen was asked for an evaluation: the talk was over then (R-T-11)."""
    evaluation: Mapped[str | None] = mapped_column(String(30))
    """What the citizen said: one of ``core.profile.Evaluation``, None without an answer."""
    files_done: Mapped[bool] = mapped_column(default=False)
    """Whether the recordings of the ended call were all registered; the finaliser's, not the tracker's."""


class LegRow(Base):
    """One channel of a call."""

    __tablename__ = "legs"

    call: Mapped[str] = mapped_column(_Id, primary_key=True)
    id: Mapped[str] = mapped_column(_Id, primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(80))
    agent: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hangup_cause: Mapped[int | None]
    bridges: Mapped[list[Any]] = mapped_column(Json)
    """``{"bridge": id, "entered_us": …, "left_us": … or null}`` in order."""


class CallStepRow(Base):
    """One mark of the dialplan in a call: menu, digit, request, queue visit, message, answer."""

    __tablename__ = "call_steps"

    call: Mapped[str] = mapped_column(_Id, primary_key=True)
    leg: Mapped[str] = mapped_column(_Id, primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The mark's number on its channel; 0 for an agent's answer."""
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    params: Mapped[dict[str, Any]] = mapped_column(Json)


class RoomLineRow(Base):
    """One attempt to bring a third line into a call (``rooms.RoomLine``), with None for what has not come."""

    __tablename__ = "room_lines"
    __table_args__ = (Index("ix_room_lines_asked_at", "asked_at"),)

    call: Mapped[str] = mapped_column(_Id, primary_key=True)
    line: Mapped[str] = mapped_column(String(32), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(60))
    """The third line's name in the settings."""
    kind: Mapped[str] = mapped_column(String(20))
    """What the dialplan said of it: ``emergency``, ``utility``, ``department``, or nothing."""
    agent: Mapped[str] = mapped_column(String(60))
    how: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(20))
    request: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    why: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dialled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ringing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    route: Mapped[int]
    trunk: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(String(40))
    """What was dialled last."""
    tries: Mapped[list[Any]] = mapped_column(Json)
    """Of each route, in order: ``{"route", "trunk", "number", "why", "cause"}`` and the moments in
    microseconds, ``{"dialled_us", "ringing_us", "answered_us", "failed_us"}``."""


class RecordingRow(Base):
    """A recording file that is complete, or one that belongs to no known call (``call`` is None)."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_call", "call"),)

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    """Relative to the recordings folder, with ``/``."""
    call: Mapped[str | None] = mapped_column(_Id)
    kind: Mapped[str] = mapped_column(String(10))
    """``mix``, ``citizen``, ``agent``, ``message``; ``room-agent``, ``room-line``: one party's own voice."""
    state: Mapped[str] = mapped_column(String(10))
    """``ready``, ``orphan`` or ``damaged`` (no sound can be read)."""
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    sample_rate: Mapped[int]
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    repaired: Mapped[bool]
    """Whether the header had to be mended after a crash."""
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")


class JournalPositionRow(Base):
    """How far a file of the journal was read; committed together with what was read."""

    __tablename__ = "journal_positions"

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    journal: Mapped[str] = mapped_column(String(20), primary_key=True)
    """``cel`` or ``queue_log``."""
    device: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger)
    head_bytes: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))
    carry: Mapped[dict[str, Any]] = mapped_column(Json)
    """Read, and in no other row yet: calls just begun (cel), restarts of the switch (queue_log)."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
