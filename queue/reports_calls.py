"""Calls for a report, one after the other from the store: memory does not grow with the period."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..core.clock import to_us
from ..core.db import Database
from .definitions import DAY_US
from .figure_calls import FigureCall
from .figure_store import read_calls
from .reports_period import Period


async def calls_of(database: Database, period: Period) -> AsyncIterator[FigureCall]:
    """Give the calls whose t1 lies in the period or in the 24 h before it, in the order of t1."""
    async for portion in read_calls(database, to_us(period.since) - DAY_US, to_us(period.until)):
        for call in portion:
            yield call
