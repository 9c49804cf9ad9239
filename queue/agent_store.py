"""Agents' spells in the store, and what the calls' legs say of their talks and rings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..core.clock import from_us, to_us
from ..telephony.call_book import UNTERMINATED_US
from ..telephony.store import CallStore
from ..telephony.tables import CallRow, LegRow
from .agent_figures import HandledCall
from .agent_timeline import Layers
from .agent_times import Spell, SpellKind
from .tables import AgentSpellRow

_LONGEST_CALL = timedelta(microseconds=UNTERMINATED_US)
_PIECE = timedelta(hours=1)


@dataclass
class AgentWork:
    """All that is stored of an agent in a period."""

    layers: Layers = field(default_factory=Layers)
    handled: list[HandledCall] = field(default_factory=list[HandledCall])


async def save_spells(session: AsyncSession, store: CallStore, node: str, spells: Iterable[Spell]) -> None:
    """Write spells; the same again changes nothing."""
    rows = [
        {
            "node": node,
            "agent": spell.agent,
            "kind": spell.kind.value,
            "began": from_us(spell.began_us),
            "reason": spell.reason,
            "ended": None if spell.ended_us is None else from_us(spell.ended_us),
        }
        for spell in spells
    ]
    await store.upsert(session, AgentSpellRow, rows)


async def load_work(
    session: AsyncSession, since: datetime, until: datetime
) -> dict[tuple[str, str], AgentWork]:
    """Return what lies in a period, by node and agent; an open call or spell counts up to ``until``."""
    found: defaultdict[tuple[str, str], AgentWork] = defaultdict(AgentWork)
    query = select(AgentSpellRow).where(
        AgentSpellRow.began < until, or_(AgentSpellRow.ended.is_(None), AgentSpellRow.ended >= since)
    )
    for row in await session.scalars(query):
        ended = None if row.ended is None else to_us(row.ended)
        spell = Spell(row.agent, SpellKind(row.kind), to_us(row.began), ended, row.reason)
        found[row.node, row.agent].layers.spells.append(spell)
    begin = since - _LONGEST_CALL
    while begin < until:  # a piece at a time: the rest of the service goes on in between
        end = min(begin + _PIECE, until)
        for _, call in groupby(await _legs(session, begin, end), key=attrgetter("call")):
            _take_call(found, list(call), until)
        begin = end
    return found


async def _legs(session: AsyncSession, begin: datetime, end: datetime) -> list[_Leg]:
    """Return the citizens' and agents' legs of the calls that came in within [begin, end), call by call."""
    legs = (
        select(
            *(LegRow.call, LegRow.node, LegRow.role, LegRow.agent),
            *(LegRow.created_at, LegRow.answered_at, func.coalesce(LegRow.ended_at, CallRow.ended_at)),
            LegRow.bridges,
        )
        .join(CallRow, CallRow.id == LegRow.call)
        .where(CallRow.t0 >= begin, CallRow.t0 < end, LegRow.role != "other")
        .order_by(LegRow.call)
    )
    return [_Leg(*row) for row in await session.execute(legs)]


class _Leg(NamedTuple):
    """A leg as it is read; ``ended_at`` is the call's when its own was never written."""

    call: str
    node: str
    role: str
    agent: str
    created_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    bridges: list[dict[str, Any]]


def _take_call(found: defaultdict[tuple[str, str], AgentWork], legs: list[_Leg], until: datetime) -> None:
    """Add one call's rings and talks to its agents."""
    citizen = {part["bridge"] for leg in legs if leg.role == "citizen" for part in leg.bridges}
    talked: defaultdict[tuple[str, str], list[tuple[int, int | None]]] = defaultdict(list)
    for leg in legs:
        if leg.role != "agent" or not (leg.agent.isascii() and leg.agent.isdigit()):
            continue
        work = found[leg.node, leg.agent]
        met = [part["entered_us"] for part in leg.bridges if part["bridge"] in citizen]
        begun = to_us(leg.answered_at) if leg.answered_at is not None else min(met, default=None)
        ended = None if leg.ended_at is None else to_us(leg.ended_at)
        last = to_us(until) if ended is None else ended
        if leg.created_at is not None:
            work.layers.rings.append((to_us(leg.created_at), last if begun is None else begun))
        if begun is not None:
            work.layers.talks.append((begun, last))
            if met:
                talked[leg.node, leg.agent].append((begun, ended))
    for key, parts in talked.items():
        ends = [ended for _, ended in parts if ended is not None]
        is_over = len(ends) == len(parts)
        handled = HandledCall(
            legs[0].call,
            min(begun for begun, _ in parts),
            max(ends) if is_over else None,
            sum(max(ended - begun, 0) for begun, ended in parts if ended is not None) if is_over else None,
        )
        found[key].handled.append(handled)
