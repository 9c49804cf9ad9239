"""Counters of calls for Prometheus: each stored call once, by outcome, with its wait and talk.

They begin at nothing when the service starts, as Prometheus expects of counters; what the journal tells
of a gap of the service is counted when it is read. No number and no name is in them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy import select

from ..core.db import Database
from ..core.events import DomainEvent
from ..telephony.events import CallStored
from ..telephony.tables import CallRow

WAIT_BUCKETS_S = (1, 2, 3, 5, 8, 10, 12, 15, 20, 30, 45, 60, 90, 120, 300)
"""10 s is about to break, 15 s is the limit: at most 15.000 s is inside, as ``le`` means it."""
TALK_BUCKETS_S = (10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600)
_REMEMBERED = 50_000
_WAITING_LIMIT = 100_000
_BATCH = 500
_US = 1_000_000


class CallCounters:
    """Counts what ``CallStored`` names; ``observe`` is cheap, ``run`` reads the rows."""

    def __init__(self, registry: CollectorRegistry, database: Database) -> None:
        self._database = database
        self._new = asyncio.Event()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._counted: OrderedDict[str, None] = OrderedDict()
        self._calls = Counter(
            "hotline_calls",
            "Ended calls that asked for a human, by outcome (definition: outcome).",
            ["outcome"],
            registry=registry,
        )
        self._apart = Counter(
            "hotline_calls_apart", "Ended calls that asked for no human.", ["kind"], registry=registry
        )
        self._wait = Histogram(
            "hotline_wait_seconds",
            "Wait for a human of answered calls (definition: wait_human).",
            buckets=WAIT_BUCKETS_S,
            registry=registry,
        )
        self._talk = Histogram(
            "hotline_talk_seconds", "Talk of answered calls.", buckets=TALK_BUCKETS_S, registry=registry
        )

    def observe(self, event: DomainEvent) -> None:
        """Note a stored call; one that is stored again after a correction was counted already."""
        if not isinstance(event, CallStored) or event.call in self._counted:
            return
        self._waiting[event.call] = None
        while len(self._waiting) > _WAITING_LIMIT:
            self._waiting.popitem(last=False)
        self._new.set()

    async def run(self) -> None:
        """Count for ever; while the store is away calls wait here, the newest of them."""
        while True:
            await self._new.wait()
            await self.count()
            if not self._waiting:
                self._new.clear()

    async def count(self) -> None:
        """Count the next calls that wait."""
        batch = list(self._waiting)[:_BATCH]
        query = select(
            CallRow.id, CallRow.outcome, CallRow.apart, CallRow.wait_human_us, CallRow.talk_us
        ).where(CallRow.id.in_(batch))
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        for call, outcome, apart, wait_us, talk_us in rows:
            if outcome is not None:
                self._calls.labels(outcome).inc()
            elif apart is not None:
                self._apart.labels(apart).inc()
            if wait_us is not None:
                self._wait.observe(wait_us / _US)
            if talk_us is not None:
                self._talk.observe(talk_us / _US)
            self._counted[call] = None
        while len(self._counted) > _REMEMBERED:
            self._counted.popitem(last=False)
        for call in batch:
            self._waiting.pop(call, None)
