"""Calls in the store: written whole and idempotently, read back as records."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from ..core.clock import from_us
from ..core.db import Base, Database
from . import call_figures as figures
from .call_legs import legs, number_of
from .calls import CallRecord, merge_all
from .evaluation import evaluated
from .facts import AGENT, CALLBACK, Fact, from_json, step_of, to_json
from .journal import Position
from .room_store import line_values, room_steps
from .tables import CallRow, CallStepRow, JournalPositionRow, LegRow, RoomLineRow

_CHUNK = 500
_NO_STEP = frozenset({"number", "channel", "caller", "about"})
"""What of a mark stands elsewhere, or is personal and shown by those alone who may see it."""


def call_values(record: CallRecord, node: str) -> dict[str, Any]:
    """Return the row of a citizen's call."""
    arrived = record.first_step("HL_ARRIVED")
    human = record.first_step("HL_HUMAN")
    answered = figures.answers(record)
    evaluation = evaluated(record)
    return {
        "id": record.id,
        "node": node,
        "trunk": arrived.get("trunk")[:60] if arrived else "",
        "did": arrived.get("did")[:40] if arrived else "",
        "number": arrived.get("number")[:40] if arrived else "",
        "queue": human.get("queue")[:60] if human else None,
        "agent": answered[0][1].get("agent")[:60] if answered else None,
        "t0": _moment(figures.t0(record)),
        "t1": _moment(figures.t1(record)),
        "t2": _moment(figures.t2(record)),
        "t3": _moment(figures.t3(record)),
        "t4": _moment(figures.t4(record)),
        "ended_at": _moment(figures.t5(record)),
        "ended_by": figures.ended_by(record),
        "outcome": figures.outcome(record),
        "apart": figures.apart(record),
        "wait_human_us": figures.wait_human(record),
        "wait_citizen_us": figures.wait_citizen(record),
        "talk_us": figures.talk(record),
        "callback_answered_at": _moment(figures.callback_answered(record)),
        "source": source_of(record),
        "evaluation_asked_at": _moment(evaluation and evaluation.asked_us),
        "evaluation": evaluation and evaluation.level,
        "facts": [to_json(fact) for _, fact in sorted(record.slots.items())],
    }


def leg_values(record: CallRecord, node: str) -> list[dict[str, Any]]:
    """Return the rows of a call's legs."""
    return [
        {
            "call": record.id,
            "id": leg.id,
            "node": node,
            "role": leg.role,
            "channel": leg.channel,
            "agent": leg.agent[:60],
            "created_at": _moment(leg.created_us),
            "answered_at": _moment(leg.answered_us),
            "ended_at": _moment(leg.ended_us),
            "hangup_cause": leg.hangup_cause,
            "bridges": [
                {"bridge": spell.bridge, "entered_us": spell.entered_us, "left_us": spell.left_us}
                for spell in leg.spells
            ],
        }
        for leg in legs(record)
    ]


def step_values(record: CallRecord, node: str) -> list[dict[str, Any]]:
    """Return the rows of a call's steps: the citizen's marks, the agents' answers, call-back and rooms."""
    steps = [(*step_of(mark.slot), mark) for mark in record.steps()]
    agents = [(0, "HL_AGENT", fact) for (_, slot), fact in record.slots.items() if slot == AGENT]
    backs = [
        (number_of(fact.get("try")) or 0, _callback_mark(slot), fact)
        for (_, slot), fact in sorted(record.slots.items())
        if slot.startswith(CALLBACK)
    ]
    made = [_step(record, node, n, name, mark) for n, name, mark in (*steps, *agents, *backs)]
    return [*made, *room_steps(record, node)]


def source_of(record: CallRecord) -> str | None:
    """Return who handed the call over with its case (R-3W-5), None for a citizen's own call."""
    pushed = record.first_step("HL_PUSHED")
    return None if pushed is None else (pushed.get("source") or "110")[:20]


