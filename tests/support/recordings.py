"""A store, a folder of recordings and the part that ties the one to the other."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.jobs import JobRow, Jobs
from hotline.telephony.call_book import CallBook
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import fact_of_row
from hotline.telephony.recordings import RecordingFinaliser
from hotline.telephony.store import CallStore
from hotline.telephony.tables import RecordingRow
from support.asterisk import make_settings
from support.call_facts import NOON, SECOND, Story
from support.wavs import write_wav

DAY = "2026/11/22"
KINDS = ("mix", "citizen", "agent")


def record_of(story: Story) -> CallRecord:
    book = CallBook("node1")
    for row in story.rows:
        if (fact := fact_of_row(row)) is not None:
            book.feed(fact)
    return book.records[story.call]


class Folder:
    """Calls in a store, their recordings on a disk, and a finaliser."""

    def __init__(self, tmp_path: Path, database: Database) -> None:
        self.settings = make_settings(tmp_path / "state")
        self.database = database
        self.path = tmp_path / "state" / "recordings"
        self.now = from_us(NOON + 60 * SECOND)
        self.events: list[DomainEvent] = []
        self.finaliser = self.new()

    def new(self) -> RecordingFinaliser:
        bus = self.bus = EventBus()
        bus.listen(self.events.append)
        jobs = Jobs(self.database, node="node1", clock=lambda: self.now)
        self.finaliser = RecordingFinaliser(self.settings, self.database, jobs, bus, clock=lambda: self.now)
        return self.finaliser

    async def store(self, *stories: Story) -> None:
        store = CallStore(self.database, node="node1")
        async with self.database.write() as session:
            await store.save(session, [record_of(story) for story in stories])

    def files(self, call: str, *, seconds: float = 2.0, kinds: tuple[str, ...] = KINDS) -> list[Path]:
        paths = [self.path / DAY / f"{call}-{kind}.wav" for kind in kinds]
        for path in paths:
            write_wav(path, seconds=seconds)
            self.touch(path)
        return paths

    def touch(self, path: Path) -> None:
        """The switch closed the file 5 s ago by the test's clock."""
        at = (self.now - timedelta(seconds=5)).timestamp()
        os.utime(path, (at, at))

    async def rows(self) -> dict[str, RecordingRow]:
        async with self.database.read() as session:
            return {row.path: row for row in await session.scalars(select(RecordingRow))}

    async def jobs(self) -> dict[str, dict[str, Any]]:
        async with self.database.read() as session:
            return {row.key: row.payload for row in await session.scalars(select(JobRow))}
