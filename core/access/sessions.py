"""Sessions of people's pages: in the database by their hash, with an idle and an absolute end.

A cookie alone tells nothing of a user, and a stolen database opens no session: only hashes stand in it.
While the database is away, who asked a short while before is still known: an agent's key for 110 must work.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from ..clock import Clock, utc_now
from ..db import Database
from ..roles import Role
from .identity import Identity
from .secret_words import digest, new_secret
from .tables import SessionRow, UserRow

log = structlog.get_logger(__name__)

TOUCH_AFTER = timedelta(seconds=60)
"""Being used is noted so often at most: not every request writes."""
MOST_OF_A_USER = 10
"""More browsers at a time end the one that was signed in first."""
WITHOUT_DATABASE = timedelta(minutes=15)
"""So long after the database last confirmed a session it is taken from memory while the database is away."""
_MOST_KNOWN = 5000


@dataclass(frozen=True)
class Ended:
    """How a session that is over had begun; ``id_token`` of one by single sign-on."""

    way: str
    id_token: str | None


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(
        self, database: Database, *, idle: timedelta, longest: timedelta, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self.idle = idle
        self.longest = longest
        self._clock = clock
        self._known: OrderedDict[str, tuple[Identity, datetime]] = OrderedDict()

    async def begin(self, user: UserRow, *, way: str, address: str, id_token: str | None = None) -> str:
        """Begin a session of a user and return what the cookie holds; nothing else can open it."""
        secret, now = new_secret(), self._clock()
        row = SessionRow(
            key=digest(secret),
            user=user.id,
            way=way,
            address=address[:60],
            begun_at=now,
            seen_at=now,
            ends_at=now + self.longest,
            id_token=id_token,
        )
        newest = (
            select(SessionRow.key)
            .where(SessionRow.user == user.id)
            .order_by(SessionRow.begun_at.desc(), SessionRow.key)
            .limit(MOST_OF_A_USER)
            .scalar_subquery()
        )
        async with self._database.write() as session:
            session.add(row)
            await session.flush()
            await session.execute(
                delete(SessionRow).where(SessionRow.user == user.id, SessionRow.key.not_in(newest))
            )
            await session.execute(update(UserRow).where(UserRow.id == user.id).values(signed_in_at=now))
        return secret

    async def find(self, secret: str) -> Identity | None:
        """Return whose session this is; None when there is none, it is over, or its user is disabled.

        Raises what the database raises, unless it confirmed this session a short while ago.
        """
        key, now = digest(secret), self._clock()
        try:
            identity = await self._stored(key, now)
        except (SQLAlchemyError, OSError) as error:
            known, confirmed_at = self._known.get(key, (None, now))
            if known is None or now - confirmed_at >= WITHOUT_DATABASE:
                raise
            log.warning("session taken from memory", who=known.user, reason=type(error).__name__)
            return known
        self._known.pop(key, None)
        if identity is not None:
            self._known[key] = identity, now
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return identity

    async def _stored(self, key: str, now: datetime) -> Identity | None:
        query = (
            select(SessionRow, UserRow)
            .join(UserRow, UserRow.id == SessionRow.user)
            .where(SessionRow.key == key, *self._open(now))
        )
        async with self._database.read() as session:
            found = (await session.execute(query)).first()
        if found is None:
            return None
        row, user = found
        if now - row.seen_at >= TOUCH_AFTER:
            await self.touch([key])
        try:
            role = Role(user.role)
        except ValueError:
            return None
        return Identity(
            user.user, user.name, role, "session", user.agent, key=key, must_change=user.must_change
        )

    async def ends_at(self, key: str) -> datetime | None:
        """Return when a session ends at the latest."""
        async with self._database.read() as session:
            return await session.scalar(select(SessionRow.ends_at).where(SessionRow.key == key))

    async def touch(self, keys: Collection[str]) -> None:
        """Note that sessions are used; one that cannot be noted ends earlier, no more."""
        statement = update(SessionRow).where(SessionRow.key.in_(keys)).values(seen_at=self._clock())
        try:
            async with self._database.write(derived=True) as session:
                await session.execute(statement)
        except (SQLAlchemyError, OSError) as error:
            log.warning("use of a session was not noted", reason=type(error).__name__)

    async def end(self, secret: str) -> Ended | None:
        """End a session, whatever text comes in, and return how it had begun; None when there was none."""
        key = digest(secret)
        self._known.pop(key, None)
        async with self._database.write() as session:
            row = await session.get(SessionRow, key)
            await session.execute(delete(SessionRow).where(SessionRow.key == key))
            return None if row is None else Ended(row.way, row.id_token)

    async def still_open(self, keys: Collection[str]) -> frozenset[str]:
        """Return which of these sessions are still open."""
        query = (
            select(SessionRow.key)
            .join(UserRow, UserRow.id == SessionRow.user)
            .where(SessionRow.key.in_(keys), *self._open(self._clock()))
        )
        async with self._database.read() as session:
            return frozenset(await session.scalars(query))

    async def sweep(self) -> None:
        """Remove sessions that are over."""
        now = self._clock()
        statement = delete(SessionRow).where(
            or_(SessionRow.ends_at <= now, SessionRow.seen_at <= now - self.idle)
        )
        async with self._database.write() as session:
            await session.execute(statement)

    def _open(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        return (
            SessionRow.ends_at > now,
            SessionRow.seen_at > now - self.idle,
            UserRow.disabled_at.is_(None),
        )
