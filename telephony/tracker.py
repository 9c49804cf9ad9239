"""The service's side of the call records: live events and the journal in, rows and domain events out.

Live events make news quickly and are written nowhere. The journal is read from the last committed
position; what it says and the new position are committed together, so that a kill at any moment loses
and doubles nothing. Each domain event is published once, by whichever told it first.
"""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..core.aio import woken
from ..core.clock import Clock, from_us, to_us, utc_now
from ..core.db import Database
from ..core.events import DomainEvent, EventBus
from ..core.settings import Settings
from .asterisk_config import Paths
from .call_book import CallBook
from .call_figures import outcome
from .calls import CallRecord, merge_all
from .cel import BadRecordError, fact_of_event, fact_of_row
from .events import CallStored
from .facts import ENDED, LINKEDID_END, Fact, from_json, to_json
from .journal import Batch, Follower, Position
from .journal_columns import JOURNAL_FILE
from .journal_text import RecordReader, restart_of_line, split_lines, split_records
from .store import CallStore

log = structlog.get_logger(__name__)

POLL_S = 0.2
GATHER_S = 0.25
"""After a nudge the journal is read so much later: in a surge many ends share one transaction."""
LONGEST_GATHER_S, SHARE = 2.0, 8
"""A read that took long is followed by a pause ``SHARE`` times as long, up to the longest: the more there is
to do, the fewer times a call in progress is written again, and the machine is the switch's."""
_RETRY_S = 1.0
CEL, QUEUE_LOG = "cel", "queue_log"


