"""The agents' times: follows the switch's journal of queues into the store, and answers what was done when.

Spells and the place up to which the journal was read are committed together. While the database is away
reading goes on, and what was read is written once it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..core.aio import woken
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.settings import Settings
from ..queue.agent_log import LineClock, parse_line
from ..queue.agent_store import save_spells
from ..queue.agent_summary import summarise
from ..queue.agent_times import AgentBook, AgentTrack
from ..telephony.asterisk_config import Paths
from ..telephony.journal import Batch, Follower, Position
from ..telephony.journal_text import split_lines
from ..telephony.store import CallStore

log = structlog.get_logger(__name__)

POLL_S = 1.0
GATHER_S = 0.1
POSITION_EVERY_S = 10.0
"""A place without anything new about agents is written at most so often; what follows it is read again."""
_RETRY_S = 1.0
_JOURNAL = "agents"


class AgentTimes:
    """Every agent's times on a node. ``run`` for ever in the service; ``summary`` needs the store alone."""

    def __init__(self, settings: Settings, database: Database, *, clock: Clock = utc_now) -> None:
        self._node = settings.site.node
        self._names = {agent.number: agent.name for agent in settings.agents}
        self._database = database
        self._clock = clock
        self._store = CallStore(database, node=self._node)
        self._follower = Follower(Paths.of(settings).log / "queue_log", split_lines)
        self._book = AgentBook()
        self._lines = LineClock()
        self._skip_until_us = 0
        self._position = self._saved = Position()
        self._saved_at = 0.0
        self._nudged = asyncio.Event()
        self.was_read = asyncio.Event()
        """Set after each look into the journal."""
        self.caught_up = False
        """Whether the journal has been read to its end."""

    @property
    def tracks(self) -> Mapping[str, AgentTrack]:
        """What the journal has said of each agent so far."""
        return self._book.tracks

    def nudge(self) -> None:
        """Have the journal read now."""
        self._nudged.set()

    async def run(self) -> None:
        """Follow the journal for ever; waits out a database that is away."""
        while True:
            try:
                await self.load()
                break
            except (SQLAlchemyError, OSError) as error:
                log.warning("agents' times wait", reason=str(error)[:300])
                await asyncio.sleep(_RETRY_S)
        while True:
            try:
                await self.read()
            except (SQLAlchemyError, OSError) as error:
                log.warning("agents' times wait", reason=str(error)[:300])
                await asyncio.sleep(_RETRY_S)
            if await woken(self._nudged, POLL_S):
                await asyncio.sleep(GATHER_S)

    async def load(self) -> None:
        """Take the place in the journal, and the state of every agent there, from the store."""
        async with self._database.read() as session:
            position, carry = (await self._store.load_positions(session)).get(_JOURNAL, (Position(), {}))
        self._position = self._saved = position
        self._book.remember(carry.get("tracks", {}))
        self._lines = LineClock(carry.get("last_us", 0))

    async def read(self) -> None:
        """Read the journal to its present end, then write what is new; raises ``SQLAlchemyError``."""
        more = True
        while more:
            batch = await asyncio.to_thread(self._follower.read, self._position)
            self._take(batch)
            more = batch.more
            if more:
                await self._commit()
        self._skip_until_us = 0
        self.caught_up = True
        self.was_read.set()
        await self._commit()

    async def summary(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """Return what every agent did in [since, until), nothing beyond now; see ``agent_summary``."""
        until = max(since, min(until, self._clock()))
        return await summarise(self._database, self._names, self._node, since, until)

    def _take(self, batch: Batch) -> None:
        if batch.records and batch.records[0][0] < self._position.offset:
            # The place was lost and all is read again: what was known already is passed over.
            self._skip_until_us = self._lines.last_us
            self._lines = LineClock()
        for _, record in batch.records:
            line = parse_line(record, self._lines)
            if line is not None and line.at_us > self._skip_until_us:
                self._book.feed(line)
        self._position = batch.position

    async def _commit(self) -> None:
        """Write the changed spells, the place in the journal and what stands open, in one transaction."""
        now = asyncio.get_running_loop().time()
        changed = dict(self._book.changed)
        is_due = self._position != self._saved and now - self._saved_at >= POSITION_EVERY_S
        if not changed and not is_due:
            return
        carry = {"tracks": self._book.to_json(), "last_us": self._lines.last_us}
        position = self._position
        async with self._database.write(derived=True) as session:
            await save_spells(session, self._store, self._node, changed.values())
            await self._store.save_position(session, _JOURNAL, position, carry, self._clock())
        self._book.saved(changed)
        self._saved, self._saved_at = position, now
