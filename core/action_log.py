"""Who asked for what, when, and what came of it: a table that only grows.

What people or programs have the service do to a call (a third line, a supervisor's listening) is noted here,
what was refused too. Nothing waits for the database: entries are written in their order as soon as it takes
them, and one whose writer must know can wait for that (``put``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import BigInteger, Index, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from .clock import Clock, IdMaker, new_id, to_us, utc_now
from .db import Base, Database, Json, UtcDateTime

log = structlog.get_logger(__name__)

MOST_WAITING = 20_000
"""More entries are not kept while the database is away; each is also a line of the service's log."""
_RETRY_S = 1.0
_BATCH = 500


class ActionRow(Base):
    """One entry; the database itself refuses to change or remove it (migration)."""

    __tablename__ = "action_log"
    __table_args__ = (
        Index("ix_action_log_at", "at"),
        Index("ix_action_log_call", "call"),
        Index("ix_action_log_request", "request"),
    )

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    """A ULID, or what makes the entry unique when it may be told twice (a journal read again)."""
    node: Mapped[str] = mapped_column(String(40))
    place: Mapped[int] = mapped_column(BigInteger)
    """The order of noting: microseconds since 1970, rising with every entry of a node."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(60))
    """An agent's number, ``api``, or ``service`` for what it did by itself."""
    action: Mapped[str] = mapped_column(String(60))
    call: Mapped[str] = mapped_column(String(150))
    request: Mapped[str] = mapped_column(String(60))
    """What the entries of one request have in common."""
    result: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    """May hold what an agent typed, and so personal data: masked in logs and lists."""


@dataclass(frozen=True)
class Action:
    """One entry as it is noted and read."""

    id: str
    at: datetime
    who: str
    action: str
    call: str = ""
    request: str = ""
    result: str = ""
    details: Mapping[str, Any] | None = None
    node: str = ""
    place: int = 0


class ActionLog:
    """Notes entries at once and writes them in their order; ``run`` is the one task that writes."""

    def __init__(
        self, database: Database, *, node: str, clock: Clock = utc_now, make_id: IdMaker = new_id
    ) -> None:
        self._database = database
        self._node = node
        self._clock = clock
        self._make_id = make_id
        self._waiting: deque[tuple[Action, asyncio.Future[None]]] = deque()
        self._noted = asyncio.Event()
        self._place = 0
        self.lost = 0
        """Entries that the database never got: too many had to wait for it."""

    @property
    def waiting(self) -> int:
        """How many entries are not in the database yet."""
        return len(self._waiting)

    def note(
        self,
        who: str,
        action: str,
        call: str = "",
        details: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        *,
        request: str = "",
        result: str = "",
        key: str = "",
    ) -> asyncio.Future[None]:
        """Take an entry in; the future is done when it is in the database, cancelled when it is lost.

        With a ``key`` an entry that is there already stays as it is.
        """
        now = self._clock()
        self._place = max(to_us(now), self._place + 1)
        entry = Action(
            id=_clean(key or self._make_id())[:200],
            at=at or now,
            who=_clean(who)[:60],
            action=_clean(action)[:60],
            call=_clean(call)[:150],
            request=_clean(request)[:60],
            result=_clean(result)[:40],
            details=_storable(details or {}),
            node=self._node,
            place=self._place,
        )
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, written))
        if len(self._waiting) > MOST_WAITING:
            _, oldest = self._waiting.popleft()
            oldest.cancel()
            self.lost += 1
        self._noted.set()
        return written

    async def put(
        self,
        who: str,
        action: str,
        call: str = "",
        details: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        *,
        request: str = "",
        result: str = "",
        key: str = "",
        limit_s: float = 2.0,
    ) -> bool:
        """Note an entry and wait until it is stored; False when that takes longer than ``limit_s``."""
        written = self.note(who, action, call, details, at, request=request, result=result, key=key)
        await asyncio.wait([written], timeout=limit_s)
        return written.done() and not written.cancelled()

    async def run(self) -> None:
        """Write what is noted, for ever; what waits at the end is still written when the store takes it."""
        try:
            while True:
                await self._noted.wait()
                self._noted.clear()
                await self._write_all()
        finally:
            with suppress(SQLAlchemyError, OSError):
                await self._write_some()

    async def _write_all(self) -> None:
        while self._waiting:
            try:
                await self._write_some()
            except (SQLAlchemyError, OSError) as error:
                log.warning("action log waits", waiting=self.waiting, reason=str(error)[:300])
                await asyncio.sleep(_RETRY_S)

    async def _write_some(self) -> None:
        batch = [self._waiting[place] for place in range(min(len(self._waiting), _BATCH))]
        if not batch:
            return
        dialect = sqlite if self._database.is_sqlite else postgresql
        values = [vars(entry) for entry, _ in batch]
        async with self._database.write() as session:
            await session.execute(dialect.insert(ActionRow).on_conflict_do_nothing(), values)
        for _, written in batch:
            if not written.done():
                written.set_result(None)
            if self._waiting and self._waiting[0][1] is written:
                self._waiting.popleft()


def _clean(text: str) -> str:
    """Return a text without what a database's cannot hold: NUL, lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


def _storable(value: Any) -> Any:
    """Return a value as JSON holds it, every text in it clean."""
    match value:
        case str():
            return _clean(value)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            pairs = cast("Mapping[object, object]", value)
            return {_clean(str(name)): _storable(one) for name, one in pairs.items()}
        case list() | tuple():
            return [_storable(one) for one in cast("Sequence[object]", value)]
        case _:
            return _clean(str(value))


async def actions(
    database: Database,
    *,
    since: datetime | None = None,
    call: str = "",
    prefix: str = "",
    limit: int | None = None,
) -> Sequence[Action]:
    """Return the entries from a moment on, of a call, of actions that begin so; the oldest first.

    Of more than ``limit`` the newest are returned.
    """
    query = select(ActionRow).order_by(ActionRow.at.desc(), ActionRow.place.desc())
    if since is not None:
        query = query.where(ActionRow.at >= since)
    if call:
        query = query.where(ActionRow.call == call)
    if prefix:
        query = query.where(ActionRow.action.startswith(prefix, autoescape=True))
    if limit is not None:
        query = query.limit(limit)
    async with database.read() as session:
        rows = list(await session.scalars(query))
    return [
        Action(row.id, row.at, row.who, row.action, row.call, row.request, row.result, row.details, row.node)
        for row in reversed(rows)
    ]
