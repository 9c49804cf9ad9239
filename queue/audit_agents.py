"""Compares the agents' stored spells, rings without an answer among them, with what ``queue_log`` gives."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import select

from ..core.clock import from_us, to_us
from ..core.db import Database
from ..telephony.journal import Position
from ..telephony.tables import JournalPositionRow
from .agent_log import ADDED, FOUND_IN, LineClock, parse_line
from .agent_times import AgentBook, Spell
from .audit_compare import Difference
from .journal_scan import queue_lines
from .tables import AgentSpellRow

READER = "agents"
"""The name of the reader's place in ``journal_positions``."""
TABLE = AgentSpellRow.__tablename__
_TRIES = 5
_DAY_US, _LATE_US, _SECOND_US = 24 * 3600 * 1_000_000, 2 * 3600 * 1_000_000, 1_000_000

Key = tuple[str, str, int]


class SpellReplay:
    """The spells of the journal, in bounded memory. ``step`` gives a moment before which all are made.

    When older files of the journal are gone, nothing is known of an agent until the switch has said that it
    was in no queue: what came before that is left out (``is_known``).
    """

    def __init__(self, logs: Path, until: Position) -> None:
        self.book = AgentBook()
        self._lines = queue_lines(logs, until=until)
        self._clock = LineClock()
        self._whole: bool | None = None
        self._known: dict[str, int] = {}

    def steps(self) -> Iterator[int]:
        """Read on; give now and then the moment before which every spell has begun that ever will."""
        last_us = 0
        for file, lines in self._lines:
            if self._whole is None:
                self._whole = file.number in (None, 1)
            for text in lines:
                line = parse_line(text, self._clock)
                if line is None:
                    continue
                before = self.book.tracks.get(line.agent)
                if line.event in (ADDED, FOUND_IN) and before is not None and not before.pauses:
                    self._known.setdefault(line.agent, line.at_us)
                self.book.feed(line)
                if line.at_us - last_us > _DAY_US:
                    last_us = line.at_us
                    yield line.at_us - _LATE_US

    def is_known(self, agent: str, began_us: int) -> bool:
        """Tell whether the journal that is left tells an agent's spells of that moment whole."""
        if self._whole is not False:
            return True
        return agent in self._known and began_us >= self._known[agent] + _SECOND_US


class AgentAuditor:
    """Compares the spells that began in a period; ``compared`` counts them."""

    def __init__(
        self, database: Database, logs: Path, node: str, *, since: datetime | None, until: datetime | None
    ) -> None:
        self._database = database
        self._logs = logs
        self._node = node
        self._since_us = to_us(since) if since else None
        self._until_us = to_us(until) if until else None
        self.compared = 0

    async def run(self) -> list[Difference]:
        """Return every difference; a run during which the reader wrote something is done again."""
        found: list[Difference] = []
        for _ in range(_TRIES):
            place = await self._place()
            if place is None:
                return []
            self.compared = 0
            found = await self._compare(place)
            if not found or await self._place() == place:
                return found
        return found

    async def _place(self) -> Position | None:
        async with self._database.read() as session:
            row = await session.get(JournalPositionRow, (self._node, READER))
        return row and Position(row.device, row.inode, row.offset, row.head_bytes, row.head)

    async def _compare(self, place: Position) -> list[Difference]:
        replay = SpellReplay(self._logs, place)
        steps = replay.steps()
        kept: dict[Key, AgentSpellRow] = {}
        found: list[Difference] = []
        begin_us = 0
        while True:
            step = await asyncio.to_thread(next, steps, None)
            rows = await self._rows(begin_us, step)
            found += self._window(replay, rows, kept, begin_us, step)
            if step is None:
                return found
            begin_us = step

    async def _rows(self, begin_us: int, end_us: int | None) -> Sequence[AgentSpellRow]:
        query = select(AgentSpellRow).where(
            AgentSpellRow.node == self._node, AgentSpellRow.began >= from_us(begin_us)
        )
        if end_us is not None:
            query = query.where(AgentSpellRow.began < from_us(end_us))
        async with self._database.read() as session:
            return (await session.scalars(query)).all()

    def _window(
        self,
        replay: SpellReplay,
        rows: Sequence[AgentSpellRow],
        kept: dict[Key, AgentSpellRow],
        begin_us: int,
        end_us: int | None,
    ) -> Iterator[Difference]:
        """Compare what began before ``end_us`` and is over; open spells and their rows wait for their end."""
        made = cast("dict[Key, Spell]", replay.book.changed)
        for row in rows:
            key = (row.agent, row.kind, to_us(row.began))
            if key in made:
                kept[key] = row
            elif self._is_asked(key) and replay.is_known(row.agent, key[2]):
                yield _difference(key, "", "1", None)
        last = end_us is None
        over = [
            key
            for key, spell in made.items()
            if last or (key[2] < (end_us or 0) and spell.ended_us is not None)
        ]
        for key in over:
            spell, stored = made.pop(key), kept.pop(key, None)
            if self._is_asked(key) and replay.is_known(key[0], key[2]):
                self.compared += 1
                yield from _compare_spell(key, spell, stored)

    def _is_asked(self, key: Key) -> bool:
        return (self._since_us is None or key[2] >= self._since_us) and (
            self._until_us is None or key[2] < self._until_us
        )


def _compare_spell(key: Key, spell: Spell, stored: AgentSpellRow | None) -> Iterator[Difference]:
    if stored is None:
        yield _difference(key, "", None, "1")
        return
    if stored.reason != spell.reason:
        yield _difference(key, "reason", stored.reason, spell.reason)
    have = None if stored.ended is None else to_us(stored.ended)
    if have != spell.ended_us:
        yield _difference(key, "ended", _moment(have), _moment(spell.ended_us))


def _difference(key: Key, column: str, stored: str | None, journal: str | None) -> Difference:
    agent, kind, began_us = key
    return Difference(f"agent:{agent}", TABLE, f"{kind} {_moment(began_us)}", column, stored, journal)


def _moment(at_us: int | None) -> str | None:
    return None if at_us is None else from_us(at_us).isoformat(timespec="microseconds")
