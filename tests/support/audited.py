"""A node whose journal is written by tests, read by the tracker and audited."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path
from typing import Any

from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.queue.audit import Audit, Auditor
from hotline.telephony.tracker import Tracker
from support.call_facts import NOON, SECOND, Story, text


class AuditedNode:
    """Journal files, a store that the tracker fills from them, and the audit of both."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.logs = settings.state / "asterisk" / "log"
        (self.logs / "cel-custom").mkdir(parents=True, exist_ok=True)
        self.now: datetime = from_us(NOON + 3600 * SECOND)

    @property
    def journal(self) -> Path:
        return self.logs / "cel-custom" / "hotline.csv"

    def write(self, *stories: Story) -> None:
        """Append calls to the journal, one after the other."""
        with self.journal.open("a", encoding="utf-8", newline="") as file:
            file.writelines(text(story.rows) for story in stories)

    def queue_log(self, line: str) -> None:
        with (self.logs / "queue_log").open("a") as file:
            file.write(line + "\n")

    def rotate(self, number: int, *, pack: bool = False) -> Path:
        """Rotate as our own rotation does, compressed when ``pack``."""
        rotated = self.journal.with_name(f"hotline.csv.20261122T00000{number}Z.{number:06d}")
        self.journal.rename(rotated)
        if not pack:
            return rotated
        packed = rotated.with_name(rotated.name + ".gz")
        with gzip.open(packed, "wb") as out:
            out.write(rotated.read_bytes())
        rotated.unlink()
        return packed

    async def read(self) -> None:
        """Read the journal to its end as a service that was just started does."""
        tracker = Tracker(self.settings, self.database, EventBus(), clock=lambda: self.now)
        await tracker.load()
        await tracker.read_journal()

    async def audit(self, **period: Any) -> Audit:
        node = self.settings.site.node
        return await Auditor(self.database, self.logs, node, **period).run()
