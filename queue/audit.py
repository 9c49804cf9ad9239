"""The audit: everything made anew from the switch's journal alone, held against what is stored (R-Q-4).

It may run beside the service at any time. Calls of which anything stands behind the place in the journal
that the service has committed, and calls in progress, are counted but not compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..core.clock import from_us, to_us
from ..core.db import Database
from ..telephony.call_figures import t0
from ..telephony.calls import CallRecord
from ..telephony.facts import Fact
from ..telephony.journal import Position
from ..telephony.tables import CallRow, CallStepRow, JournalPositionRow, LegRow, RoomLineRow
from .audit_agents import AgentAuditor
from .audit_compare import Difference, StoredCall, compare_call, only_stored
from .audit_figures import FigureDifference, Figures, compare_figures
from .figure_calls import FigureCall, of_record, of_row
from .journal_scan import CallScan, Gap, JournalGoneError, restarts_of
from .replay import Progress, Replay

_CHUNK = 400
_SETTLED_US = 5_000_000
"""A call over the limit is closed in the store at most so long after its time."""


@dataclass
class Audit:
    """What an audit found. Moments are UTC; counts are of citizens' calls."""

    since: datetime | None
    until: datetime | None
    journal_begins: datetime
    """The first line of the journal that is left."""
    compared: int = 0
    in_progress: int = 0
    unread: int = 0
    """Calls of which the journal tells something that the service has not read yet."""
    earlier: int = 0
    """Stored calls from before the journal begins, when no ``since`` was asked for."""
    spells: int = 0
    """Compared spells of agents."""
    bad_records: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    figures: list[FigureDifference] = field(default_factory=list[FigureDifference])
    uncovered: list[tuple[datetime | None, datetime]] = field(
        default_factory=list[tuple[datetime | None, datetime]]
    )
    """Parts of the period for which the journal is not there any more."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not self.differences and not self.figures


@dataclass
class _Suspect:
    """A call that differs, until it is known that nothing new was told of it meanwhile."""

    differences: list[Difference]
    stored: FigureCall | None
    journal: FigureCall | None


class Auditor:
    """Runs one audit of a node; ``logs`` is the switch's log folder, the period is of t0."""

    def __init__(
        self,
        database: Database,
        logs: Path,
        node: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Progress = lambda _done, _total, _calls: None,
    ) -> None:
        self._database = database
        self._logs = logs
        self._node = node
        self._since, self._until = since, until
        self._progress = progress
        self._stored, self._journal = Figures(), Figures()
        self._suspects: dict[str, _Suspect] = {}
        self._seen: set[str] = set()

    async def run(self) -> Audit:
        """Compare everything; raises ``JournalGoneError`` when there is no journal to compare with."""
        places, written_us = await self._places()
        scan = await asyncio.to_thread(self._open, places["cel"])
        begins_us = scan.begins_us
        if begins_us is None:
            raise JournalGoneError(
                "there is no journal to audit with",
                mend=f"is this the folder that the switch writes its log to? {self._logs}",
            )
        result = Audit(self._since, self._until, from_us(begins_us))
        result.uncovered = [
            (_moment(gap.begin_us), from_us(gap.end_us)) for gap in self._gaps(scan, begins_us)
        ]
        restarts = await asyncio.to_thread(restarts_of, self._logs, until=places["queue_log"])
        made = Replay(self._node, restarts)
        behind = await asyncio.to_thread(scan.behind)
        batches = scan.facts()
        calls = 0
        while (found := await asyncio.to_thread(_step, batches, made)) is not None:
            calls += len(found)
            self._progress(scan.done_bytes, scan.total_bytes, calls)
            await self._take(found, behind, result)
        left = await asyncio.to_thread(made.rest, written_us)
        await self._take(left, behind, result)
        await self._take_only_stored(result, from_us(begins_us))
        self._decide(await asyncio.to_thread(scan.behind), result)
        result.unread += sum(self._is_asked(at_us) for at_us in scan.arrived_behind.values())
        agents = AgentAuditor(self._database, self._logs, self._node, since=self._since, until=self._until)
        result.differences += await agents.run()
        result.spells = agents.compared
        result.bad_records = scan.bad_records
        result.figures = compare_figures(self._stored, self._journal, written_us)
        self._progress(scan.total_bytes, scan.total_bytes, calls + len(left))
        return result

    def _decide(self, behind: set[str], result: Audit) -> None:
        """Take every suspect of which nothing new was told meanwhile for a difference."""
        for call, suspect in self._suspects.items():
            if call in behind:
                if suspect.journal is not None:
                    result.compared -= 1
                    result.unread += 1
                continue
            result.differences += suspect.differences
            if suspect.stored is not None:
                self._stored.add(suspect.stored)
            if suspect.journal is not None:
                self._journal.add(suspect.journal)

    def _open(self, until: Position) -> CallScan:
        return CallScan(self._logs, since_us=to_us(self._since) if self._since else None, until=until)

    async def _places(self) -> tuple[dict[str, Position], int]:
        """Return how far the service has read each file, and when it last wrote what it read."""
        places = {"cel": Position(), "queue_log": Position()}
        written_us = 0
        query = select(JournalPositionRow).where(JournalPositionRow.node == self._node)
        async with self._database.read() as session:
            for row in await session.scalars(query):
                places[row.journal] = Position(row.device, row.inode, row.offset, row.head_bytes, row.head)
                if row.journal == "cel":
                    written_us = to_us(row.updated_at) - _SETTLED_US
        return places, written_us

    def _gaps(self, scan: CallScan, begins_us: int) -> Iterator[Gap]:
        since_us = to_us(self._since) if self._since else None
        until_us = to_us(self._until) if self._until else None
        if since_us is not None and since_us < begins_us:
            yield Gap(since_us, begins_us if until_us is None else min(begins_us, until_us))
        for gap in scan.gaps:
            if (since_us is None or gap.end_us > since_us) and (
                until_us is None or (gap.begin_us or 0) < until_us
            ):
                yield gap

    def _is_asked(self, at_us: int | None) -> bool:
        """Tell whether a call with this t0 belongs to the period."""
        if at_us is None:
            return True
        return (self._since is None or at_us >= to_us(self._since)) and (
            self._until is None or at_us < to_us(self._until)
        )

    async def _take(self, records: Sequence[CallRecord], behind: set[str], result: Audit) -> None:
        """Compare calls that the journal tells whole."""
        asked = [record for record in records if self._is_asked(t0(record))]
        self._seen.update(record.id for record in asked)
        whole: list[CallRecord] = []
        for record in asked:
            if record.id in behind:
                result.unread += 1
            elif record.ended_us is None:
                result.in_progress += 1
            else:
                whole.append(record)
        for begin in range(0, len(whole), _CHUNK):
            chunk = whole[begin : begin + _CHUNK]
            async with self._database.read() as session:
                stored = await _load(session, [record.id for record in chunk])
            for record in chunk:
                self._compare(record, stored[record.id])
                result.compared += 1

    def _compare(self, record: CallRecord, stored: StoredCall) -> None:
        differences = compare_call(record, self._node, stored)
        have = of_row(stored.call) if stored.call is not None else None
        want = of_record(record, self._node)
        if differences:
            self._suspects[record.id] = _Suspect(differences, have, want)
        elif have is not None:
            self._stored.add(have)
            self._journal.add(want)

    async def _take_only_stored(self, result: Audit, begins: datetime) -> None:
        """Find rows of which the journal knows nothing."""
        last = ""
        while True:
            async with self._database.read() as session:
                rows = await self._page(session, last)
            for row in rows:
                if row.id in self._seen:
                    continue
                if self._since is None and row.t0 is not None and row.t0 < begins:
                    result.earlier += 1
                elif not (self._since and row.t0 is not None and row.t0 < begins):
                    self._suspects[row.id] = _Suspect([only_stored(row.id, "calls")], of_row(row), None)
            if len(rows) < _CHUNK:
                break
            last = rows[-1].id
        for table in (LegRow, CallStepRow, RoomLineRow):
            query = (
                select(table.call, func.count())
                .where(table.node == self._node, table.call.not_in(select(CallRow.id)))
                .group_by(table.call)
                .limit(1000)
            )
            async with self._database.read() as session:
                orphans = (await session.execute(query)).all()
            for call, count in orphans:
                if call not in self._suspects:
                    found = [only_stored(call, table.__tablename__, f"× {count}")]
                    self._suspects[call] = _Suspect(found, None, None)

    async def _page(self, session: AsyncSession, after: str) -> Sequence[CallRow]:
        query = select(CallRow).where(CallRow.node == self._node, CallRow.id > after)
        if self._since is not None:
            query = query.where(or_(CallRow.t0.is_(None), CallRow.t0 >= self._since))
        if self._until is not None:
            query = query.where(or_(CallRow.t0.is_(None), CallRow.t0 < self._until))
        return (await session.scalars(query.order_by(CallRow.id).limit(_CHUNK))).all()


