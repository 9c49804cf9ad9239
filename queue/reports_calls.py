"""Calls for a report, one after the other from the store: memory does not grow with the period."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from sqlalchemy import Table, select

from ..core.clock import from_us, to_us
from ..core.db import Database
from ..telephony.tables import CallRow
from .definitions import DAY_US
from .figure_calls import FigureCall, of_row
from .reports_period import Period

_BATCH = 2000
_NOT_READ = frozenset({"facts", "number", "did", "trunk", "files_done"})
"""What no figure needs: the record itself, and all that is personal."""


async def calls_of(database: Database, period: Period) -> AsyncIterator[FigureCall]:
    """Give the calls whose t1 lies in the period or in the 24 h before it, in the order of t1."""
    table = cast("Table", CallRow.__table__)
    columns = [column for column in table.columns if column.name not in _NOT_READ]
    query = (
        select(*columns)
        .where(CallRow.t1 >= from_us(to_us(period.since) - DAY_US), CallRow.t1 < period.until)
        .order_by(CallRow.t1, CallRow.id)
        .execution_options(yield_per=_BATCH)
    )
    async with database.read() as session:
        async for row in await session.stream(query):
            yield of_row(cast("CallRow", row))  # the columns it reads have the same names
