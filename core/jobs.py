"""The store is the queue: pending work is rows with a lease, written with its cause.

A job survives every crash: it is leased for a time, and a lease that ends without an answer is given
to the next worker. ``key`` makes a job of one kind unique, so that a cause applied twice makes one job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from .clock import Clock, new_id, utc_now
from .db import Base, Database, Json, UtcDateTime
from .spare import Spare

PENDING, LEASED, DONE, FAILED = "pending", "leased", "done", "failed"
WHEN_FULL_S = 0.5
"""On a full machine a job of each kind begins so often: two a second are more than one node has calls."""
_LOOK_S = 0.1


class JobRow(Base):
    """One piece of pending or finished work."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_jobs_ready", "kind", "state", "not_before"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    node: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class Job:
    """A leased job as its worker sees it; ``attempt`` counts from 1."""

    id: str
    kind: str
    key: str
    payload: dict[str, Any]
    attempt: int
    owner: str


class Jobs:
    """Puts jobs in, leases them out, and takes their result.

    A lease is a derived write (``core.db``): work that must not be done twice after a loss of power stores
    its attempt durably before it acts.
    """

    def __init__(
        self, database: Database, *, node: str, clock: Clock = utc_now, spare: Spare | None = None
    ) -> None:
        self._database = database
        self._spare = spare
        self._may_begin: dict[str, Callable[[], bool]] = {}
        self._node = node
        self._clock = clock

    async def put(
        self, session: AsyncSession, kind: str, key: str, payload: dict[str, Any], *, delay_s: float = 0
    ) -> None:
        """Add a job in the caller's write transaction; a job of the same kind and key is left as it is."""
        now = self._clock()
        dialect = sqlite if self._database.is_sqlite else postgresql
        await session.execute(
            dialect.insert(JobRow)
            .values(
                id=new_id(),
                kind=kind,
                key=key,
                node=self._node,
                payload=payload,
                state=PENDING,
                attempts=0,
                created_at=now,
                not_before=now + timedelta(seconds=delay_s),
            )
            .on_conflict_do_nothing(index_elements=["kind", "key"])
        )

    async def lease(self, kind: str, *, owner: str, lease_s: float, any_node: bool = False) -> Job | None:
        """Take the oldest ready job of a kind, or one whose lease ended; None when there is none.

        With ``spare``, on a full machine there is one each ``WHEN_FULL_S``: the others wait in the store.
        Jobs stay on the node that wrote them (its recordings are on that node's disk) unless
        ``any_node`` is set.
        """
        if self._spare is not None:
            if kind not in self._may_begin:
                self._may_begin[kind] = self._spare.for_work(WHEN_FULL_S)
            while not self._may_begin[kind]():  # noqa: ASYNC110  # processors tell nobody when they rest
                await asyncio.sleep(_LOOK_S)
        now = self._clock()
        ready = (
            select(JobRow)
            .where(JobRow.kind == kind)
            .where(
                or_(
                    (JobRow.state == PENDING) & (JobRow.not_before <= now),
                    (JobRow.state == LEASED) & (JobRow.lease_until < now),
                )
            )
            .order_by(JobRow.not_before, JobRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if not any_node:
            ready = ready.where(JobRow.node == self._node)
        async with self._database.write(derived=True) as session:
            row = (await session.scalars(ready)).first()
            if row is None:
                return None
            row.state = LEASED
            row.attempts += 1
            row.lease_owner = owner
            row.lease_until = now + timedelta(seconds=lease_s)
            return Job(row.id, row.kind, row.key, dict(row.payload), row.attempts, owner)

    async def extend(self, job: Job, *, lease_s: float) -> bool:
        """Lengthen the lease of work that goes on, from now; False when the lease was lost."""
        async with self._database.write(derived=True) as session:
            changed = await session.execute(
                update(JobRow)
                .where(JobRow.id == job.id, JobRow.state == LEASED)
                .where(JobRow.lease_owner == job.owner, JobRow.attempts == job.attempt)
                .values(lease_until=self._clock() + timedelta(seconds=lease_s))
            )
            return bool(changed.rowcount)  # pyright: ignore[reportAttributeAccessIssue]  # a cursor result

    async def done(self, session: AsyncSession, job: Job) -> bool:
        """Finish a job in the transaction that writes its result; False when the lease was lost."""
        return await self._end(session, job, state=DONE, error=None, not_before=None)

    async def failed(self, job: Job, error: str, *, retry_s: float | None, counts: bool = True) -> bool:
        """Record a failure; with ``retry_s`` the job is tried again after so many seconds.

        Without ``counts`` the attempt is as if it had not been: what failed was not the job's fault.
        """
        now = self._clock()
        again = None if retry_s is None else now + timedelta(seconds=retry_s)
        async with self._database.write(derived=True) as session:
            state = FAILED if retry_s is None else PENDING
            ended = await self._end(session, job, state=state, error=error[:2000], not_before=again)
            if ended and not counts:
                uncounted = update(JobRow).where(JobRow.id == job.id).values(attempts=job.attempt - 1)
                await session.execute(uncounted)
            return ended

    async def _end(
        self, session: AsyncSession, job: Job, *, state: str, error: str | None, not_before: datetime | None
    ) -> bool:
        values: dict[str, Any] = {"state": state, "error": error, "lease_owner": None, "lease_until": None}
        if not_before is not None:
            values["not_before"] = not_before
        if state in (DONE, FAILED):
            values["finished_at"] = self._clock()
        changed = await session.execute(
            update(JobRow)
            .where(JobRow.id == job.id, JobRow.lease_owner == job.owner, JobRow.attempts == job.attempt)
            .values(**values)
        )
        return bool(changed.rowcount)  # pyright: ignore[reportAttributeAccessIssue]  # a cursor result
