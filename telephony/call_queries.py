"""Reading calls and recordings from the store, as plain values for the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from ..core.db import Base, Database
from ..core.errors import NotFoundError
from ..core.log import mask
from .tables import CallRow, CallStepRow, LegRow, RecordingRow, RoomLineRow

Show = Callable[[object], str]


def values_of(row: Base) -> dict[str, Any]:
    """Return a row's columns, moments in ISO form."""
    found = {name: getattr(row, name) for name in row.__table__.columns.keys()}  # noqa: SIM118  # not a dict
    return {
        name: value.isoformat(timespec="milliseconds") if hasattr(value, "isoformat") else value
        for name, value in found.items()
    }


def _call(row: CallRow, show: Show) -> dict[str, Any]:
    values = {**values_of(row), "number": show(row.number)}
    del values["facts"]
    return values


async def list_calls(
    database: Database, *, limit: int, only_open: bool = False, show: Show = mask
) -> list[dict[str, Any]]:
    """Return the newest calls first; numbers go through ``show`` (masked when nothing is said)."""
    query = select(CallRow).order_by(CallRow.t0.desc(), CallRow.id.desc()).limit(limit)
    if only_open:
        query = query.where(CallRow.ended_at.is_(None))
    async with database.read() as session:
        return [_call(row, show) for row in await session.scalars(query)]


async def show_call(database: Database, call: str, *, show: Show = mask) -> dict[str, Any]:
    """Return a call with its legs, steps, third lines and recordings; raises ``NotFoundError``."""
    async with database.read() as session:
        row = await session.get(CallRow, call)
        if row is None:
            raise NotFoundError(f"there is no call {call!r}", mend="see: hotline calls list")
        legs = await session.scalars(select(LegRow).where(LegRow.call == call).order_by(LegRow.created_at))
        steps = await session.scalars(
            select(CallStepRow).where(CallStepRow.call == call).order_by(CallStepRow.at, CallStepRow.n)
        )
        lines = await session.scalars(
            select(RoomLineRow).where(RoomLineRow.call == call).order_by(RoomLineRow.asked_at)
        )
        recordings = await session.scalars(
            select(RecordingRow).where(RecordingRow.call == call).order_by(RecordingRow.path)
        )
        return {
            **_call(row, show),
            "legs": [values_of(leg) for leg in legs],
            "steps": [values_of(step) for step in steps],
            "three_way": [values_of(line) for line in lines],
            "recordings": [values_of(recording) for recording in recordings],
        }


async def list_recordings(
    database: Database, *, limit: int, call: str | None = None, orphans: bool = False
) -> list[dict[str, Any]]:
    """Return recordings, the newest first: all, a call's, or those that belong to no call."""
    query = select(RecordingRow).order_by(RecordingRow.registered_at.desc(), RecordingRow.path).limit(limit)
    if call is not None:
        query = query.where(RecordingRow.call == call)
    if orphans:
        query = query.where(RecordingRow.call.is_(None))
    async with database.read() as session:
        return [values_of(row) for row in await session.scalars(query)]