def _step(batches: Iterator[list[Fact]], made: Replay) -> list[CallRecord] | None:
    """Take the next part of the journal in; None when there is no more."""
    facts = next(batches, None)
    if facts is None:
        return None
    for fact in facts:
        made.feed(fact)
    return made.finished()


async def _load(session: AsyncSession, ids: Iterable[str]) -> dict[str, StoredCall]:
    """Return the rows of calls by id."""
    wanted = list(ids)
    calls = {row.id: row for row in await session.scalars(select(CallRow).where(CallRow.id.in_(wanted)))}
    legs: dict[str, list[LegRow]] = {}
    for leg in await session.scalars(select(LegRow).where(LegRow.call.in_(wanted))):
        legs.setdefault(leg.call, []).append(leg)
    steps: dict[str, list[CallStepRow]] = {}
    for step in await session.scalars(select(CallStepRow).where(CallStepRow.call.in_(wanted))):
        steps.setdefault(step.call, []).append(step)
    lines: dict[str, list[RoomLineRow]] = {}
    for line in await session.scalars(select(RoomLineRow).where(RoomLineRow.call.in_(wanted))):
        lines.setdefault(line.call, []).append(line)
    return {
        call: StoredCall(calls.get(call), legs.get(call, []), steps.get(call, []), lines.get(call, []))
        for call in wanted
    }


def _moment(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
