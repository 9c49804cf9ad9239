"""Tokens of programs: shown once, kept by their hash, limited by role, scopes and an end.

A scope is ``read``, ``write``, either for one part of the API alone (``read:calls``), or ``personal``:
numbers and names whole, recordings, transcripts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from ..clock import Clock, IdMaker, new_id, utc_now
from ..db import Database
from ..errors import InvalidInputError, NotFoundError
from ..roles import Role
from .identity import PERSONAL, READ, WRITE, Identity
from .secret_words import TOKEN_MARK, digest, new_token
from .tables import ApiTokenRow

log = structlog.get_logger(__name__)

MOST_DAYS = 730
_SCOPE = re.compile(rf"{READ}|{WRITE}|{PERSONAL}|({READ}|{WRITE}):[a-z][a-z-]{{1,30}}", re.ASCII)
_MOST_SCOPES = 20
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}", re.ASCII)
_TOUCH_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class NewToken:
    """A token to be made; ``days`` from now it ends."""

    name: str
    role: Role
    scopes: Sequence[str] = (READ,)
    days: int = 90


class ApiTokens:
    """Makes, finds and revokes tokens."""

    def __init__(self, database: Database, *, clock: Clock = utc_now, make_id: IdMaker = new_id) -> None:
        self._database = database
        self._clock = clock
        self._make_id = make_id

    async def create(self, new: NewToken, *, by: str) -> tuple[str, dict[str, Any]]:
        """Return a new token, which nobody can ask for again, and how it is listed."""
        if not _NAME.fullmatch(new.name):
            raise InvalidInputError("this cannot be a token's name", mend="such as city-tickets")
        if not 1 <= new.days <= MOST_DAYS:
            raise InvalidInputError(f"a token lives 1 to {MOST_DAYS} days", mend="make a new one in time")
        scopes = sorted(set(new.scopes))
        if not scopes or len(scopes) > _MOST_SCOPES or not all(_SCOPE.fullmatch(one) for one in scopes):
            raise InvalidInputError("no such scope", mend="read, write, personal, read:AREA or write:AREA")
        token, now = new_token(), self._clock()
        row = ApiTokenRow(
            id=self._make_id(),
            name=new.name,
            key=digest(token),
            role=new.role.value,
            scopes=scopes,
            created_at=now,
            created_by=by[:60],
            expires_at=now + timedelta(days=new.days),
        )
        async with self._database.write() as session:
            session.add(row)
        return token, _shown(row)

    async def find(self, token: str) -> Identity | None:
        """Return who comes with a token; None when it is none, over, or revoked."""
        if not token.startswith(TOKEN_MARK):
            return None
        now = self._clock()
        query = select(ApiTokenRow).where(ApiTokenRow.key == digest(token), *_good(now))
        async with self._database.read() as session:
            row = await session.scalar(query)
        if row is None:
            return None
        if row.last_used_at is None or now - row.last_used_at >= _TOUCH_AFTER:
            await self._touch(row.id, now)
        try:
            role = Role(row.role)
        except ValueError:
            return None
        return Identity(f"token:{row.name}", row.name, role, "api-token", None, frozenset(row.scopes), row.id)

    async def revoke(self, token_id: str) -> dict[str, Any]:
        """End a token at once; raises ``NotFoundError``."""
        async with self._database.write() as session:
            row = await session.scalar(
                select(ApiTokenRow).where(ApiTokenRow.id == token_id[:26]).with_for_update()
            )
            if row is None:
                raise NotFoundError("there is no such token", mend="`hotline token list` shows them")
            row.revoked_at = row.revoked_at or self._clock()
            return _shown(row)

    async def list(self) -> list[dict[str, Any]]:
        """Return every token, the newest first; nothing that opens a door."""
        query = select(ApiTokenRow).order_by(ApiTokenRow.created_at.desc(), ApiTokenRow.id).limit(500)
        async with self._database.read() as session:
            return [_shown(row) for row in await session.scalars(query)]

    async def still_good(self, ids: Collection[str]) -> frozenset[str]:
        """Return which of these tokens still open a door."""
        query = select(ApiTokenRow.id).where(ApiTokenRow.id.in_(ids), *_good(self._clock()))
        async with self._database.read() as session:
            return frozenset(await session.scalars(query))

    async def _touch(self, token_id: str, now: datetime) -> None:
        try:
            async with self._database.write(derived=True) as session:
                await session.execute(
                    update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(last_used_at=now)
                )
        except (SQLAlchemyError, OSError) as error:
            log.warning("use of a token was not noted", reason=type(error).__name__)


def _good(now: datetime) -> tuple[Any, Any]:
    return ApiTokenRow.expires_at > now, ApiTokenRow.revoked_at.is_(None)


def _shown(row: ApiTokenRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "scopes": list(row.scopes),
        "created_at": row.created_at,
        "created_by": row.created_by,
        "expires_at": row.expires_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    }