def _callback_mark(slot: str) -> str:
    return f"HL_CALLBACK_{slot.removeprefix(CALLBACK).partition(':')[0]}"[:40]


def _step(record: CallRecord, node: str, n: int, name: str, mark: Fact) -> dict[str, Any]:
    return {
        "call": record.id,
        "leg": mark.leg,
        "n": n,
        "name": name,
        "node": node,
        "at": from_us(mark.at_us),
        "params": {key: value for key, value in mark.params if key not in _NO_STEP},
    }


def _moment(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)


class CallStore:
    """The calls of one node in the database."""

    def __init__(self, database: Database, *, node: str) -> None:
        self._node = node
        self._dialect = sqlite if database.is_sqlite else postgresql
        self._upserts: dict[tuple[type[Base], tuple[str, ...]], Executable] = {}

    async def save(self, session: AsyncSession, records: Sequence[CallRecord]) -> None:
        """Write records with their legs, steps and third lines; the same again changes nothing."""
        node = self._node
        await self.upsert(session, CallRow, [call_values(record, node) for record in records])
        await self.upsert(session, LegRow, [row for record in records for row in leg_values(record, node)])
        await self.upsert(
            session, CallStepRow, [row for record in records for row in step_values(record, node)]
        )
        await self.upsert(
            session, RoomLineRow, [row for record in records for row in line_values(record, node)]
        )

    async def load_open(self, session: AsyncSession) -> list[CallRecord]:
        """Return the node's calls that have no end yet."""
        query = select(CallRow.id, CallRow.facts).where(
            CallRow.node == self._node, CallRow.ended_at.is_(None)
        )
        return [record_of(call, facts) for call, facts in await session.execute(query)]

    async def load(self, session: AsyncSession, ids: Collection[str]) -> list[CallRecord]:
        """Return those of the calls that are in the store."""
        found: list[CallRecord] = []
        wanted = sorted(ids)
        for begin in range(0, len(wanted), _CHUNK):
            query = select(CallRow.id, CallRow.facts).where(CallRow.id.in_(wanted[begin : begin + _CHUNK]))
            found.extend(record_of(call, facts) for call, facts in await session.execute(query))
        return found

    async def load_positions(self, session: AsyncSession) -> dict[str, tuple[Position, dict[str, Any]]]:
        """Return position and carry of each journal file of the node, by its name."""
        rows = await session.scalars(select(JournalPositionRow).where(JournalPositionRow.node == self._node))
        return {
            row.journal: (
                Position(row.device, row.inode, row.offset, row.head_bytes, row.head),
                row.carry,
            )
            for row in rows
        }

    async def save_position(
        self, session: AsyncSession, journal: str, position: Position, carry: dict[str, Any], now: datetime
    ) -> None:
        """Write how far a journal file was read, in the transaction that writes what was read."""
        values = {
            "node": self._node,
            "journal": journal,
            "device": position.device,
            "inode": position.inode,
            "offset": position.offset,
            "head_bytes": position.head_bytes,
            "head": position.head,
            "carry": carry,
            "updated_at": now,
        }
        await self.upsert(session, JournalPositionRow, [values])

    async def upsert(self, session: AsyncSession, row: type[Base], values: list[dict[str, Any]]) -> None:
        """Insert rows, or replace every column of those that are there."""
        if not values:
            return
        columns = tuple(values[0])
        statement = self._upserts.get((row, columns))
        if statement is None:
            table = row.__table__
            assert isinstance(table, Table)  # noqa: S101  # a mapped class has a table; tells the type checker
            insert = self._dialect.insert(table)
            keys = [column.name for column in table.primary_key]
            changes = {name: insert.excluded[name] for name in columns if name not in keys}
            statement = insert.on_conflict_do_update(index_elements=keys, set_=changes)
            self._upserts[row, columns] = statement
        await session.execute(statement, values)


def record_of(call: str, facts: list[Any]) -> CallRecord:
    """Return the record of a call from its stored facts."""
    return merge_all(CallRecord(call), (from_json(call, data) for data in facts))
