"""Users: who there is, in which role, and what changes end their sessions at once.

A change that takes something from a user (role, agent's number, password, being enabled) ends every session
of that user in the same transaction: there is no moment at which the old right still opens a door.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ..clock import Clock, IdMaker, new_id, utc_now
from ..db import Database
from ..errors import InvalidInputError, NotFoundError
from ..roles import Role
from .errors import TakenError
from .passwords import Passwords, checked, normal
from .tables import SessionRow, UserRow

_USER = re.compile(r"[^\W_][\w.@-]{1,39}")
_RESERVED = frozenset({"token", "api", "service", "wall", "metrics", "system", "nobody"})
"""Names that logs use for what is no person."""
_AGENT = re.compile(r"[0-9]{1,20}", re.ASCII)
_LONGEST_NAME = 40
_SYLLABLES = [first + last for first in "bdfghjklmnprstwxyz" for last in ("a", "e", "i", "o", "u")]


@dataclass(frozen=True)
class NewUser:
    """A user to be added; the values are checked by ``Users.add``."""

    user: str
    name: str
    role: Role
    agent: str | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Change:
    """What is to become otherwise; None stays as it is, an empty ``agent`` takes the number away."""

    name: str | None = None
    role: Role | None = None
    agent: str | None = None
    disabled: bool | None = None


def user_name(text: str) -> str:
    """Return the one form of a name to sign in by; raises ``InvalidInputError``."""
    name = normal(text).strip().casefold()
    if not _USER.fullmatch(name) or name in _RESERVED:
        raise InvalidInputError(
            "this cannot be a user's name", mend="2 to 40 letters, digits, '.', '_', '-', such as wangfang"
        )
    return name


def made_up_password() -> str:
    """Return a password to be told to somebody once: about 70 random bits that can be read aloud."""
    word = "".join(secrets.choice(_SYLLABLES) for _ in range(9))
    return f"{word[:6]}-{word[6:12]}-{word[12:]}-{secrets.randbelow(9000) + 1000}"


class Users:
    """Adds and changes users; ``agents`` are the numbers of the settings."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        *,
        agents: frozenset[str] = frozenset(),
        clock: Clock = utc_now,
        make_id: IdMaker = new_id,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._agents = agents
        self._clock = clock
        self._make_id = make_id

    async def add(self, new: NewUser, password: str | None, *, by: str, must_change: bool = True) -> UserRow:
        """Add a user; raises ``InvalidInputError``, ``WeakPasswordError`` and ``TakenError``."""
        name = user_name(new.user)
        row = UserRow(
            id=self._make_id(),
            user=name,
            name=_shown_name(new.name or name),
            role=new.role.value,
            agent=self._agent(new.agent),
            password=None if password is None else await self._passwords.hash(checked(password, name)),
            must_change=password is not None and must_change,
            subject=new.subject,
            created_at=self._clock(),
            created_by=by[:60],
        )
        try:
            async with self._database.write() as session:
                session.add(row)
        except IntegrityError as error:
            raise TakenError(
                "the user's name or the agent's number is taken", mend="`hotline user list` shows them"
            ) from error
        return row

    async def change(self, user: str, change: Change) -> UserRow:
        """Change a user and end the sessions; raises ``NotFoundError`` and ``TakenError``."""
        try:
            async with self._database.write() as session:
                row = await _one(session, user)
                if change.name is not None:
                    row.name = _shown_name(change.name)
                if change.role is not None:
                    row.role = change.role.value
                if change.agent is not None:
                    row.agent = self._agent(change.agent)
                if change.disabled is not None:
                    row.disabled_at = (row.disabled_at or self._clock()) if change.disabled else None
                if change.role is not None or change.agent is not None or change.disabled is not None:
                    await _end_sessions(session, row.id)
                return row
        except IntegrityError as error:
            raise TakenError(
                "another user has this agent's number", mend="`hotline user list` shows them"
            ) from error

    async def set_password(self, user: str, password: str, *, must_change: bool, keep: str = "") -> None:
        """Give a user a new password and end all sessions but ``keep``; raises ``WeakPasswordError``."""
        encoded = await self._passwords.hash(checked(password, user_name(user)))
        async with self._database.write() as session:
            row = await _one(session, user)
            row.password, row.must_change = encoded, must_change
            await _end_sessions(session, row.id, keep=keep)

    async def sign_out(self, user: str) -> int:
        """End every session of a user and return how many there were."""
        async with self._database.write() as session:
            row = await _one(session, user)
            return await _end_sessions(session, row.id)

    async def find(self, user: str) -> UserRow | None:
        """Return a user by name; whatever text comes in."""
        try:
            name = user_name(user)
        except InvalidInputError:
            return None
        async with self._database.read() as session:
            return await session.scalar(select(UserRow).where(UserRow.user == name))

    async def by_subject(self, subject: str) -> UserRow | None:
        """Return the user of a single sign-on's subject."""
        async with self._database.read() as session:
            return await session.scalar(select(UserRow).where(UserRow.subject == subject))

    async def list(self, *, limit: int = 200, after: str = "") -> Sequence[dict[str, Any]]:
        """Return users in the order of their names, each with the number of open sessions."""
        now = self._clock()
        count = (
            select(func.count())
            .where(SessionRow.user == UserRow.id, SessionRow.ends_at > now)
            .scalar_subquery()
        )
        query = select(UserRow, count).where(UserRow.user > after).order_by(UserRow.user).limit(limit)
        async with self._database.read() as session:
            return [shown(row, sessions=open_now) for row, open_now in (await session.execute(query))]

    async def there_are(self) -> bool:
        """Tell whether anybody was ever added."""
        async with self._database.read() as session:
            return await session.scalar(select(UserRow.id).limit(1)) is not None

    def _agent(self, number: str | None) -> str | None:
        if not number:
            return None
        if not _AGENT.fullmatch(number) or number not in self._agents:
            raise InvalidInputError(
                f"there is no agent {number[:20]!r}", mend="see [[agents]] in hotline.toml"
            )
        return number


def shown(row: UserRow, *, sessions: int = 0) -> dict[str, Any]:
    """Return a user for a list; nothing of the password."""
    moments: dict[str, datetime | None] = {
        "created_at": row.created_at,
        "signed_in_at": row.signed_in_at,
        "disabled_at": row.disabled_at,
    }
    return {
        "id": row.id,
        "user": row.user,
        "name": row.name,
        "role": row.role,
        "agent": row.agent,
        "password": row.password is not None,
        "must_change": row.must_change,
        "oidc": row.subject is not None,
        "sessions": sessions,
        **moments,
    }


async def _one(session: AsyncSession, user: str) -> UserRow:
    query = select(UserRow).where(UserRow.user == user_name(user)).with_for_update()
    row = await session.scalar(query)
    if row is None:
        raise NotFoundError(f"there is no user {user[:40]!r}", mend="`hotline user list` shows them")
    return row


async def _end_sessions(session: AsyncSession, user_id: str, *, keep: str = "") -> int:
    ended = await session.execute(
        delete(SessionRow).where(SessionRow.user == user_id, SessionRow.key != keep).returning(SessionRow.key)
    )
    return len(ended.all())


def _shown_name(text: str) -> str:
    name = text.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidInputError("this cannot be a name", mend=f"1 to {_LONGEST_NAME} signs, such as 王芳")
    return name
