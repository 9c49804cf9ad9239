"""Reading calls for the figures from the store, in portions that leave the event loop free."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from sqlalchemy import ColumnElement, and_, or_, select

from ..core.clock import from_us
from ..core.db import Database
from ..telephony.tables import CallRow
from .figure_calls import COLUMNS, FigureCall, of_row

PORTION = 1000


async def read_calls(
    database: Database, since_us: int, until_us: int | None = None, *, other_than: str | None = None
) -> AsyncIterator[list[FigureCall]]:
    """Give the calls with t1 in [since, until), in the order of t1; each portion is a transaction of its own.

    ``other_than``: only calls of other nodes than this one. Raises ``SQLAlchemyError``.
    """
    wanted: list[ColumnElement[bool]] = []
    if until_us is not None:
        wanted.append(CallRow.t1 < from_us(until_us))
    if other_than is not None:
        wanted.append(CallRow.node != other_than)
    after: ColumnElement[bool] = CallRow.t1 >= from_us(since_us)
    while True:
        query = select(*COLUMNS).where(after, *wanted).order_by(CallRow.t1, CallRow.id).limit(PORTION)
        async with database.read() as session:
            rows = (await session.execute(query)).all()
        if rows:
            yield [of_row(row) for row in rows]
        if len(rows) < PORTION:
            return
        last = rows[-1]
        after = or_(CallRow.t1 > last.t1, and_(CallRow.t1 == last.t1, CallRow.id > last.id))


async def find_calls(database: Database, calls: Collection[str]) -> dict[str, FigureCall]:
    """Return those of the calls that the store knows, by id."""
    query = select(*COLUMNS).where(CallRow.id.in_(sorted(calls)))
    async with database.read() as session:
        return {row.id: of_row(row) for row in await session.execute(query)}
