"""What tickets are found again by: their caller, their matter and place, their group (R-R-4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ...core.db import Base, UtcDateTime


class TicketMatterRow(Base):
    """One ticket as repeats are counted; derived from the ticket, written with it."""

    __tablename__ = "ticket_matters"
    __table_args__ = (
        Index("ix_ticket_matters_caller", "caller", "created_at"),
        Index("ix_ticket_matters_cluster", "cluster", "created_at"),
        Index("ix_ticket_matters_created_at", "created_at"),
    )

    ticket: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    call: Mapped[str] = mapped_column(String(150))
    node: Mapped[str] = mapped_column(String(40))
    caller: Mapped[str] = mapped_column(String(40))
    """``repeats.caller_key``; personal data, empty for a withheld number."""
    kind: Mapped[str | None] = mapped_column(String(10))
    domain: Mapped[str | None] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(80))
    cluster: Mapped[str | None] = mapped_column(String(26))
    """The first ticket of the group on this matter and place; None for what makes no group."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TicketPlaceKeyRow(Base):
    """One run of sounds of a ticket's place; its key's order is the way it is searched."""

    __tablename__ = "ticket_place_keys"

    domain: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    ticket: Mapped[str] = mapped_column(String(26), primary_key=True)
