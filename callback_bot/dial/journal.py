"""Reads what the switch's journal tells of the robot's attempts, from a position of its own.

The position in the store never stands behind the first line of an attempt that is not over: after any crash
all that the journal said of it is read again. So nothing of an attempt but its end has to be stored, and a
line read twice changes nothing (``attempt.advance``).
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Callable

import structlog
from sqlalchemy import delete

from ...core.clock import Clock, utc_now
from ...core.db import Database
from ...core.settings import Settings
from ...telephony.asterisk_config import Paths
from ...telephony.cel import BadRecordError, fact_of_row
from ...telephony.facts import Fact
from ...telephony.journal import Follower, Position
from ...telephony.journal_columns import JOURNAL_FILE
from ...telephony.journal_text import RecordReader, split_records
from ...telephony.store import CallStore
from ...telephony.tables import JournalPositionRow
from ...telephony.tracker import CEL
from .originate import PREFIX, is_attempt

log = structlog.get_logger(__name__)

NAME = "robot"
"""Of the position in the store."""
_OURS = f'"{PREFIX}'.encode()


class RobotJournal:
    """The lines of attempts, in order; ``wanted`` tells which attempts are not over."""

    def __init__(
        self, settings: Settings, database: Database, wanted: Callable[[str], bool], *, clock: Clock = utc_now
    ) -> None:
        self._follower = Follower(Paths.of(settings).log / JOURNAL_FILE, split_records)
        self._rows = RecordReader()
        self._database = database
        self._store = CallStore(database, node=settings.site.node)
        self._wanted = wanted
        self._clock = clock
        self._position = Position()
        self._stored: Position | None = None
        self._begun: dict[str, Position] = {}
        """Where a reader must begin who is to see all of an attempt, oldest first."""
        self.bad = 0

    async def load(self) -> None:
        """Begin where the service before this one was; the first time, where the calls are being read."""
        async with self._database.read() as session:
            known = await self._store.load_positions(session)
        found = known.get(NAME) or known.get(CEL)
        self._position = found[0] if found else Position()
        self._begun.clear()
        if NAME not in known:
            await self.save()

    async def read(self) -> list[Fact]:
        """Return what is new, up to the journal's present end; raises ``OSError``."""
        found: list[Fact] = []
        more = True
        while more:
            facts, behind, more = await asyncio.to_thread(self._read, self._position)
            for fact in facts:
                if self._wanted(fact.leg):
                    self._begun.setdefault(fact.leg, self._position)
                    found.append(fact)
            self._position = behind
        return found

    def over(self, attempt: str) -> None:
        """Take note that an attempt's end is stored: its lines need not be read again."""
        self._begun.pop(attempt, None)

    async def save(self) -> None:
        """Store how far the journal need not be read again, when that has changed."""
        position = next(iter(self._begun.values()), self._position)
        if position == self._stored:
            return
        async with self._database.write(derived=True) as session:
            await self._store.save_position(session, NAME, position, {}, self._clock())
        self._stored = position

    @classmethod
    async def forget(cls, settings: Settings, database: Database) -> None:
        """Remove the position: of a robot that is off, nothing that rotation keeps is needed any more."""
        async with database.write(derived=True) as session:
            await session.execute(
                delete(JournalPositionRow).where(
                    JournalPositionRow.node == settings.site.node, JournalPositionRow.journal == NAME
                )
            )

    def _read(self, position: Position) -> tuple[list[Fact], Position, bool]:
        batch = self._follower.read(position)
        facts = [
            fact for _, line in batch.records if _OURS in line and (fact := self._fact(line)) is not None
        ]
        return facts, batch.position, batch.more

    def _fact(self, line: bytes) -> Fact | None:
        try:
            fact = fact_of_row(self._rows.read(line))
        except (BadRecordError, csv.Error) as error:
            self.bad += 1
            if str(self.bad).strip("0") == "1":
                log.warning("bad line of an attempt", count=self.bad, reason=str(error))
            return None
        return fact if fact is not None and is_attempt(fact.leg) else None