class Tracker:
    """Follows every citizen's call of a node. ``feed_live`` each AMI event; run ``run_journal`` for ever."""

    def __init__(
        self, settings: Settings, database: Database, bus: EventBus, *, clock: Clock = utc_now
    ) -> None:
        node = settings.site.node
        logs = Paths.of(settings).log
        self._node = node
        self._database = database
        self._bus = bus
        self._clock = clock
        self._book = CallBook(node)
        self._store = CallStore(database, node=node)
        self._cel = Follower(logs / JOURNAL_FILE, split_records)
        self._rows = RecordReader()
        self._queue_log = Follower(logs / "queue_log", split_lines)
        self._positions: dict[str, Position] = {}
        self._unpublished: list[DomainEvent] = []
        self._nudged = asyncio.Event()
        self._journal_us = 0
        self.caught_up = asyncio.Event()
        """Set once the journal was read to its end: what a service before this one did is known."""
        self.counts: Counter[str] = Counter()
        """What was read: ``live``, ``journal``, ``bad_live``, ``bad_journal``."""

    def open_calls(self) -> list[CallRecord]:
        """Return the citizens' calls in progress, oldest first."""
        return self._book.open_calls()

    def find(self, call: str) -> CallRecord | None:
        """Return a call that is in memory: in progress, or ended a short while ago."""
        record = self._book.records.get(call)
        return record if record is not None and record.citizen else None

    def nudge(self) -> None:
        """Have the journal read now."""
        self._nudged.set()

    def feed_live(self, message: Mapping[str, str]) -> None:
        """Take an AMI event; all but ``CEL`` are passed over. Never raises for what the event holds."""
        name = getattr(message, "name", None) or message.get("Event")
        if name == "FullyBooted":
            self.nudge()
        if name != "CEL":
            return
        try:
            fact = fact_of_event(message)
        except BadRecordError as error:
            self._count_bad("bad_live", "bad live event", reason=str(error))
            return
        if fact is None:
            return
        self.counts["live"] += 1
        if news := self._book.feed(fact):
            self._publish_all()  # what the journal told and is not stored yet was before
            self._publish(news)
        if fact.slot in (ENDED, LINKEDID_END):
            self.nudge()

    async def run_journal(self) -> None:
        """Load what is open, then follow the journal for ever; waits out a database that is away."""
        loaded = False
        now = asyncio.get_running_loop().time
        while True:
            begun = now()
            try:
                if not loaded:
                    await self.load()
                    loaded = True
                await self.read_journal()
                self.caught_up.set()
            except (SQLAlchemyError, OSError) as error:
                log.warning("journal waits", reason=str(error)[:300])
                await asyncio.sleep(_RETRY_S)
                continue
            pause = min(SHARE * (now() - begun), LONGEST_GATHER_S)
            if await woken(self._nudged, POLL_S):
                pause = max(pause, GATHER_S)
            await asyncio.sleep(pause)

    async def load(self) -> None:
        """Take the open calls and the journal's positions from the store."""
        async with self._database.read() as session:
            positions = await self._store.load_positions(session)
            records = await self._store.load_open(session)
        self._positions = {name: position for name, (position, _) in positions.items()}
        beginning = positions[CEL][1].get("beginning", {}) if CEL in positions else {}
        restarts = positions[QUEUE_LOG][1].get("restarts", []) if QUEUE_LOG in positions else []
        self._unpublished.extend(self._book.remember(records, restarts))
        begun = (
            merge_all(CallRecord(call), (from_json(call, fact) for fact in facts))
            for call, facts in beginning.items()
        )
        self._unpublished.extend(self._book.remember(begun))
        log.info("calls loaded", open=len(records), beginning=len(beginning))

    async def read_journal(self) -> None:
        """Read both files to their present end, commit what they say, publish what is new.

        A line on a restart of the switch is acted on after everything that was written before it.
        """
        more = True
        while more:
            queue = await asyncio.to_thread(self._queue_log.read, self._position(QUEUE_LOG))
            await self._read_calls()
            if queue.records or queue.more:
                await self._take_restarts(queue)
            more = queue.more
        await self._expire(to_us(self._clock()))

    async def _read_calls(self) -> None:
        more = True
        while more:
            batch = await asyncio.to_thread(self._cel.read, self._position(CEL))
            more = batch.more
            if batch.records or more:
                await self._take_calls(batch)
            if more:
                await self._expire(self._journal_us)

    async def _expire(self, now_us: int) -> None:
        self._unpublished.extend(self._book.expire(now_us))
        if self._book.dirty:
            await self._commit(CEL, self._position(CEL))
        self._publish_all()

    def _position(self, journal: str) -> Position:
        return self._positions.get(journal, Position())

    async def _take_calls(self, batch: Batch) -> None:
        facts = [fact for at, record in batch.records if (fact := self._fact_of(at, record)) is not None]
        self.counts["journal"] += len(facts)
        self._journal_us = max((fact.at_us for fact in facts), default=self._journal_us)
        await self._recall(facts)
        for fact in facts:
            self._unpublished.extend(self._book.feed(fact))
        await self._commit(CEL, batch.position)

    async def _take_restarts(self, batch: Batch) -> None:
        for _, line in batch.records:
            at_us = restart_of_line(line)
            if at_us is not None:
                log.info("switch died or was started", at=from_us(at_us).isoformat())
                self._unpublished.extend(self._book.restart(at_us))
        await self._commit(QUEUE_LOG, batch.position)

    async def _recall(self, facts: Sequence[Fact]) -> None:
        """Bring calls that memory has let go back from the store before the journal tells more of them."""
        unknown = self._book.unsaved_calls(facts)
        if unknown:
            async with self._database.read() as session:
                records = await self._store.load(session, unknown)
            self._unpublished.extend(self._book.remember(records))

    async def _commit(self, journal: str, position: Position) -> None:
        """Write the changed calls, the position and what is only in memory in one transaction."""
        dirty = dict(self._book.dirty)
        journalled = (self._book.records[call].journalled() for call in sorted(dirty))
        records = [record for record in journalled if record.citizen]
        async with self._database.write(derived=True) as session:
            await self._store.save(session, records)
            await self._store.save_position(session, journal, position, self._carry(journal), self._clock())
        self._positions[journal] = position
        self._book.saved(dirty)
        self._unpublished.extend(
            CallStored(at=from_us(record.ended_us), call=record.id, node=self._node, outcome=outcome(record))
            for record in records
            if record.ended_us is not None
        )
        self._publish_all()

    def _carry(self, journal: str) -> dict[str, Any]:
        if journal == QUEUE_LOG:
            return {"restarts": list(self._book.restarts)}
        beginning = self._book.beginning(self._journal_us)
        return {"beginning": {call.id: [to_json(fact) for fact in call.slots.values()] for call in beginning}}

    def _fact_of(self, at: int, record: bytes) -> Fact | None:
        try:
            return fact_of_row(self._rows.read(record))
        except (BadRecordError, csv.Error) as error:
            self._count_bad("bad_journal", "bad journal record", offset=at, reason=str(error))
            return None

    def _count_bad(self, kind: str, message: str, **fields: object) -> None:
        """Count a record that cannot be read; log the first, and then each tenfold."""
        self.counts[kind] += 1
        count = self.counts[kind]
        if str(count).strip("0") == "1":
            log.warning(message, count=count, **fields)

    def _publish(self, events: Sequence[DomainEvent]) -> None:
        for event in events:
            self._bus.publish(event)

    def _publish_all(self) -> None:
        events, self._unpublished = self._unpublished, []
        self._publish(events)
