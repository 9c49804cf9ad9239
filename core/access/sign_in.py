"""Sign-in by password, with a lock-out that strangers cannot turn against those who work here.

Failures are counted before the password is checked, in the database, so that neither many tries at once nor
a restart gives more of them. A browser in which a user has signed in before is counted by itself: who does
not have it locks himself out, and not the agent whose name he guesses at (docs/adr/0171).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from ..clock import Clock, utc_now
from ..db import Database
from .errors import LockedError, WrongSignInError
from .passwords import Passwords, normal
from .secret_words import digest
from .tables import FailureRow, UserRow
from .users import Users


class SignIn:
    """Checks names and passwords; ``tries`` wrong ones in a row lock for ``locked``."""

    def __init__(
        self,
        database: Database,
        users: Users,
        passwords: Passwords,
        *,
        tries: int,
        locked: timedelta,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._users = users
        self._passwords = passwords
        self._tries = tries
        self._locked = locked
        self._clock = clock

    async def by_password(self, user: str, password: str, *, browser: str = "") -> UserRow:
        """Return the user; raises ``WrongSignInError`` and ``LockedError``.

        ``browser`` is the mark of a browser that is known to be this user's, "" for an unknown one. A name
        that nobody has is counted, locked and checked as long as any other.
        """
        account = normal(user.strip())[:80].casefold()
        key = digest("browser", account, browser) if browser else digest("account", account)
        await self._count(key)
        row = await self._users.find(account)
        right = await self._passwords.is_right(None if row is None else row.password, password)
        if row is None or not right or row.disabled_at is not None:
            raise WrongSignInError(
                "user or password is wrong", mend="ask an administrator for a new password"
            )
        await self.forgive(key)
        return row

    async def unlock(self, user: str) -> None:
        """Let an account be tried again at once."""
        await self.forgive(digest("account", normal(user.strip()).casefold()))

    async def locked(self, users: Sequence[str]) -> dict[str, datetime]:
        """Return until when which of these accounts are locked."""
        keys = {digest("account", user): user for user in users}
        query = select(FailureRow).where(FailureRow.key.in_(keys), FailureRow.count >= self._tries)
        async with self._database.read() as session:
            found = {keys[row.key]: row.at + self._locked for row in await session.scalars(query)}
        now = self._clock()
        return {user: until for user, until in found.items() if until > now}

    async def forgive(self, key: str) -> None:
        """Forget the failures that are counted under a key."""
        async with self._database.write() as session:
            await session.execute(delete(FailureRow).where(FailureRow.key == key))

    async def sweep(self) -> None:
        """Remove counts that are over."""
        async with self._database.write() as session:
            await session.execute(delete(FailureRow).where(FailureRow.at < self._clock() - self._locked))

    async def _count(self, key: str) -> None:
        """Count a try as failed before it is made; raises ``LockedError`` when there were too many."""
        now = self._clock()
        count, at = await self._one_more(key, now)
        if count <= self._tries:
            return
        seconds = max(1, round((at + self._locked - now).total_seconds()))
        raise LockedError(
            "too many wrong passwords", mend=f"wait {seconds // 60 + 1} minutes, or ask", seconds=seconds
        )

    async def _one_more(self, key: str, now: datetime) -> tuple[int, datetime]:
        """Return how many there were with this one, and when the last one was that counted for the lock."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        is_over = FailureRow.at <= now - self._locked
        statement = (
            dialect.insert(FailureRow)
            .values(key=key, count=1, at=now)
            .on_conflict_do_update(
                index_elements=[FailureRow.key],
                set_={
                    "count": case((is_over, 1), else_=FailureRow.count + 1),
                    "at": case((or_(is_over, FailureRow.count < self._tries), now), else_=FailureRow.at),
                },
            )
            .returning(FailureRow.count, FailureRow.at)
        )
        async with self._database.write() as session:
            return (await session.execute(statement)).one()
