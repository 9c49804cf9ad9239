"""Pages of a list, newest first: ``after`` names the last row of the page before; new rows shift nothing.

A cursor holds the moment and the key of a row, nothing secret; it is checked like any text from outside.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from ..core.clock import from_us, to_us
from ..core.errors import InvalidInputError

_Row = TypeVar("_Row")
_LATEST_US = 253_000_000_000_000_000
"""The year 9987: later moments are none that we wrote."""

Cursor = tuple[datetime | None, tuple[str, ...]]
"""Moment and key of a row; rows without a moment come last."""


class CursorError(InvalidInputError):
    """``after`` is none that was given."""

    error_id = "input.cursor"


def encode(cursor: Cursor) -> str:
    """Return a cursor as a word for addresses."""
    moment, key = cursor
    text = json.dumps([None if moment is None else to_us(moment), *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(word: str, keys: int) -> Cursor:
    """Read what ``encode`` wrote, with a key of so many parts; raises ``CursorError``."""
    try:
        made = base64.b64decode(f"{word}{'=' * (-len(word) % 4)}", altchars=b"-_", validate=True)
        found: Any = json.loads(made)
    except (ValueError, RecursionError) as error:
        raise _wrong() from error
    if not isinstance(found, list):
        raise _wrong()
    moment_us, *key = cast("list[object]", found)
    if moment_us is not None and not (type(moment_us) is int and 0 <= moment_us <= _LATEST_US):
        raise _wrong()
    words = tuple(one for one in key if isinstance(one, str) and one.isprintable() and len(one) <= 300)
    if len(words) != keys or len(key) != keys:
        raise _wrong()
    return (None if moment_us is None else from_us(moment_us)), words


def _wrong() -> CursorError:
    return CursorError("after is no cursor of this list", mend="send the `next` of the page before")


async def page(
    session: AsyncSession,
    query: Select[_Row],
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    *keys: InstrumentedAttribute[str],
    limit: int,
    after: str | None,
) -> tuple[Sequence[_Row], str | None]:
    """Return the rows of a page, the newest by ``moment`` first, and the cursor of the next page.

    ``keys`` are the columns that tell rows of one moment apart, each later in descending order.
    """
    if after is not None:
        query = query.where(_behind(decode(after, len(keys)), moment, keys))
    query = query.order_by(moment.desc().nulls_last(), *(key.desc() for key in keys)).limit(limit + 1)
    rows = list(await session.scalars(query))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode((getattr(last, moment.key), tuple(getattr(last, key.key) for key in keys)))


def _behind(cursor: Cursor, moment: Any, keys: Sequence[Any]) -> ColumnElement[bool]:
    at, values = cursor
    later = _smaller(keys, values)
    if at is None:
        return and_(moment.is_(None), later)
    return or_(moment < at, and_(moment == at, later), moment.is_(None))


def _smaller(keys: Sequence[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Return whether a row's key comes before a given one, part by part."""
    parts = [
        and_(*(keys[place] == values[place] for place in range(upto)), keys[upto] < values[upto])
        for upto in range(len(keys))
    ]
    return or_(*parts)
