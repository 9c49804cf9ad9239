"""Alarms as rows: what stands, what stood, and when a node last wrote that it lives."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Database, Json, UtcDateTime
from .alarm_kinds import KINDS
from .alarms import Alarm

_STANDING = text("cleared_at IS NULL")


class AlarmRow(Base):
    """One alarm; ``cleared_at`` is NULL while it stands. A node has at most one of a kind and subject."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "uq_alarms_standing",
            "node",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_alarms_raised_at", "raised_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(String(10))
    level: Mapped[str | None] = mapped_column(String(4))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    node: Mapped[str] = mapped_column(String(40))

    def alarm(self) -> Alarm:
        """Return it as the core knows it."""
        return Alarm(self.id, self.kind, self.subject, self.raised_at, self.details, self.cleared_at)


class AlarmWatchRow(Base):
    """The last moment at which a node could write: the probe of the database, and of the clock's past."""

    __tablename__ = "alarm_watch"

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


async def save(session: AsyncSession, change: Alarm, *, node: str) -> None:
    """Write a raised alarm, or the end of one; raised again under the same id it is left as it is.

    Another one of the node, kind and subject that stands ends with it: a second process under the same
    node's name must not keep this one from being written.
    """
    if change.cleared_at is not None:
        await session.execute(
            update(AlarmRow).where(AlarmRow.id == change.id).values(cleared_at=change.cleared_at)
        )
        return
    kind = KINDS[change.kind]
    if await session.get(AlarmRow, change.id) is None:
        await session.execute(
            update(AlarmRow)
            .where(AlarmRow.node == node, AlarmRow.kind == change.kind, AlarmRow.subject == change.subject)
            .where(AlarmRow.cleared_at.is_(None))
            .values(cleared_at=change.raised_at)
        )
        session.add(
            AlarmRow(
                id=change.id,
                kind=change.kind,
                subject=change.subject,
                severity=kind.severity.value,
                level=kind.level,
                raised_at=change.raised_at,
                cleared_at=None,
                details=dict(change.details),
                node=node,
            )
        )
        await session.flush()


async def standing(session: AsyncSession, *, node: str | None = None) -> list[Alarm]:
    """Return the alarms that stand, of one node or of all, oldest first."""
    return [row.alarm() for row in await rows(session, node=node, all_of_them=False)]


async def rows(
    session: AsyncSession,
    *,
    node: str | None = None,
    all_of_them: bool = True,
    known_only: bool = False,
    limit: int | None = None,
) -> list[AlarmRow]:
    """Return rows: those that stand oldest first, or the newest of all (so many), newest first.

    ``known_only``: without kinds that this version does not have.
    """
    query = select(AlarmRow).limit(limit)
    if node is not None:
        query = query.where(AlarmRow.node == node)
    if known_only:
        query = query.where(AlarmRow.kind.in_(sorted(KINDS)))
    if all_of_them:
        query = query.order_by(AlarmRow.raised_at.desc(), AlarmRow.id.desc())
    else:
        query = query.where(AlarmRow.cleared_at.is_(None)).order_by(AlarmRow.raised_at, AlarmRow.id)
    return list(await session.scalars(query))


async def end_unknown(session: AsyncSession, alarms: Iterable[Alarm], at: datetime) -> None:
    """End standing rows of kinds that this version does not have any more."""
    gone = [alarm.id for alarm in alarms if alarm.kind not in KINDS]
    if gone:
        await session.execute(update(AlarmRow).where(AlarmRow.id.in_(gone)).values(cleared_at=at))


async def forget(session: AsyncSession, before: datetime, *, node: str) -> int:
    """Remove a node's alarms that were over before a moment, never one that stands; returns how many."""
    old = delete(AlarmRow).where(AlarmRow.node == node, AlarmRow.cleared_at < before)
    return int((await session.execute(old)).rowcount)  # pyright: ignore[reportAttributeAccessIssue]  # a cursor result


async def last_seen(session: AsyncSession, *, node: str) -> datetime | None:
    """Return when a node last wrote ``mark_seen``."""
    return await session.scalar(select(AlarmWatchRow.at).where(AlarmWatchRow.node == node))


async def mark_seen(database: Database, *, node: str, at: datetime) -> None:
    """Write that a node could write at this moment."""
    dialect = sqlite if database.is_sqlite else postgresql
    async with database.write() as session:
        await session.execute(
            dialect.insert(AlarmWatchRow)
            .values(node=node, at=at)
            .on_conflict_do_update(index_elements=["node"], set_={"at": at})
        )
