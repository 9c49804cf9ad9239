"""What went along with each third line, and whether it was delivered: one row for each line, ever."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, String, Text, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from ...core.db import Base, UtcDateTime
from ...core.webhook_store import DELIVERED, GIVEN_UP, PENDING, WebhookRow

_CHUNK = 500
NoticeState = Literal["sending", "delivered", "undelivered"]
LABELS: Mapping[NoticeState, str] = {"sending": "送达中", "delivered": "已送达", "undelivered": "未送达"}


class NoticeRow(Base):
    """The notice of a line. Its key makes it the only one, however often the request is told."""

    __tablename__ = "three_way_notices"
    __table_args__ = (Index("ix_three_way_notices_open", "node", "first_state", "update_state"),)

    call: Mapped[str] = mapped_column(String(150), primary_key=True)
    line: Mapped[str] = mapped_column(String(32), primary_key=True)
    node: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(40))
    """The third line's name."""
    webhook: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    speech: Mapped[str] = mapped_column(String(12))
    """``pending`` until the update is made, then ``ready`` or ``unavailable``."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why the speech is unavailable, or why nothing was sent."""
    first_id: Mapped[str | None] = mapped_column(String(26))
    """Of ``webhook_deliveries``; None when it was too late to send anything."""
    first_state: Mapped[str] = mapped_column(String(10))
    first_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was taken, or given up."""
    update_id: Mapped[str | None] = mapped_column(String(26))
    update_state: Mapped[str | None] = mapped_column(String(10))
    update_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class NoticeView:
    """What people see of a notice; ``error`` is of the last attempt that failed."""

    call: str
    line: str
    webhook: str
    state: NoticeState
    speech: str
    asked_at: datetime
    delivered_at: datetime | None
    update_delivered_at: datetime | None
    attempts: int
    error: str | None

    @property
    def label(self) -> str:
        """已送达, 送达中 or 未送达."""
        return LABELS[self.state]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, moments as ISO 8601."""
        return {
            "state": self.state,
            "label": self.label,
            "webhook": self.webhook,
            "speech": self.speech,
            "delivered_at": _iso(self.delivered_at),
            "update_delivered_at": _iso(self.update_delivered_at),
            "attempts": self.attempts,
            "error": self.error,
        }


async def notices_of(session: AsyncSession, calls: Collection[str]) -> dict[tuple[str, str], NoticeView]:
    """Return the notices of some calls by (call, line); a line that nobody is told of has none."""
    first, update = aliased(WebhookRow), aliased(WebhookRow)
    joined = (
        select(NoticeRow, first, update)
        .join(first, first.id == NoticeRow.first_id, isouter=True)
        .join(update, update.id == NoticeRow.update_id, isouter=True)
    )
    found: dict[tuple[str, str], NoticeView] = {}
    wanted = sorted(calls)
    for begin in range(0, len(wanted), _CHUNK):
        query = joined.where(NoticeRow.call.in_(wanted[begin : begin + _CHUNK]))
        for row in await session.execute(query):
            view = _view(*row)
            found[view.call, view.line] = view
    return found


async def with_notices(session: AsyncSession, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return lines of calls (``call``, ``line``, …) with ``notice``: what became of it, None without one."""
    found = await notices_of(session, {str(line["call"]) for line in lines})
    views = [found.get((line["call"], line["line"])) for line in lines]
    return [
        {**line, "notice": None if view is None else view.to_json()}
        for line, view in zip(lines, views, strict=True)
    ]


async def settle(session: AsyncSession, *, node: str) -> list[NoticeView]:
    """Write down what became of a node's open deliveries; returns the notices that were open.

    The log of deliveries is forgotten one day; what became of a notice is not.
    """
    first, update = aliased(WebhookRow), aliased(WebhookRow)
    query = (
        select(NoticeRow, first, update)
        .join(first, first.id == NoticeRow.first_id, isouter=True)
        .join(update, update.id == NoticeRow.update_id, isouter=True)
        .where(NoticeRow.node == node)
        .where(or_(NoticeRow.first_state == PENDING, NoticeRow.update_state == PENDING))
    )
    seen: list[NoticeView] = []
    for row, one, other in (await session.execute(query)).all():
        if row.first_state == PENDING:
            row.first_state, row.first_at = _end_of(one)
        if row.update_state == PENDING:
            row.update_state, row.update_at = _end_of(other)
        seen.append(_view(row, one, other))
    return seen


async def is_settled(session: AsyncSession, *, node: str) -> bool:
    """Tell whether nothing of a node is under way."""
    query = select(NoticeRow.line).where(
        NoticeRow.node == node, or_(NoticeRow.first_state == PENDING, NoticeRow.update_state == PENDING)
    )
    return (await session.scalar(query.limit(1))) is None


def _end_of(delivery: WebhookRow | None) -> tuple[str, datetime | None]:
    return (GIVEN_UP, None) if delivery is None else (delivery.state, delivery.finished_at)


def _view(row: NoticeRow, first: WebhookRow | None, update: WebhookRow | None) -> NoticeView:
    state = row.first_state if first is None else first.state
    tried = first.attempts if first is not None else 0
    error = next((one.error for one in (first, update) if one is not None and one.error), None)
    return NoticeView(
        call=row.call,
        line=row.line,
        webhook=row.webhook,
        state=_shown(state, first.error if first is not None else None),
        speech=row.speech,
        asked_at=row.asked_at,
        delivered_at=_taken(state, row.first_at if first is None else first.finished_at),
        update_delivered_at=_taken(
            row.update_state if update is None else update.state,
            row.update_at if update is None else update.finished_at,
        ),
        attempts=tried + (update.attempts if update is not None else 0),
        error=error or (row.reason if state == GIVEN_UP else None),
    )


def _shown(state: str, error: str | None) -> NoticeState:
    """Return what is shown: a message that was refused once is undelivered until it is taken."""
    if state == DELIVERED:
        return "delivered"
    return "undelivered" if state == GIVEN_UP or error else "sending"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds")


def _taken(state: str | None, at: datetime | None) -> datetime | None:
    return at if state == DELIVERED else None
