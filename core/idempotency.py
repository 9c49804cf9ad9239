"""What was answered to which ``Idempotency-Key``: a repeat of a request does nothing twice (docs/adr/0175).

A key is kept for 24 h with a hash of its request. It is written before the act: of two equal requests one
acts. While the database is away keys are kept in memory, since a call for help must not wait for a table.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Delete, String, Text, Update, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from .clock import Clock, utc_now
from .db import Base, Database, UtcDateTime
from .errors import HotlineError

log = structlog.get_logger(__name__)

KEPT = timedelta(hours=24)
STORE_LIMIT_S = 1.0
"""So long a request waits for the database to take its key."""
MOST_IN_MEMORY = 10_000


class IdempotencyRow(Base):
    """A key that was used; without ``status`` its request is under way, or was when the service ended."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of who sent it and the key."""
    request: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the request."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)


class KeyReusedError(HotlineError):
    """The key was used for another request."""

    error_id = "idempotency.reused"
    status = 422


class KeyBusyError(HotlineError):
    """What came of the key's first request is not known, or not yet."""

    error_id = "idempotency.busy"
    retryable = True
    status = 409


@dataclass(frozen=True)
class Answered:
    """What the first request was answered."""

    status: int
    text: str


@dataclass
class _Known:
    request: str
    at: datetime
    answered: Answered | None = None


def hashed(*parts: str | bytes) -> str:
    """Return the hash of parts, which cannot run into each other."""
    made = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        made.update(len(data).to_bytes(8, "big") + data)
    return made.hexdigest()


class IdempotencyKeys:
    """The keys of a site; without a database those of this process."""

    def __init__(self, database: Database | None = None, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def begin(self, key: str, request: str) -> Answered | None:
        """Take a key for a request: None to act now, or what was answered before.

        ``key`` and ``request`` are hashes. Raises ``KeyReusedError``, ``KeyBusyError``.
        """
        now = self._clock()
        known = self._known.get(key)
        if known is not None and now - known.at < KEPT:
            return _again(known, request)
        self._known[key] = _Known(request, now)
        self._known.move_to_end(key)
        while len(self._known) > MOST_IN_MEMORY:
            self._known.popitem(last=False)
        try:
            stored = await self._take(key, request, now)
        except BaseException:
            del self._known[key]
            raise
        if stored is None:
            return None
        self._known[key] = stored
        return _again(stored, request)

    async def answered(self, key: str, answer: Answered) -> None:
        """Keep what a request was answered."""
        if (known := self._known.get(key)) is not None:
            known.answered = answer
        await self._write(
            update(IdempotencyRow)
            .where(IdempotencyRow.key == key)
            .values(status=answer.status, answer=answer.text)
        )

    async def forget(self, key: str) -> None:
        """Let a key be used anew: its request was refused and has done nothing."""
        self._known.pop(key, None)
        await self._write(delete(IdempotencyRow).where(IdempotencyRow.key == key))

    async def _take(self, key: str, request: str, now: datetime) -> _Known | None:
        if self._database is None:
            return None
        dialect = sqlite if self._database.is_sqlite else postgresql
        new = dialect.insert(IdempotencyRow).values(key=key, request=request, made_at=now)
        put = new.on_conflict_do_nothing().returning(IdempotencyRow.key)
        try:
            async with asyncio.timeout(STORE_LIMIT_S), self._database.write() as session:
                await session.execute(delete(IdempotencyRow).where(IdempotencyRow.made_at <= now - KEPT))
                if (await session.execute(put)).first():
                    return None
                row = await session.scalar(select(IdempotencyRow).where(IdempotencyRow.key == key))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("idempotency keys are kept in memory alone", reason=type(error).__name__)
            return None
        if row is None:
            return None
        answered = None if row.status is None else Answered(row.status, row.answer or "")
        return _Known(row.request, row.made_at, answered)

    async def _write(self, statement: Update | Delete) -> None:
        if self._database is None:
            return
        try:
            async with asyncio.timeout(STORE_LIMIT_S), self._database.write() as session:
                await session.execute(statement)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("an idempotency key is kept in memory alone", reason=type(error).__name__)


def _again(known: _Known, request: str) -> Answered:
    if known.request != request:
        raise KeyReusedError(
            "this Idempotency-Key was used for another request", mend="take a new one for each act"
        )
    if known.answered is None:
        raise KeyBusyError(
            "the first request with this Idempotency-Key is under way, or the service ended during it",
            mend="try again in a second; if it stays so, look what became of it before you take a new key",
        )
    return known.answered
