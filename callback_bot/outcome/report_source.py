"""Ended callbacks for a report, one after the other from the store: memory does not grow with the period."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import Row, select, tuple_

from ...core.clock import to_us
from ...core.db import Database
from ...queue.reports_period import Period
from ..model import CallbackState
from ..tables import ResultRow
from .rates import RATED, REFUSED, UNRATED, Ended
from .report import Wanted
from .results import Verdict

_PORTION = 2000
_COLUMNS = (
    ResultRow.ended_at,
    ResultRow.callback,
    ResultRow.unit,
    ResultRow.kind,
    ResultRow.campaign,
    ResultRow.state,
    ResultRow.level,
    ResultRow.contacted,
    ResultRow.solved,
    ResultRow.attempt,
    ResultRow.checked_at,
    ResultRow.reasons,
    ResultRow.data,
)
"""Columns and no objects: a report reads many rows."""


async def ended_in(database: Database, wanted: Wanted, period: Period) -> AsyncIterator[Ended]:
    """Give the callbacks that ended in a period in the order of their ends.

    One that waits for its check is there once it has a level.
    """
    query = select(*_COLUMNS).where(ResultRow.ended_at >= period.since, ResultRow.ended_at < period.until)
    for column, value in (
        (ResultRow.unit, wanted.unit),
        (ResultRow.kind, wanted.kind),
        (ResultRow.campaign, wanted.campaign),
    ):
        if value:
            query = query.where(column == value)
    query = query.order_by(ResultRow.ended_at, ResultRow.callback).limit(_PORTION)
    after: Row[*tuple[Any, ...]] | None = None
    while True:
        portion = query
        if after is not None:
            behind = tuple_(ResultRow.ended_at, ResultRow.callback) > tuple_(after.ended_at, after.callback)
            portion = query.where(ResultRow.ended_at >= after.ended_at, behind)
        async with database.read() as session:
            rows = (await session.execute(portion)).all()
        for row in rows:
            if row.level or row.state != CallbackState.CHECK.value:
                yield ended_of(row)
        if len(rows) < _PORTION:
            return
        after = rows[-1]


def ended_of(row: Row[*tuple[Any, ...]]) -> Ended:
    """Return the columns of a stored result as the figures need them."""
    refused = row.state == CallbackState.REFUSED.value
    verdict = row.data["verdict"]
    return Ended(
        ended_us=to_us(row.ended_at),
        unit=row.unit,
        kind=row.kind,
        campaign=row.campaign,
        end=REFUSED if refused else RATED if row.level else UNRATED,
        level="" if refused else row.level,
        contacted=row.contacted,
        solved=row.solved,
        called=bool(row.data["called"]),
        reached=row.attempt is not None,
        checked=verdict == Verdict.CHECK.value or row.checked_at is not None,
        reopened=verdict == Verdict.REOPEN.value,
        reasons=tuple(row.reasons),
    )
