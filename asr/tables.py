"""Where transcripts are kept: one row for each call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, UtcDateTime
from .transcripts import Transcript


class TranscriptRow(Base):
    """A call's transcript; ``cost_ms`` is the processor time that it took."""

    __tablename__ = "transcripts"
    __table_args__ = (Index("ix_transcripts_created_at", "created_at"),)

    call: Mapped[str] = mapped_column(String(150), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(20))
    duration_s: Mapped[float]
    cost_ms: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    utterances: Mapped[list[Any]] = mapped_column(Json)


async def save(
    session: AsyncSession, transcript: Transcript, *, node: str, cost_ms: int, created_at: datetime
) -> None:
    """Write a call's transcript in the caller's transaction; a later one takes the place of an earlier."""
    await session.merge(
        TranscriptRow(
            call=transcript.call,
            node=node,
            model=transcript.model,
            language=transcript.language,
            duration_s=transcript.duration_s,
            cost_ms=cost_ms,
            created_at=created_at,
            utterances=transcript.to_json()["utterances"],
        )
    )


async def load(session: AsyncSession, call: str) -> Transcript | None:
    """Return a call's transcript, None when it has none yet."""
    row = await session.get(TranscriptRow, call)
    if row is None:
        return None
    return Transcript.from_json(
        {
            "call": row.call,
            "model": row.model,
            "language": row.language,
            "duration_s": row.duration_s,
            "utterances": row.utterances,
        }
    )
