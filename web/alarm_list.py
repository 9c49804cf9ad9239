"""Alarms that stand and stood, with who has seen them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import NotFoundError
from ..queue.alarm_kinds import KINDS
from ..queue.alarm_message import as_json
from ..queue.alarm_seen import AlarmSeenRow, SeenBy, see, seen_of
from ..queue.alarm_tables import AlarmRow
from .lists import Listed, equal, is_null
from .models.alarms import AlarmQuery
from .paging import page

_LONGEST_KEY = 26


class AlarmList:
    """Reads the alarms of all nodes, and notes who has seen one."""

    def __init__(self, database: Database, *, node: str, clock: Clock = utc_now) -> None:
        self._database = database
        self._node = node
        self._clock = clock

    async def read(self, asked: AlarmQuery) -> Listed:
        """Return alarms by their raising; raises ``CursorError``."""
        standing = None if asked.state == "all" else asked.state == "standing"
        query = select(AlarmRow).where(
            AlarmRow.kind.in_(sorted(KINDS)),
            *equal(
                (AlarmRow.kind, asked.kind), (AlarmRow.severity, asked.severity), (AlarmRow.node, asked.node)
            ),
            *is_null(AlarmRow.cleared_at, standing),
            *_seen(asked.acknowledged),
        )
        async with self._database.read() as session:
            rows, after = await page(
                session, query, AlarmRow.raised_at, AlarmRow.id, limit=asked.limit, after=asked.after
            )
            seen = await seen_of(session, [row.id for row in rows])
        return [_told(row, seen) for row in rows], after

    async def acknowledge(self, alarm: str, *, who: str, note: str) -> tuple[dict[str, Any], bool]:
        """Note that an alarm was seen; returns it, and whether nobody had said so before.

        Raises ``NotFoundError``.
        """
        async with self._database.write() as session:
            row = await session.get(AlarmRow, alarm) if _can_be(alarm) else None
            if row is None or row.kind not in KINDS:
                raise NotFoundError(f"no alarm {alarm[:60]!r}", mend="see GET /api/v1/alarms")
            first = await see(session, alarm, SeenBy(self._clock(), who[:60], note), node=self._node)
            return _told(row, await seen_of(session, [alarm])), first


def _can_be(key: str) -> bool:
    return key.isascii() and key.isalnum() and len(key) <= _LONGEST_KEY


def _seen(wanted: bool | None) -> list[ColumnElement[bool]]:
    if wanted is None:
        return []
    there = exists().where(AlarmSeenRow.alarm == AlarmRow.id)
    return [there if wanted else ~there]


def _told(row: AlarmRow, seen: Mapping[str, SeenBy]) -> dict[str, Any]:
    by = seen.get(row.id)
    return {
        **as_json(row.alarm(), node=row.node),
        "acknowledged_at": None if by is None else by.at,
        "acknowledged_by": None if by is None else by.who,
        "acknowledged_note": "" if by is None else by.note,
    }
