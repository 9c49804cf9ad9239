"""What citizens said of a ticket when they were called back, and what it makes of the ticket (GB 7.5, R-H-9).

The robot's side is not known here: who wires translates (``app/robot_results.py``). A ticket of the city's
own system is not among ours; what was said of it is kept under its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, UtcDateTime
from . import tables

CLOSED, TO_CHECK, REOPENED = "closed", "check", "reopened"
STATUSES: Mapping[str, str] = {"close": CLOSED, "check": TO_CHECK, "reopen": REOPENED}
"""What a ticket becomes; 未评 and a refusal leave it as it is."""


class TicketCallbackRow(Base):
    """What came of one callback, as the ticket shows it."""

    __tablename__ = "ticket_callbacks"
    __table_args__ = (Index("ix_ticket_callbacks_ticket", "ticket"),)

    callback: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(40))
    """The number by which it was called back; of ours the ticket's number."""
    verdict: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(10))
    """满意, 基本满意, 不满意 …; empty: 未评."""
    contacted: Mapped[str] = mapped_column(String(10))
    solved: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[list[str]] = mapped_column(Json)
    remarks: Mapped[str] = mapped_column(Text)
    recording: Mapped[str] = mapped_column(String(300))
    checked_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(Text)
    """What the check found (R-CB-6)."""
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def to_json(self) -> dict[str, Any]:
        """Return what the ticket's page, API and ``--json`` show."""
        return {column.name: getattr(self, column.name) for column in self.__table__.columns}


async def put_callback(session: AsyncSession, made: TicketCallbackRow) -> str | None:
    """Write what came of a callback and what it makes of its ticket, in the caller's transaction.

    Returns the ticket's new status; None when it is not ours or stays as it is. What happened to a draft in
    the city's system between the call and the callback is not told here: it is closed as any other.
    """
    await session.merge(made)
    status = STATUSES.get(made.verdict)
    ticket = await tables.find(session, made.ticket)
    if ticket is None or status is None or ticket.status == status:
        return None
    ticket.status, ticket.updated_at = status, made.updated_at
    return status


async def callbacks_of(session: AsyncSession, *keys: str) -> list[dict[str, Any]]:
    """Return what came of the callbacks of a ticket, by its number or id; the oldest first."""
    rows = (
        select(TicketCallbackRow)
        .where(TicketCallbackRow.ticket.in_(keys))
        .order_by(TicketCallbackRow.ended_at, TicketCallbackRow.callback)
    )
    return [row.to_json() for row in await session.scalars(rows)]
