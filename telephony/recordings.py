"""Registers every recording: checked, summed, tied to its call, with the transcription job behind it.

All is decided from the disk and the store, and each call's files, its mark and its job are written in one
transaction: the finaliser may be killed at any moment and run again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..core.aio import woken
from ..core.clock import Clock, from_us, utc_now
from ..core.db import Database
from ..core.events import DomainEvent, EventBus
from ..core.jobs import Jobs
from ..core.settings import Settings
from ..core.spare import Spare
from . import recording_files as files
from .asterisk_config import Paths
from .call_figures import callback_ended
from .calls import CallRecord
from .events import CallStored, OrphanRecordingFound, RecordingRegistered
from .recording_plan import (
    callback_files,
    expected_files,
    is_callback,
    is_survey_file,
    row_values,
    survey_values,
    transcription,
)
from .store import CallStore, record_of
from .tables import CallRow, LegRow, RecordingRow

log = structlog.get_logger(__name__)

POLL_S = 1.0
SCAN_S = 20.0
EMPTY_S = 3.0
"""An empty file of a call that has just ended may still get its sound (the switch writes late)."""
QUIET_S = 10.0
"""A file whose header does not agree with its length, unchanged for so long, was cut by a crash."""
MISSING_S = 30.0
CALLBACK_QUIET_S = 300.0
"""A call-back's file whose talk has no end in the journal (the switch died) must rest for so long."""
_AT_ONCE, _WHEN_FULL = 100, 10


