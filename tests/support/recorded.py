"""The service's part that records calls, rooms and agents, attached to a real switch."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from sqlalchemy import select

from hotline.core.db import Base, Database
from hotline.core.events import DomainEvent
from hotline.core.jobs import JobRow, Jobs
from hotline.queue.audit import Audit, Auditor
from hotline.telephony.events import LineChanged, RoomChanged
from hotline.telephony.recordings import RecordingFinaliser
from hotline.telephony.tables import CallRow, CallStepRow, LegRow, RecordingRow, RoomLineRow
from support.asterisk import Switch
from support.watching import Watching

TABLES = (CallRow, LegRow, CallStepRow, RoomLineRow)


class Recorded(Watching):
    """``async with`` runs it; another one on the same database is the service started again."""

    def __init__(self, switch: Switch, database: Database) -> None:
        super().__init__(switch, database)
        self.switch = switch
        self.told: list[DomainEvent] = []
        self.bus.listen(self.told.append)
        jobs = Jobs(database, node="node1")
        self.finaliser = RecordingFinaliser(switch.settings, database, jobs, self.bus)

    async def __aenter__(self) -> Self:
        self.events.on("*", self.tracker.feed_live)
        await super().__aenter__()
        for part in (self.tracker.run_journal, self.finaliser.run):
            self._tasks.append(asyncio.create_task(part()))
        return self

    def steps(self) -> list[str]:
        """The steps of lines that were told, with their route."""
        return [
            f"{event.step} {event.route or ''}".strip()
            for event in self.told
            if isinstance(event, LineChanged)
        ]

    def comings(self) -> list[tuple[str, str]]:
        """Who came, waited and left, as it was told."""
        return [(event.who, event.step) for event in self.told if isinstance(event, RoomChanged)]

    async def finished(self, calls: int = 1) -> list[CallRow]:
        """Wait until so many calls are stored with all their files."""
        async with asyncio.timeout(60):
            while True:
                rows = [row for row in await rows_of(self.database, CallRow) if row.files_done]
                if len(rows) >= calls:
                    return sorted(rows, key=lambda row: row.id)
                await asyncio.sleep(0.1)

    async def audit(self) -> Audit:
        """Make everything anew from the journal and compare."""
        return await Auditor(self.database, self.switch.runtime.paths.log, "node1").run()


async def rows_of(database: Database, table: type[Base]) -> list[Any]:
    async with database.read() as session:
        return list(await session.scalars(select(table)))


async def voices(database: Database) -> dict[str, RecordingRow]:
    """A call's recordings by the end of their names."""
    return {
        row.path.rsplit("/", 1)[1].split("-", 2)[2].removesuffix(".wav"): row
        for row in await rows_of(database, RecordingRow)
    }


async def job_of(database: Database, call: str) -> dict[str, Any]:
    """What is asked of the recognition of a call."""
    (row,) = [row for row in await rows_of(database, JobRow) if (row.kind, row.key) == ("transcribe", call)]
    return row.payload


async def stored(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row that the journal tells, column by column; what the finaliser sets is not of the journal."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in TABLES:
        names = [name for name in table.__table__.columns.keys() if name != "files_done"]  # noqa: SIM118  # not a dict
        rows = [{name: getattr(row, name) for name in names} for row in await rows_of(database, table)]
        found[table.__tablename__] = sorted(
            rows, key=lambda row: str([row[key.name] for key in table.__table__.primary_key])
        )
    return found
