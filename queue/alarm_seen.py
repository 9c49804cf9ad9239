"""Who has seen an alarm, and what is being done: one row for each alarm, the first who said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UtcDateTime


class AlarmSeenRow(Base):
    """A person's word that an alarm was seen."""

    __tablename__ = "alarms_seen"

    alarm: Mapped[str] = mapped_column(String(26), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    """Where it was said."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(200))


@dataclass(frozen=True)
class SeenBy:
    """Who has seen an alarm when."""

    at: datetime
    who: str
    note: str


async def see(session: AsyncSession, alarm: str, seen: SeenBy, *, node: str) -> bool:
    """Write that an alarm was seen, in the caller's transaction; False when somebody said so before."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    made = await session.execute(
        dialect.insert(AlarmSeenRow)
        .values(alarm=alarm, node=node, at=seen.at, who=seen.who, note=seen.note)
        .on_conflict_do_nothing(index_elements=["alarm"])
        .returning(AlarmSeenRow.alarm)
    )
    return made.scalar_one_or_none() is not None


async def seen_of(session: AsyncSession, alarms: Iterable[str]) -> Mapping[str, SeenBy]:
    """Return who has seen which of some alarms."""
    rows = await session.scalars(select(AlarmSeenRow).where(AlarmSeenRow.alarm.in_(list(alarms))))
    return {row.alarm: SeenBy(row.at, row.who, row.note) for row in rows}
