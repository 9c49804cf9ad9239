"""The table of the agents' spells, as the switch's journal of queues told them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, UtcDateTime


class AgentSpellRow(Base):
    """A spell of an agent (``agent_times.SpellKind``); spells of one kind never overlap.

    ``began`` has the second of the journal and, in its microseconds, the line's place in that second.
    """

    __tablename__ = "agent_spells"
    __table_args__ = (Index("ix_agent_spells_ended", "ended"), Index("ix_agent_spells_began", "began"))

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    agent: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    began: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    reason: Mapped[str] = mapped_column(String(60))
    """A pause's reason; the queue of an unanswered ring; else empty."""
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None while it lasts."""