class RecordingFinaliser:
    """Works through ended calls, and looks for files that belong to none."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        jobs: Jobs,
        bus: EventBus,
        *,
        clock: Clock = utc_now,
        spare: Spare | None = None,
    ) -> None:
        self._spare = spare or Spare(times=lambda: None)
        self._node = settings.site.node
        self._folder = Paths.of(settings).recordings
        self._orphan_after = timedelta(seconds=settings.recording.orphan_after_s)
        self._database = database
        self._jobs = jobs
        self._bus = bus
        self._clock = clock
        self._store = CallStore(database, node=self._node)
        self._wake = asyncio.Event()
        self._seen: dict[str, int] = {}
        self._strangers: set[str] = set()
        self._called_back: set[str] = set()
        bus.listen(self._on_event)

    def wake(self) -> None:
        """Have ended calls looked at now."""
        self._wake.set()

    async def run(self) -> None:
        """Work for ever; on a full machine a few calls now and then, and the others wait in the store."""
        scanned: datetime | None = None
        may_begin = self._spare.for_work()
        while True:
            if may_begin():
                most = _WHEN_FULL if self._spare.is_full() else _AT_ONCE * 10
                caught_up = await self.run_once(most) < most
                now = self._clock()
                if caught_up and (scanned is None or now - scanned >= timedelta(seconds=SCAN_S)):
                    await self.adopt()
                    scanned = now
            await woken(self._wake, POLL_S)

    async def run_once(self, most: int = _AT_ONCE * 10) -> int:
        """Register the files of ended calls that are complete; return how many calls were finished."""
        query = (
            select(CallRow.id, CallRow.facts, CallRow.ended_at)
            .where(CallRow.node == self._node, CallRow.files_done.is_(False), CallRow.ended_at.is_not(None))
            .order_by(CallRow.ended_at)
        )
        finished = 0
        async with self._database.read() as session:
            waiting = (await session.execute(query.limit(most))).all()
        for call, facts, ended_at in waiting:
            if ended_at is None:  # the query asks for ended ones; tells the type checker
                continue
            record = record_of(call, facts)
            paths = await asyncio.to_thread(expected_files, record, self._folder)
            finished += await self._finish(record, ended_at, paths)
        return finished + await self._finish_callbacks()

    async def _finish_callbacks(self) -> int:
        """Register the talks of call-backs that were just stored as over; ``adopt`` finds the rest."""
        if not self._called_back:
            return 0
        async with self._database.read() as session:
            rows = await session.execute(
                select(CallRow.id, CallRow.facts).where(CallRow.id.in_(sorted(self._called_back)[:_AT_ONCE]))
            )
            records = [record_of(call, facts) for call, facts in rows]
        finished = 0
        for record in records:
            ended = callback_ended(record)
            paths = await asyncio.to_thread(callback_files, record, self._folder)
            if ended is None or await self._finish(record, from_us(ended[0]), paths):
                self._called_back.discard(record.id)
                finished += ended is not None
        return finished

    async def adopt(self) -> None:
        """Tie files that no call has named to the call that the journal knows, or report them."""
        found = await asyncio.to_thread(lambda: list(files.scan(self._folder, self._seen)))
        self._strangers.update(found)
        async with self._database.read() as session:
            if self._strangers:
                known = await self._known(session, self._strangers)
                self._strangers -= known
            orphans = set(
                await session.scalars(
                    select(RecordingRow.path).where(
                        RecordingRow.node == self._node, RecordingRow.call.is_(None)
                    )
                )
            )
            owners = await self._owners(session, self._strangers | orphans)
        by_call: dict[str, list[str]] = defaultdict(list)
        for path, (call, _, _) in owners.items():
            by_call[call].append(path)
        for paths in by_call.values():
            _, record, ended_at = owners[paths[0]]
            if ended_at is None:
                continue
            back = [path for path in paths if is_callback(path)]
            if back and (ended := callback_ended(record)) is not None:
                await self._finish(record, from_us(ended[0]), back)
            elif back:
                await self._finish(record, ended_at, back, quiet_s=CALLBACK_QUIET_S)
            if rest := [path for path in paths if not is_callback(path)]:
                await self._finish(record, ended_at, rest)
        surveys = {path for path in self._strangers - owners.keys() if is_survey_file(path)}
        await self._take_surveys(sorted(surveys))
        await self._report(sorted(self._strangers - orphans - owners.keys() - surveys))

    async def _finish(
        self, record: CallRecord, ended_at: datetime, paths: Sequence[str], *, quiet_s: float | None = None
    ) -> bool:
        """Register a call's files when all are complete; False when one of them needs more time.

        ``quiet_s``: nothing is known of the talk's end, and so long nothing must have been written.
        """
        now = self._clock()
        checked: list[files.Checked] = []
        for path in paths:
            state = await asyncio.to_thread(files.look, self._folder, path)
            if state is None:
                if now - ended_at < timedelta(seconds=MISSING_S):
                    return False
                log.warning("recording missing", call=record.id, path=path)
                continue
            repaired = False
            if not _is_settled(state, ended_at, now, quiet_s):
                return False
            if state.is_sound and not state.is_complete:
                log.warning("recording cut short, header mended", call=record.id, path=path)
                await asyncio.to_thread(files.repair, self._folder, state)
                repaired = True
            one = await asyncio.to_thread(files.check, self._folder, path, repaired=repaired)
            if one is not None:
                checked.append(one)
        await self._register(record, checked)
        return True

    async def _register(self, record: CallRecord, checked: Sequence[files.Checked]) -> None:
        now = self._clock()
        rows = [row_values(record, one, node=self._node, now=now) for one in checked]
        async with self._database.write(derived=True) as session:
            known = await self._known(session, [one.path for one in checked], registered=True)
            await self._store.upsert(session, RecordingRow, [row for row in rows if row["path"] not in known])
            await session.execute(update(CallRow).where(CallRow.id == record.id).values(files_done=True))
            ready = list(
                await session.scalars(
                    select(RecordingRow).where(
                        RecordingRow.call == record.id, RecordingRow.node == self._node
                    )
                )
            )
            if (payload := transcription(record, ready)) is not None:
                await self._jobs.put(session, "transcribe", record.id, payload)
        self._strangers.difference_update(one.path for one in checked)
        for one in checked:
            if one.path not in known:
                self._bus.publish(
                    RecordingRegistered(
                        at=now,
                        call=record.id,
                        node=self._node,
                        path=one.path,
                        kind=one.kind,
                        duration_ms=one.duration_ms,
                    )
                )

    async def _known(
        self, session: AsyncSession, paths: Iterable[str], *, registered: bool = False
    ) -> set[str]:
        """Return those of the paths that have a row (with ``registered``: one with a call)."""
        wanted, found = sorted(paths), set[str]()
        for begin in range(0, len(wanted), 500):
            query = select(RecordingRow.path).where(
                RecordingRow.node == self._node, RecordingRow.path.in_(wanted[begin : begin + 500])
            )
            if registered:
                query = query.where(RecordingRow.call.is_not(None))
            found.update(await session.scalars(query))
        return found

    async def _owners(
        self, session: AsyncSession, paths: Iterable[str]
    ) -> dict[str, tuple[str, CallRecord, datetime | None]]:
        """Return call, record and end of every path whose name is that of a known call or leg."""
        bases = {path: name.base for path in paths if (name := files.name_of(path)) is not None}
        wanted, calls = sorted(set(bases.values())), dict[str, tuple[str, CallRecord, datetime | None]]()
        for begin in range(0, len(wanted), 500):
            chunk = wanted[begin : begin + 500]
            query = (
                select(LegRow.id, CallRow.id, CallRow.facts, CallRow.ended_at)
                .join(CallRow, CallRow.id == LegRow.call)
                .where(LegRow.id.in_(chunk))
            )
            for leg, call, facts, ended_at in await session.execute(query):
                calls[leg] = (call, record_of(call, facts), ended_at)
        return {path: calls[base] for path, base in bases.items() if base in calls}

    async def _take_surveys(self, paths: Sequence[str]) -> None:
        """Register files of the robot's surveys, which are no citizens' calls, once they are left alone."""
        now = self._clock()
        rows: list[dict[str, Any]] = []
        for path in paths:
            state = await asyncio.to_thread(files.look, self._folder, path)
            if state is None:
                self._strangers.discard(path)
            elif now - state.changed_at > timedelta(seconds=QUIET_S):
                repaired = state.is_sound and not state.is_complete
                if repaired:
                    await asyncio.to_thread(files.repair, self._folder, state)
                one = await asyncio.to_thread(files.check, self._folder, path, repaired=repaired)
                if one is not None:
                    rows.append(survey_values(one, node=self._node, now=now))
        if not rows:
            return
        async with self._database.write(derived=True) as session:
            await self._store.upsert(session, RecordingRow, rows)
        self._strangers.difference_update(row["path"] for row in rows)

    async def _report(self, paths: Sequence[str]) -> None:
        """Write a row for each file that belongs to no known call and has been left alone for long."""
        now = self._clock()
        rows: list[dict[str, Any]] = []
        for path in paths:
            state = await asyncio.to_thread(files.look, self._folder, path)
            if state is None:
                self._strangers.discard(path)
            elif now - state.changed_at > self._orphan_after:
                one = await asyncio.to_thread(files.check, self._folder, path)
                if one is not None:
                    rows.append(row_values(None, one, node=self._node, now=now))
        if not rows:
            return
        async with self._database.write(derived=True) as session:
            await self._store.upsert(session, RecordingRow, rows)
        for row in rows:
            log.warning("recording without a call", path=row["path"])
            self._strangers.discard(row["path"])
            self._bus.publish(OrphanRecordingFound(at=now, node=self._node, path=row["path"]))

    def _on_event(self, event: DomainEvent) -> None:
        if isinstance(event, CallStored):
            if event.outcome == "callback_accepted":
                self._called_back.add(event.call)
            self.wake()


def _is_settled(state: files.State, ended_at: datetime, now: datetime, quiet_s: float | None = None) -> bool:
    """Tell whether nothing more will be written to a file of a call that ended."""
    still = now - max(ended_at, state.changed_at)
    if quiet_s is not None:
        return (state.is_complete and state.data_bytes > 0) or still >= timedelta(seconds=quiet_s)
    if state.is_complete:
        return state.data_bytes > 0 or still >= timedelta(seconds=EMPTY_S)
    return still >= timedelta(seconds=QUIET_S)


async def verify(database: Database, folder: Path, *, node: str) -> tuple[int, list[dict[str, str]]]:
    """Compute every registered file's checksum again; return the count and those that differ or are gone."""
    faults: list[dict[str, str]] = []
    async with database.read() as session:
        rows = (
            await session.execute(
                select(RecordingRow.path, RecordingRow.sha256, RecordingRow.call)
                .where(RecordingRow.node == node)
                .order_by(RecordingRow.path)
            )
        ).all()
    for path, sha256, call in rows:
        one = await asyncio.to_thread(files.check, folder, path)
        if one is None or one.sha256 != sha256:
            fault = "missing" if one is None else "changed"
            faults.append({"path": path, "call": call or "", "fault": fault})
    return len(rows), faults
