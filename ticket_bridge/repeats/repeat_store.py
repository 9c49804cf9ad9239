"""Finds tickets again, at a cost bounded by what is looked for, never by how many tickets there are (R-R-4).

A place's keys lead to at most ``PER_KEY`` newest tickets each, of one domain and window; only those are
compared. A group's callers are counted by its own index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from .places_alike import SAME, alike, elsewhere, place_of
from .repeat_tables import TicketMatterRow, TicketPlaceKeyRow
from .repeats import Known, Matter, about, same_about

PER_KEY, COMPARED, SHOWN = 100, 60, 20
MOST_COUNTED = 1000
"""More tickets of one caller or group than this are not counted further."""


@dataclass(frozen=True)
class Seen:
    """Tickets found again: how many, of how many independent callers, and the newest of them."""

    tickets: int
    callers: int
    newest: tuple[Known, ...]


NOBODY = Seen(0, 0, ())


async def remember(
    session: AsyncSession, ticket: Known, matter: Matter, *, node: str, window: timedelta
) -> str | None:
    """Write what a new ticket is found by, in the transaction that writes it; return its group."""
    since = ticket.created_at - window
    cluster = await cluster_of(session, matter, since) if matter.counts else None
    if cluster is None and matter.counts:
        cluster = ticket.ticket
    session.add(
        TicketMatterRow(
            ticket=ticket.ticket,
            number=ticket.number,
            call=ticket.call,
            node=node,
            caller=ticket.caller[:40],
            kind=matter.kind,
            domain=matter.domain,
            place=matter.place_text[:200],
            title=ticket.title[:80],
            cluster=cluster,
            created_at=ticket.created_at,
        )
    )
    if matter.counts and matter.domain is not None:
        session.add_all(
            TicketPlaceKeyRow(
                domain=matter.domain, key=key[:40], created_at=ticket.created_at, ticket=ticket.ticket
            )
            for key in matter.place.keys
        )
    await session.flush()
    return cluster


async def cluster_of(session: AsyncSession, matter: Matter, since: datetime) -> str | None:
    """Return the group of the stored ticket that is most alike in matter and place; None without one.

    Among equals it is the larger group. A group that was told of in another district is not meant, even
    when some of it named none.
    """
    if not matter.counts:
        return None
    found = await _candidates(session, matter, since)
    if not found:
        return None
    rows = await session.scalars(select(TicketMatterRow).where(TicketMatterRow.ticket.in_(found)))
    barred: set[str] = set()
    like: dict[str, list[float]] = {}
    for row in rows:
        place = place_of(row.place)
        if row.cluster is None or not same_about(matter.about, about(row.title, row.place)):
            continue
        if elsewhere(matter.place, place):
            barred.add(row.cluster)
        elif (likeness := alike(matter.place, place)) >= SAME:
            like.setdefault(row.cluster, []).append(likeness)
    possible = [(max(found), len(found), name) for name, found in like.items() if name not in barred]
    return max(possible, default=(0.0, 0, None))[2]


async def of_caller(session: AsyncSession, caller: str, since: datetime, *, but_call: str = "") -> Seen:
    """Return the tickets of a number since a moment; a withheld number is nobody's."""
    if not caller:
        return NOBODY
    mine = (TicketMatterRow.caller == caller) & (TicketMatterRow.created_at >= since)
    return await _seen(session, mine & (TicketMatterRow.call != but_call))


async def of_others(session: AsyncSession, cluster: str, caller: str, since: datetime) -> Seen:
    """Return the tickets of a group since a moment that are not this caller's; withheld numbers are one."""
    group = (TicketMatterRow.cluster == cluster) & (TicketMatterRow.created_at >= since)
    return await _seen(session, group & (TicketMatterRow.caller != caller))


async def _candidates(session: AsyncSession, matter: Matter, since: datetime) -> Sequence[str]:
    """Return tickets that share keys with a place, those that share the most first."""
    parts = [
        select(
            select(TicketPlaceKeyRow.ticket)
            .where(TicketPlaceKeyRow.domain == matter.domain, TicketPlaceKeyRow.key == key[:40])
            .where(TicketPlaceKeyRow.created_at >= since)
            .order_by(TicketPlaceKeyRow.created_at.desc())
            .limit(PER_KEY)
            .subquery()
        )
        for key in matter.place.keys
    ]
    votes = Counter(await session.scalars(union_all(*parts)))
    return [ticket for ticket, _ in votes.most_common(COMPARED)]


async def _seen(session: AsyncSession, which: ColumnElement[bool]) -> Seen:
    some = select(TicketMatterRow.ticket, TicketMatterRow.caller).where(which).limit(MOST_COUNTED).subquery()
    tickets, callers = (
        await session.execute(select(func.count(some.c.ticket), func.count(some.c.caller.distinct())))
    ).one()
    newest = await session.scalars(
        select(TicketMatterRow).where(which).order_by(TicketMatterRow.created_at.desc()).limit(SHOWN)
    )
    return Seen(tickets, callers, tuple(_known(row) for row in newest))


def _known(row: TicketMatterRow) -> Known:
    return Known(row.ticket, row.number, row.call, row.caller, row.title, row.place, row.created_at)
