"""The lists of the API, read page by page: calls, tickets, transcripts, recordings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import defer

from ..asr.tables import TranscriptRow, load
from ..asr.transcripts import Transcript
from ..core.db import Database
from ..telephony.tables import CallRow, RecordingRow
from ..ticket_bridge.tables import TicketRow
from .call_view import call_told, recording_told
from .models.calls import CallQuery, RecordingQuery, TranscriptQuery
from .models.tickets import TicketQuery
from .own_calls import had_by
from .paging import page

_LONGEST_KEY = 150

Listed = tuple[list[dict[str, Any]], str | None]
"""The rows of a page, and the cursor of the next."""


class Lists:
    """Answers the lists of a node's store; with ``agent`` only what is of that agent's calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def calls(self, asked: CallQuery, agent: str | None = None) -> Listed:
        """Return calls by their arrival, numbers whole; raises ``CursorError``."""
        query = (
            select(CallRow)
            .options(defer(CallRow.facts))
            .where(
                *between(CallRow.t0, asked.since, asked.until),
                *equal(
                    (CallRow.queue, asked.queue),
                    (CallRow.agent, asked.agent),
                    (CallRow.outcome, asked.outcome),
                    (CallRow.source, asked.source),
                    (CallRow.node, asked.node),
                ),
                *is_null(CallRow.ended_at, asked.open),
                *only(CallRow.id, agent),
            )
        )
        async with self._database.read() as session:
            rows, after = await page(
                session, query, CallRow.t0, CallRow.id, limit=asked.limit, after=asked.after
            )
        return [call_told(row) for row in rows], after

    async def tickets(self, asked: TicketQuery, agent: str | None = None) -> Listed:
        """Return tickets by their making, without their fields; raises ``CursorError``."""
        unchecked = None if asked.checked is None else not asked.checked
        query = (
            select(TicketRow)
            .options(defer(TicketRow.fields))
            .where(
                *between(TicketRow.created_at, asked.since, asked.until),
                *equal(
                    (TicketRow.status, asked.status),
                    (TicketRow.kind, asked.kind),
                    (TicketRow.domain, asked.domain),
                    (TicketRow.urgency, asked.urgency),
                    (TicketRow.confidential, asked.confidential),
                    (TicketRow.node, asked.node),
                ),
                *is_null(TicketRow.checked_at, unchecked),
                *only(TicketRow.call, agent),
            )
        )
        async with self._database.read() as session:
            rows, after = await page(
                session, query, TicketRow.created_at, TicketRow.id, limit=asked.limit, after=asked.after
            )
        return [row.overview() for row in rows], after

    async def transcripts(self, asked: TranscriptQuery, agent: str | None = None) -> Listed:
        """Return transcripts by their making, without their words; raises ``CursorError``."""
        query = (
            select(TranscriptRow)
            .options(defer(TranscriptRow.utterances))
            .where(
                *between(TranscriptRow.created_at, asked.since, asked.until),
                *equal((TranscriptRow.node, asked.node)),
                *only(TranscriptRow.call, agent),
            )
        )
        async with self._database.read() as session:
            rows, after = await page(
                session,
                query,
                TranscriptRow.created_at,
                TranscriptRow.call,
                limit=asked.limit,
                after=asked.after,
            )
        return [_transcript(row) for row in rows], after

    async def transcript(self, call: str) -> Transcript | None:
        """Return a call's transcript, None without one."""
        if not call.isprintable() or len(call) > _LONGEST_KEY:
            return None
        async with self._database.read() as session:
            return await load(session, call)

    async def recordings(self, asked: RecordingQuery, agent: str | None = None) -> Listed:
        """Return recordings by their registration; raises ``CursorError``."""
        query = select(RecordingRow).where(
            *between(RecordingRow.registered_at, asked.since, asked.until),
            *equal(
                (RecordingRow.call, asked.call),
                (RecordingRow.kind, asked.kind),
                (RecordingRow.state, asked.state),
                (RecordingRow.node, asked.node),
            ),
            *only(RecordingRow.call, agent),
        )
        async with self._database.read() as session:
            rows, after = await page(
                session,
                query,
                RecordingRow.registered_at,
                RecordingRow.node,
                RecordingRow.path,
                limit=asked.limit,
                after=asked.after,
            )
        return [_recording(row) for row in rows], after


def between(column: Any, since: object, until: object) -> list[ColumnElement[bool]]:
    """Return the conditions of a half-open period; None is open."""
    found = [] if since is None else [column >= since]
    return found if until is None else [*found, column < until]


def equal(*pairs: tuple[Any, object]) -> list[ColumnElement[bool]]:
    """Return a condition for every column that a value was given for."""
    return [column == value for column, value in pairs if value is not None]


def is_null(column: Any, wanted: bool | None) -> list[ColumnElement[bool]]:
    """Return whether a column must be empty (True) or not (False); None takes both."""
    if wanted is None:
        return []
    return [column.is_(None) if wanted else column.is_not(None)]


def only(call: Any, agent: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions of calls that an agent has, or had; None takes everyone's, "" nobody's."""
    return [] if agent is None else [had_by(call, agent) if agent else false()]


def _transcript(row: TranscriptRow) -> dict[str, Any]:
    names = ("call", "node", "model", "language", "duration_s", "cost_ms", "created_at")
    return {name: getattr(row, name) for name in names}


def _recording(row: RecordingRow) -> dict[str, Any]:
    names = ("node", "path", "call", "sample_rate", "repaired", "registered_at")
    return {**recording_told(row), **{name: getattr(row, name) for name in names}}
