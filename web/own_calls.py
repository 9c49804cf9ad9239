"""Which calls an agent is told of: those that are, or were, at the own desk (R-S-1).

A route says so beside its handler (``Reach``); the access check asks here. A call in memory needs no
database, so that the page of an agent who talks works while it is away. Other roles are told of every call.
"""

from __future__ import annotations

from typing import Any, Protocol

from aiohttp import web
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from ..core.access.errors import RefusedError
from ..core.access.identity import Identity
from ..core.roles import Role
from ..telephony.call_legs import legs
from ..telephony.calls import CallRecord
from ..telephony.desk_view import at_desks
from ..telephony.tables import CallRow, LegRow, RecordingRow
from ..ticket_bridge import tables as tickets
from .door import ACCESS
from .identity import WHO
from .routes import Reach

_LONGEST_KEY = 300


class LiveCalls(Protocol):
    """The calls that are followed; ``Tracker`` is one."""

    def find(self, call: str) -> CallRecord | None:
        """Return a call in progress, or one that ended a short while ago."""
        ...

    def open_calls(self) -> list[CallRecord]:
        """Return the calls in progress."""
        ...


LIVE_CALLS: web.AppKey[LiveCalls | None] = web.AppKey("live_calls")
"""None in an application without a switch."""


async def check_reach(request: web.Request, who: Identity, reach: Reach) -> None:
    """Let an agent reach the call, or the ticket, that the path's ``id`` names; raises ``RefusedError``."""
    key = request.match_info.get("id")
    if who.role is not Role.AGENT or reach is Reach.ALL or key is None:
        return
    if await _is_own(request, who, key):
        return
    if reach is Reach.CALLER and await _is_same_caller(request, who, key):
        return
    raise RefusedError("this is not of one of your calls", mend="ask a supervisor", agent=who.agent or "")


async def is_own_call(request: web.Request, call: str) -> bool:
    """Tell whether the asker is an agent who has, or had, a call, and so heard what was said in it."""
    who = request[WHO]
    return who.role is Role.AGENT and await _is_own(request, who, call)


def only_of(request: web.Request) -> str | None:
    """Return whose calls a list may hold: the asker's own number, "" for none at all, None for everyone's."""
    who = request[WHO]
    return (who.agent or "") if who.role is Role.AGENT else None


def agents_of(record: CallRecord) -> set[str]:
    """Return the agents who have, or had, a call: who answered it, and whose telephone rings for it now."""
    found = {leg.agent for leg in legs(record) if leg.role == "agent" and leg.answered_us is not None}
    return found | at_desks([record]).keys()


def had_by(call: Any, agent: str) -> ColumnElement[bool]:
    """Return the condition that an agent has, or had, the call of a column."""
    leg = select(LegRow.id).where(
        LegRow.call == call, LegRow.role == "agent", LegRow.agent == agent, LegRow.answered_at.is_not(None)
    )
    mine = aliased(CallRow)
    return or_(exists(leg), exists(select(mine.id).where(mine.id == call, mine.agent == agent)))


async def check_may_hear(request: web.Request, node: str, path: str) -> None:
    """Let agents hear the recordings of their own calls only; raises ``RefusedError``."""
    who, access = request[WHO], request.app[ACCESS]
    if who.role is not Role.AGENT or access is None or not (node + path).isprintable():
        return
    query = select(RecordingRow.call).where(RecordingRow.node == node, RecordingRow.path == path)
    async with access.database.read() as session:
        call = await session.scalar(query)
    if call is None or not await _is_own(request, who, call):
        raise RefusedError("agents hear their own calls only", mend="ask a supervisor")


async def _is_own(request: web.Request, who: Identity, key: str) -> bool:
    live, access, agent = request.app[LIVE_CALLS], request.app[ACCESS], who.agent
    if not agent or not _can_be_stored(key):
        return False
    record = None if live is None else live.find(key)
    if record is not None and agent in agents_of(record):
        return True
    if access is None:
        return False
    async with access.database.read() as session:
        call = await _call_of(session, key)
        return bool(await session.scalar(select(had_by(CallRow.id, agent)).where(CallRow.id == call)))


async def _is_same_caller(request: web.Request, who: Identity, key: str) -> bool:
    """Tell whether a call, or a ticket, is of the number that is at the agent's desk now."""
    live, access = request.app[LIVE_CALLS], request.app[ACCESS]
    there = None if live is None or not who.agent else at_desks(live.open_calls()).get(who.agent)
    if there is None or access is None or not _can_be_stored(key):
        return False
    now = aliased(CallRow)
    same = select(exists(select(now.id).where(now.id == there.call, now.number == CallRow.number)))
    async with access.database.read() as session:
        call = await _call_of(session, key)
        return bool(await session.scalar(same.where(CallRow.id == call, CallRow.number != "")))


async def _call_of(session: AsyncSession, key: str) -> str:
    row = await tickets.find(session, key)
    return key if row is None else row.call


def _can_be_stored(key: str) -> bool:
    return key.isprintable() and 0 < len(key) <= _LONGEST_KEY
