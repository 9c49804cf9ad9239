"""The quiet list: numbers that are never called again (R-CB-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..model import CallbackState
from ..tables import CallbackRow, PersonRow
from ..why import Why
from .claiming import know_people

_HELD = (CallbackState.WAITING.value, CallbackState.PAUSED.value)


async def never_again(
    session: AsyncSession, phone: str, now: datetime, *, why: str, who: str
) -> Sequence[CallbackRow]:
    """Put a number on the quiet list in the caller's transaction; return the callbacks that end by it.

    ``phone`` as ``phones.canonical`` gives it. A call that is under way goes on to its end. Callbacks are
    locked before the person, as everybody does who waits for locks.
    """
    waiting = (
        select(CallbackRow)
        .where(CallbackRow.phone == phone, CallbackRow.state.in_(_HELD))
        .order_by(CallbackRow.id)
        .with_for_update()
    )
    rows = (await session.scalars(waiting)).all()
    await know_people(session, {phone})
    person = await session.get_one(PersonRow, phone, with_for_update=True, populate_existing=True)
    if person.quiet_at is None:
        person.quiet_at, person.quiet_why, person.quiet_by = now, why[:60], who[:60]
    for row in rows:
        row.state, row.why, row.ended_at = CallbackState.REFUSED.value, Why.QUIET, now
    await session.flush()
    return rows


async def allow_again(session: AsyncSession, phone: str) -> bool:
    """Take a number off the quiet list, at its person's own wish; False when it was not on it."""
    person = await session.get(PersonRow, phone, with_for_update=True)
    if person is None or person.quiet_at is None:
        return False
    person.quiet_at, person.quiet_why, person.quiet_by = None, "", ""
    return True


async def quiet_phones(session: AsyncSession, phones: Sequence[str]) -> set[str]:
    """Return which of these numbers are never to be called."""
    found: set[str] = set()
    for first in range(0, len(phones), 500):
        part = list(phones[first : first + 500])
        rows = select(PersonRow.phone).where(PersonRow.phone.in_(part), PersonRow.quiet_at.is_not(None))
        found.update(await session.scalars(rows))
    return found


async def quiet_list(session: AsyncSession, *, limit: int = 1000) -> Sequence[PersonRow]:
    """Return the newest numbers of the quiet list; personal data."""
    rows = select(PersonRow).where(PersonRow.quiet_at.is_not(None)).order_by(PersonRow.quiet_at.desc())
    return (await session.scalars(rows.limit(limit))).all()
