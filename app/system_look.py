"""The node's own health for the API: parts, disk, database, switch, and what the doctor says."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .. import __version__
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.settings import Settings
from ..web.live import Live
from . import doctor, schema
from .doctor_node import existing
from .health import Health

FRESH_S = 30.0
"""So long the doctor's findings are told again without a new look: it reads many files."""
_STORE_LIMIT_S = 3.0


class SystemLook:
    """Looks at a node from inside; the doctor looks in a thread of its own, once for all who ask."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        health: Health,
        live: Callable[[], Live],
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._settings = settings
        self._database = database
        self._health = health
        self._live = live
        self._begun = clock()
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._findings: list[dict[str, Any]] = []

    async def look(self, *, findings: bool) -> dict[str, Any]:
        """Return the node's health as ``web.models.service.SystemAnswer`` says."""
        live, site = self._live(), self._settings.site
        return {
            "node": site.node,
            "site": site.name,
            "version": __version__,
            "started_at": self._begun,
            "parts": self._health.parts(),
            "problems": list(live.problems),
            "findings": await self._doctor() if findings else None,
            "disk": await asyncio.to_thread(_disk, self._settings.state),
            "database": await self._store(),
            "switch": {"connected": live.switch_connected, "open_calls": live.open_calls},
            "memory_bytes": _memory(),
            "cpu_s": time.process_time(),
        }

    async def _doctor(self) -> list[dict[str, Any]]:
        async with self._looking:
            if time.monotonic() - self._looked_at >= FRESH_S:
                found = await asyncio.to_thread(asyncio.run, doctor.examine_node(self._settings))
                self._findings = [
                    {"name": one.check, "state": one.status, "text": one.message, "mend": one.mend}
                    for one in found
                ]
                self._looked_at = time.monotonic()
            return self._findings

    async def _store(self) -> dict[str, Any]:
        newest = schema.head() or ""
        version: str | None = None
        try:
            async with asyncio.timeout(_STORE_LIMIT_S), self._database.read() as session:
                version = await session.scalar(text("SELECT version_num FROM alembic_version"))
        except (SQLAlchemyError, OSError, TimeoutError):
            pass  # told by what is not there
        kind = "sqlite" if self._database.is_sqlite else "postgresql"
        return {"kind": kind, "schema_version": version, "newest": newest, "ok": version == newest}


def _disk(state: Path) -> dict[str, Any]:
    usage = shutil.disk_usage(existing(state))
    return {"path": str(state), "total_bytes": usage.total, "free_bytes": usage.free}


def _memory() -> int | None:
    """Return what the process holds of the machine's memory; None where that cannot be read."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
