"""The rows of who may come in: users, their sessions, programs' tokens, failed sign-ins, the access log.

No secret stands here as it is: passwords by argon2, sessions and tokens by the SHA-256 of 256 random bits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Json, UtcDateTime


class UserRow(Base):
    """A person who signs in; never removed, so that entries of the access log keep their meaning."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    user: Mapped[str] = mapped_column(String(40), unique=True)
    """The name to sign in by."""
    name: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    agent: Mapped[str | None] = mapped_column(String(20), unique=True)
    """The agent's number that this person works with."""
    password: Mapped[str | None] = mapped_column(String(200))
    """Encoded by argon2; none for who comes by single sign-on alone."""
    must_change: Mapped[bool] = mapped_column(default=False)
    """Whether somebody else knows the password: it opens nothing but its own change."""
    subject: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of issuer and subject of the single sign-on."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(60))
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionRow(Base):
    """One browser that is signed in."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user", "user"), Index("ix_user_sessions_ends", "ends_at"))

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie."""
    user: Mapped[str] = mapped_column(String(26))
    """The user's ``id``."""
    way: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(60))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    id_token: Mapped[str | None] = mapped_column(Text)
    """What the single sign-on said of the person, for the sign-out there; it opens nothing."""


class ApiTokenRow(Base):
    """A program's token; a revoked one stays for the log's sake."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the token."""
    role: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(60))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FailureRow(Base):
    """How often a sign-in failed in a row, by account or by known browser."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of what is counted: names that were typed may be passwords, and are not kept."""
    count: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the last one was."""


class AccessRow(Base):
    """One entry of the access log; the database refuses to change or remove it (migration)."""

    __tablename__ = "access_log"
    __table_args__ = (
        Index("ix_access_log_at", "at"),
        Index("ix_access_log_who", "who"),
        Index("ix_access_log_subject", "subject"),
    )

    node: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """1, 2, 3, …: a gap is a removed entry."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20))
    via: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(300))
    """What was looked at or changed, e.g. ``call/node1-1795320000.12``."""
    reason: Mapped[str] = mapped_column(String(200))
    result: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    previous: Mapped[str] = mapped_column(String(64))
    """``hash`` of the entry before, of 64 zeros for the first."""
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of all the above in canonical JSON."""
