"""Where the robot's work is kept: campaigns, callbacks, attempts, people, lines.

The way to the next row to dial goes along ``ix_robot_callbacks_lane`` alone: its cost does not depend on how
many rows wait. A person is one row, so that "one call at a time" and "never again" are one update each.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import Base, Json, UtcDateTime


class CampaignRow(Base):
    """A set of callbacks that is paused, resumed and cancelled as one."""

    __tablename__ = "robot_campaigns"
    __table_args__ = (Index("ix_robot_campaigns_state", "state"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    """``model.CampaignState``."""
    lines: Mapped[int | None]
    """Calls at a time, at most; empty: as many as the trunks have."""
    hours: Mapped[list[str]] = mapped_column(Json)
    """Opening hours that narrow those of the site; empty: those of the site."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LaneRow(Base):
    """A priority that a campaign has rows of: what the search for the next row goes through."""

    __tablename__ = "robot_lanes"

    campaign: Mapped[str] = mapped_column(String(40), primary_key=True)
    priority: Mapped[int] = mapped_column(primary_key=True)


class CallbackRow(Base):
    """One matter that one person is to be asked about."""

    __tablename__ = "robot_callbacks"
    __table_args__ = (
        UniqueConstraint("same"),
        Index("ix_robot_callbacks_lane", "campaign", "priority", "state", "next_at", "id"),
        Index("ix_robot_callbacks_latest", "state", "latest"),
        Index("ix_robot_callbacks_phone", "phone", "state"),
        Index("ix_robot_callbacks_ticket", "ticket"),
        Index("ix_robot_callbacks_campaign", "campaign", "state", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    same: Mapped[str] = mapped_column(String(80))
    """What nobody is asked about twice: ticket and day of its handling, unless it was cancelled."""
    campaign: Mapped[str] = mapped_column(String(40))
    ticket: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    """As ``phones.canonical`` gives it; personal data, as ``person`` and ``matter`` are."""
    person: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    matter: Mapped[str] = mapped_column(String(200))
    handled_on: Mapped[date | None] = mapped_column(Date)
    dialogue: Mapped[str] = mapped_column(String(40))
    priority: Mapped[int]
    earliest: Mapped[datetime | None] = mapped_column(UtcDateTime)
    latest: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(default=0)
    """Attempts that count; ``outcomes`` has all of them."""
    outcomes: Mapped[list[str]] = mapped_column(Json)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AttemptRow(Base):
    """One call: stored before it is dialled, known to the switch by the same id."""

    __tablename__ = "robot_attempts"
    __table_args__ = (
        Index("ix_robot_attempts_callback", "callback", "at"),
        Index("ix_robot_attempts_open", "state", "node", "trunk"),
        Index("ix_robot_attempts_at", "at"),
    )

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    callback: Mapped[str] = mapped_column(String(26))
    campaign: Mapped[str] = mapped_column(String(40))
    node: Mapped[str] = mapped_column(String(40))
    trunk: Mapped[str] = mapped_column(String(40))
    line: Mapped[str] = mapped_column(String(20))
    """The number that the person sees."""
    number: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(20))
    cause: Mapped[int | None]
    heard: Mapped[str] = mapped_column(Text, default="")
    """What the network's announcement said."""
    recording: Mapped[str] = mapped_column(String(300), default="")
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    """What the node needs to know of it after a restart (version of the dialogue, sounds)."""


class AnswerRow(Base):
    """What was said to one question of one attempt; ``seq`` counts from 1 in the order of the call."""

    __tablename__ = "robot_answers"
    __table_args__ = (Index("ix_robot_answers_callback", "callback"),)

    attempt: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    callback: Mapped[str] = mapped_column(String(26))
    question: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(40))
    given: Mapped[str] = mapped_column(String(10))
    turn: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float] = mapped_column(Float)
    start_ms: Mapped[int]
    end_ms: Mapped[int]


class ResultRow(Base):
    """What came of a callback; unit, kind and day are repeated for the rates."""

    __tablename__ = "robot_results"
    __table_args__ = (
        Index("ix_robot_results_ended_at", "ended_at"),
        Index("ix_robot_results_campaign", "campaign", "ended_at"),
        Index("ix_robot_results_ticket", "ticket"),
    )

    callback: Mapped[str] = mapped_column(String(26), primary_key=True)
    attempt: Mapped[str | None] = mapped_column(String(80))
    """None when nobody was ever reached."""
    campaign: Mapped[str] = mapped_column(String(40))
    ticket: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    """The state that the callback ended in."""
    outcome: Mapped[str] = mapped_column(String(20))
    """Of the last attempt; empty without one."""
    consent: Mapped[str] = mapped_column(String(10))
    contacted: Mapped[str] = mapped_column(String(10))
    solved: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[list[str]] = mapped_column(Json)
    remarks: Mapped[str] = mapped_column(Text)
    recording: Mapped[str] = mapped_column(String(300))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person of the hotline verified a bad mark (R-CB-6)."""
    checked_by: Mapped[str | None] = mapped_column(String(60))
    check_note: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PersonRow(Base):
    """A telephone number that is being called, was called lately, or is never to be called again."""

    __tablename__ = "robot_people"
    __table_args__ = (Index("ix_robot_people_quiet_at", "quiet_at"),)

    phone: Mapped[str] = mapped_column(String(20), primary_key=True)
    attempt: Mapped[str | None] = mapped_column(String(80))
    """The attempt under way: no other one begins meanwhile."""
    free_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """No other one begins before."""
    day: Mapped[date | None] = mapped_column(Date)
    """The site's day that ``calls`` counts."""
    calls: Mapped[int] = mapped_column(default=0)
    quiet_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when nobody may call: the quiet list (R-CB-1)."""
    quiet_why: Mapped[str] = mapped_column(String(60), default="")
    quiet_by: Mapped[str] = mapped_column(String(60), default="")


class LineRow(Base):
    """A number of ours on a node's trunk: its limits are counted here, under this row's lock."""

    __tablename__ = "robot_lines"

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    trunk: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    calls: Mapped[int] = mapped_column(default=0)
    credit: Mapped[float] = mapped_column(Float, default=0.0)
    """Calls that may begin at once, by the limit of calls in a second."""
    credited_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FollowRow(Base):
    """How far a source of callbacks was read: the tickets whose state asks for one."""

    __tablename__ = "robot_follows"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    read_to: Mapped[datetime] = mapped_column(UtcDateTime)
    last: Mapped[str] = mapped_column(String(40))
