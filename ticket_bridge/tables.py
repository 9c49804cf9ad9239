"""Where tickets are kept: one row for each call, its fields with their evidence as JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Index, String, UniqueConstraint, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, UtcDateTime
from .draft import Draft
from .fields import Field, FieldName, Origin
from .making import Making

DRAFT = "draft"


class TicketRow(Base):
    """A ticket; the columns beside ``fields`` repeat what lists and figures ask for."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("call"),
        Index("ix_tickets_created_at", "created_at"),
        Index("ix_tickets_status_created_at", "status", "created_at"),
        Index("ix_tickets_status_updated_at", "status", "updated_at", "id"),
        Index(
            "ix_tickets_risk_grade_created_at",
            *("risk_grade", "created_at", "id"),
            sqlite_where=text("risk_grade IS NOT NULL"),
            postgresql_where=text("risk_grade IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    call: Mapped[str] = mapped_column(String(150))
    """The Linkedid; one call makes one draft."""
    node: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str | None] = mapped_column(String(10))
    domain: Mapped[str | None] = mapped_column(String(10))
    urgency: Mapped[str | None] = mapped_column(String(10))
    title: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(200))
    risk_grade: Mapped[str | None] = mapped_column(String(4))
    confidential: Mapped[bool]
    model: Mapped[str] = mapped_column(String(200))
    """What recognised the speech the draft was made from."""
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    made: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Who made the draft (``making.Making``); empty in tickets older than the choice."""
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person last confirmed the whole of it."""
    checked_by: Mapped[str | None] = mapped_column(String(60))
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the unit was done with it, as the unit says (办结)."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def draft(self) -> Draft:
        """Return the fields as they stand, with what people corrected."""
        return replace(Draft.from_json(self.call, self.fields), made=Making.from_json(self.made))

    def put(self, draft: Draft, now: datetime) -> None:
        """Let other fields stand in the ticket."""
        self.fields = draft.to_json()
        for name, value in _columns(draft).items():
            setattr(self, name, value)
        self.updated_at = now

    def overview(self) -> dict[str, Any]:
        """Return what lists, pages and ``--json`` show of the ticket, without its fields."""
        return {
            "id": self.id,
            "number": self.number,
            "call": self.call,
            "status": self.status,
            "kind": self.kind,
            "domain": self.domain,
            "urgency": self.urgency,
            "title": self.title,
            "place": self.place,
            "confidential": self.confidential,
            "node": self.node,
            "model": self.model,
            "created_at": self.created_at,
            "checked_at": self.checked_at,
            "checked_by": self.checked_by,
            "handled_at": self.handled_at,
        }


def ticket_number(ticket_id: str, day: datetime, timezone: str) -> str:
    """Return the number that people read: the site's date and the last eight characters of the ULID.

    Made without a central counter; 40 random bits a day, and the store refuses a number given twice.
    """
    return f"{day.astimezone(ZoneInfo(timezone)):%Y%m%d}-{ticket_id[-8:]}"


async def save_draft(
    session: AsyncSession,
    made: Draft,
    *,
    ticket_id: str,
    timezone: str,
    node: str,
    model: str,
    now: datetime,
) -> bool:
    """Write a draft in the caller's transaction; False and no change when the call has a ticket."""
    number = ticket_number(ticket_id, now, timezone)
    fields = {**made.fields, FieldName.NUMBER: Field(number, 1.0, (), Origin.INITIAL)}
    stored = Draft(made.call, fields, made.made)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    inserted = await session.execute(
        dialect.insert(TicketRow)
        .values(
            id=ticket_id,
            number=number,
            call=made.call,
            node=node,
            status=DRAFT,
            **_columns(stored),
            model=model,
            fields=stored.to_json(),
            made=made.made.to_json(),
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["call"])
        .returning(TicketRow.id)
    )
    return inserted.scalar_one_or_none() is not None


def _columns(draft: Draft) -> dict[str, Any]:
    """Return what is repeated in columns of its own, for lists and figures."""
    return {
        "kind": draft.value(FieldName.KIND),
        "domain": draft.value(FieldName.DOMAIN),
        "urgency": draft.value(FieldName.URGENCY),
        "title": _cut(draft.value(FieldName.TITLE), 80),
        "place": _cut(draft.value(FieldName.PLACE), 200),
        "risk_grade": draft.value(FieldName.RISK_GRADE),
        "confidential": bool(draft.value(FieldName.CONFIDENTIAL)),
    }


def _cut(value: object, length: int) -> str | None:
    return None if value is None else str(value)[:length]


async def find(session: AsyncSession, key: str) -> TicketRow | None:
    """Return a ticket by its id, its number or its call."""
    found = select(TicketRow).where(
        (TicketRow.id == key) | (TicketRow.number == key) | (TicketRow.call == key)
    )
    return (await session.scalars(found)).first()


async def newest(session: AsyncSession, *, limit: int, kind: str | None = None) -> list[TicketRow]:
    """Return the newest tickets, of one kind when it is given."""
    rows = select(TicketRow).order_by(TicketRow.created_at.desc(), TicketRow.id.desc()).limit(limit)
    if kind is not None:
        rows = rows.where(TicketRow.kind == kind)
    return list(await session.scalars(rows))
