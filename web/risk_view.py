"""The re-check of risk marks, read from the store for the API."""

from __future__ import annotations

from ..core.db import Database
from ..ticket_bridge.checks.risk_marks import MarkState, RiskMarks, risk_marks


class Risks:
    """Reads the marks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def marks(self, state: MarkState, *, limit: int) -> RiskMarks:
        """Return marks of one state."""
        async with self._database.read() as session:
            return await risk_marks(session, state, limit=limit)
