"""Repeats of a period for those who watch over the whole: groups, places for a heat map, callers (R-R-4).

Read in three queries over the period's index; how many tickets there are beside the period does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .repeat_tables import TicketMatterRow
from .repeats import grade_of_count

MOST_GROUPS, MOST_CALLERS = 200, 200


@dataclass(frozen=True)
class Asked:
    """A period, and from how many independent callers or tickets on something is shown."""

    since: datetime
    until: datetime
    least_callers: int = 2
    least_calls: int = 3


async def repeats_of(session: AsyncSession, asked: Asked) -> dict[str, Any]:
    """Return ``groups`` (多人同诉), ``callers`` (一人多诉) and ``places``, a list ready for a heat map."""
    groups = await _groups(session, asked)
    return {
        "since": asked.since,
        "until": asked.until,
        "groups": groups,
        "places": [
            {name: group[name] for name in ("place", "domain", "tickets", "callers", "grade")}
            for group in groups
        ],
        "callers": await _callers(session, asked),
    }


async def _groups(session: AsyncSession, asked: Asked) -> list[dict[str, Any]]:
    row = TicketMatterRow
    callers = func.count(row.caller.distinct())
    first_at, last_at = func.min(row.created_at), func.max(row.created_at)
    query = (
        select(row.cluster, func.count(row.ticket), callers, first_at, last_at)
        .where(row.created_at >= asked.since, row.created_at < asked.until, row.cluster.is_not(None))
        .group_by(row.cluster)
        .having(callers >= asked.least_callers)
        .order_by(callers.desc(), last_at.desc())
        .limit(MOST_GROUPS)
    )
    found = (await session.execute(query)).all()
    firsts = await session.scalars(select(row).where(row.ticket.in_([one[0] for one in found])))
    named = {first.ticket: first for first in firsts}
    return [
        {
            "group": cluster,
            "place": named[cluster].place if cluster in named else "",
            "title": named[cluster].title if cluster in named else "",
            "kind": named[cluster].kind if cluster in named else None,
            "domain": named[cluster].domain if cluster in named else None,
            "tickets": tickets,
            "callers": independent,
            "grade": grade_of_count(independent),
            "first_at": begun,
            "last_at": latest,
        }
        for cluster, tickets, independent, begun, latest in found
    ]


async def _callers(session: AsyncSession, asked: Asked) -> list[dict[str, Any]]:
    row = TicketMatterRow
    tickets = func.count(row.ticket)
    period = (row.created_at >= asked.since) & (row.created_at < asked.until) & (row.caller != "")
    query = (
        select(row.caller, tickets, func.min(row.created_at), func.max(row.created_at), func.max(row.ticket))
        .where(period)
        .group_by(row.caller)
        .having(tickets >= asked.least_calls)
        .order_by(tickets.desc(), func.max(row.created_at).desc())
        .limit(MOST_CALLERS)
    )
    found = (await session.execute(query)).all()
    newest = await session.scalars(select(row).where(row.ticket.in_([one[4] for one in found])))
    titled = {one.ticket: one for one in newest}
    domains: dict[str, dict[str, int]] = {}
    by_domain = select(row.caller, row.domain, tickets).where(period)
    by_domain = by_domain.where(row.caller.in_([one[0] for one in found])).group_by(row.caller, row.domain)
    for caller, domain, count in (await session.execute(by_domain)).all():
        domains.setdefault(caller, {})[domain or ""] = count
    return [
        {
            "caller": caller,
            "tickets": count,
            "same_domain": max(domains.get(caller, {}).values(), default=0),
            "number": titled[last].number if last in titled else "",
            "title": titled[last].title if last in titled else "",
            "first_at": first_at,
            "last_at": last_at,
        }
        for caller, count, first_at, last_at, last in found
    ]
