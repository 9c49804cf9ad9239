"""The access log: looks at personal data, sign-ins, changes of users, in a table that only grows.

An entry is in the database before what it tells of is given: without the log nobody looks (R-S-1). Each
entry holds the hash of the one before; the newest hash is written to a file beside the database as well, so
that a chain made anew, or one whose end was cut off, is found too (docs/adr/0172).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from ..clock import Clock, utc_now
from ..db import Database
from ..private_folder import private_folder
from .chain import FIRST, Checker, Entry, Fault, Link, cleaned, link
from .tables import AccessRow

log = structlog.get_logger(__name__)

HEADS = "access-log.heads"
_PAGE = 2000
_MOST_AT_ONCE = 200
_LONGEST_LINE = 170
"""Bytes of a line of the heads."""


class AccessLog:
    """Adds entries of a node; several that wait are one transaction."""

    def __init__(
        self, database: Database, *, node: str, state: Path | None = None, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._node = node
        self._heads = None if state is None else state / HEADS
        self._clock = clock
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._turn = asyncio.Lock()

    async def add(self, entry: Entry) -> None:
        """Add an entry; it is stored when this returns. Raises what the database raises."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((cleaned(entry), stored))
        async with self._turn:
            while not stored.done():
                await self._write()
        await stored

    async def _write(self) -> None:
        batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
        try:
            async with self._database.write() as session:
                last = await self._append(session, [entry for entry, _ in batch])
        except BaseException as error:
            for _, stored in batch:
                if not stored.done():
                    stored.set_exception(error if isinstance(error, Exception) else ConnectionError())
                    stored.exception()
            raise
        for _, stored in batch:
            if not stored.done():
                stored.set_result(None)
        if self._heads is not None:
            await asyncio.to_thread(_note_head, self._heads, last)

    async def _append(self, session: AsyncSession, entries: Sequence[Entry]) -> Link:
        if not self._database.is_sqlite:
            lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 12345))")
            await session.execute(lock, {"name": f"access_log {self._node}"})
        newest = (
            select(AccessRow.seq, AccessRow.hash)
            .where(AccessRow.node == self._node)
            .order_by(AccessRow.seq.desc())
            .limit(1)
        )
        found = (await session.execute(newest)).first()
        seq, previous = found or (0, FIRST)
        links: list[Link] = []
        for number, entry in enumerate(entries, seq + 1):
            links.append(link(self._node, number, self._clock(), entry, previous))
            previous = links[-1].hash
        session.add_all([_row(one) for one in links])
        return links[-1]


def _note_head(file: Path, last: Link) -> None:
    """Write a hash down outside of the database; a disk that takes none costs this proof, not the entry."""
    line = f"{last.node} {last.seq} {last.hash} {last.at.isoformat()}\n"
    try:
        private_folder(file.parent)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)
    except OSError as error:
        log.error("head of the access log was not written down", reason=str(error))


def read_heads(file: Path, newest: int | None = None) -> dict[str, dict[int, str]]:
    """Return the hashes that were written down, by node and number; a line cut off is passed over."""
    found: dict[str, dict[int, str]] = {}
    try:
        with file.open("rb") as opened:
            if newest is not None and (begin := file.stat().st_size - newest * _LONGEST_LINE) > 0:
                opened.seek(begin)
                opened.readline()  # the rest of a line
            lines = opened.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        parts = line.split(" ")
        if len(parts) == 4 and parts[1].isdecimal() and len(parts[2]) == len(FIRST):
            found.setdefault(parts[0], {})[int(parts[1])] = parts[2]
    return found


async def verify(
    database: Database, *, state: Path | None = None, most: int = 100, newest: int | None = None
) -> tuple[dict[str, int], list[Fault]]:
    """Return how many entries each node has, and what is wrong with them; at most ``most`` faults a node.

    With ``newest`` only so many of each node are looked at, so that a check ends within a second.
    """
    heads = {} if state is None else await asyncio.to_thread(read_heads, state / HEADS, newest)
    async with database.read() as session:
        nodes = set(await session.scalars(select(AccessRow.node).distinct()))
    counts: dict[str, int] = {}
    found: list[Fault] = []
    for node in sorted({*nodes, *heads}):
        after = await _place_before(database, node, newest)
        checker = Checker(node, heads.get(node, {}), after)
        wrong: list[Fault] = []
        async for links in _pages(database, node, after[0]):
            wrong += await asyncio.to_thread(checker.feed, links)
        wrong += checker.end()
        counts[node] = checker.count
        found += wrong[:most]
    return counts, found


async def entries(
    database: Database,
    *,
    who: str = "",
    action: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, str, int] | None = None,
    limit: int = 100,
) -> list[Link]:
    """Return entries, the newest first; ``action`` and ``subject`` are beginnings, ``before`` a place."""
    query = select(AccessRow).order_by(AccessRow.at.desc(), AccessRow.node.desc(), AccessRow.seq.desc())
    if who:
        query = query.where(AccessRow.who == who)
    if action:
        query = query.where(AccessRow.action.startswith(action, autoescape=True))
    if subject:
        query = query.where(AccessRow.subject.startswith(subject, autoescape=True))
    if since is not None:
        query = query.where(AccessRow.at >= since)
    if until is not None:
        query = query.where(AccessRow.at < until)
    if before is not None:
        at, node, seq = before
        query = query.where(
            (AccessRow.at < at)
            | ((AccessRow.at == at) & (AccessRow.node < node))
            | ((AccessRow.at == at) & (AccessRow.node == node) & (AccessRow.seq < seq))
        )
    async with database.read() as session:
        return [_link(row) for row in await session.scalars(query.limit(limit))]


def told(one: Link) -> dict[str, Any]:
    """Return an entry for a list."""
    return {"node": one.node, "seq": one.seq, "at": one.at, **vars(one.entry), "hash": one.hash}


async def _place_before(database: Database, node: str, newest: int | None) -> tuple[int, str]:
    """Return number and hash of the entry before the newest ones; of none before the first."""
    if newest is None:
        return 0, FIRST
    query = (
        select(AccessRow.seq, AccessRow.hash)
        .where(AccessRow.node == node)
        .order_by(AccessRow.seq.desc())
        .offset(newest)
        .limit(1)
    )
    async with database.read() as session:
        found = (await session.execute(query)).first()
    return (0, FIRST) if found is None else (found.seq, found.hash)


async def _pages(database: Database, node: str, reached: int) -> AsyncIterator[list[Link]]:
    while True:
        query = (
            select(AccessRow)
            .where(AccessRow.node == node, AccessRow.seq > reached)
            .order_by(AccessRow.seq)
            .limit(_PAGE)
        )
        async with database.read() as session:
            rows = list(await session.scalars(query))
        if not rows:
            return
        yield [_link(row) for row in rows]
        reached = rows[-1].seq


def _row(one: Link) -> AccessRow:
    told: Mapping[str, Any] = {**vars(one.entry), "details": dict(one.entry.details)}
    return AccessRow(node=one.node, seq=one.seq, at=one.at, previous=one.previous, hash=one.hash, **told)


def _link(row: AccessRow) -> Link:
    entry = Entry(
        who=row.who,
        action=row.action,
        subject=row.subject,
        result=row.result,
        reason=row.reason,
        role=row.role,
        via=row.via,
        address=row.address,
        details=row.details,
    )
    return Link(row.node, row.seq, row.at, entry, row.previous, row.hash)
