"""What the machine proposed in a call, and what became of it, to be laid beside what the agent did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ...core.db import Base, Json, UtcDateTime
from .assist_events import Suggested

WITHDRAWN, DONE = "withdrawn", "done"
MOST_ROWS = 500


class SuggestionRow(Base):
    """One suggestion as it was told; it is never an act, and nothing reads this table to act."""

    __tablename__ = "suggestions"

    call: Mapped[str] = mapped_column(String(150), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    evidence: Mapped[list[Any]] = mapped_column(Json)
    suggested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(10))
    """``withdrawn``: overtaken. ``done``: the agent had done it. None: it stood until the call ended."""


async def store(session: AsyncSession, events: Sequence[Suggested], *, node: str) -> None:
    """Write suggestions and their ends in the caller's transaction; one told twice stays one row."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    for event in events:
        key = event.id[:100]
        if event.withdrawn:
            await session.execute(
                update(SuggestionRow)
                .where(SuggestionRow.call == event.call, SuggestionRow.id == key)
                .values(ended_at=event.at, ended_by=DONE if event.data.get(DONE) else WITHDRAWN)
            )
            continue
        await session.execute(
            dialect.insert(SuggestionRow)
            .values(
                call=event.call,
                id=key,
                node=node,
                kind=event.kind,
                text=event.text,
                data=dict(event.data),
                evidence=[piece.to_json() for piece in event.evidence],
                suggested_at=event.at,
            )
            .on_conflict_do_nothing(index_elements=["call", "id"])
        )


async def of_call(session: AsyncSession, call: str) -> list[dict[str, Any]]:
    """Return what was proposed in a call, the oldest first."""
    query = select(SuggestionRow).where(SuggestionRow.call == call)
    rows = await session.scalars(
        query.order_by(SuggestionRow.suggested_at, SuggestionRow.id).limit(MOST_ROWS)
    )
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "text": row.text,
            "data": row.data,
            "evidence": row.evidence,
            "at": row.suggested_at,
            "ended_at": row.ended_at,
            "ended_by": row.ended_by,
        }
        for row in rows
    ]
