"""Checks of who may come in: whether there are users, and whether the access log is as it was written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..core.access.access_log import verify
from ..core.db import Database
from ..core.settings import Settings
from ..web.door import open_access
from . import schema
from .finding import Finding, fail, ok, warn

NEWEST = 5000
"""Entries of a node that are looked at; `hotline access-log verify` looks at all."""
_ADD = "hotline user add NAME --role admin, so that the log knows who it was"


async def access(settings: Settings) -> Iterable[Finding]:
    """Say whether people sign in by names of their own, and prove the access log."""
    if not _is_there(settings):
        return [ok("access", "nobody yet: the [web] token signs in as administrator")]
    database = Database(settings.database)
    try:
        if not await schema.is_current(database):
            return []
        counts, faults = await verify(database, state=settings.state, newest=NEWEST)
        there_are = await open_access(settings, database).users.there_are()
    except (SQLAlchemyError, OSError):
        return []  # what the database lacks is told by its own check
    finally:
        await database.close()
    if faults:
        first = faults[0]
        where = f"node {first.node}, entry {first.seq}: {first.fault}"
        return [fail("access", f"the access log was changed ({where})", "hotline access-log verify")]
    told = f"the access log is whole (its newest {sum(counts.values())} entries)"
    shared = (
        _ADD if settings.web.host not in ("127.0.0.1", "::1", "localhost") or settings.web.public_url else ""
    )
    if not there_are and shared:
        return [warn("access", f"everybody signs in by the one [web] token; {told}", shared)]
    return [ok("access", told)]


def _is_there(settings: Settings) -> bool:
    """Tell whether there is a database: looking at SQLite's would make one."""
    file = make_url(settings.database).database
    return not settings.database.startswith("sqlite") or (file is not None and Path(file).exists())
