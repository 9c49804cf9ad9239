"""What the commands of users, tokens and the access log share: the store, and the entry of each change."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..core.access.chain import Entry, Plain
from ..core.db import Database
from ..core.settings import Settings
from ..web.door import Access, open_access
from .common import run

T = TypeVar("T")


def with_access(settings: Settings, ask: Callable[[Access], Awaitable[T]]) -> T:
    """Open the store, return what ``ask`` makes of it, and close it; raises ``StoreAwayError``."""

    async def asked() -> T:
        database = Database(settings.database)
        try:
            return await ask(open_access(settings, database))
        finally:
            await database.close()

    return run(asked())


def operator() -> str:
    """Return who types this command, as the access log names it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return "cli"


async def note(access: Access, action: str, subject: str, **details: Plain) -> None:
    """Note a change before it is made."""
    await access.log.add(
        Entry(operator(), action, subject, role="admin", via="cli", address="local", details=details)
    )
