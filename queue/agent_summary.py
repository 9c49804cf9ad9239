"""What every agent did in a period, from the store alone: for the command line, the API and reports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..core.clock import to_us
from ..core.db import Database
from .agent_figures import figures, times_ms
from .agent_store import AgentWork, load_work


async def summarise(
    database: Database, names: Mapping[str, str], node: str, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """Return what every agent did in [since, until), which must not lie in the future.

    ``names`` has the agents of this ``node`` by number, in the order to show them. One entry for each agent
    and node: ``{"agent", "name", "node", "since", "until", "times_ms": {state: ms}, "pauses_ms": {reason:
    ms}, "figures": {id: {"value", "definition", "version", …}}}``; the times fill the period without a gap.
    """
    async with database.read() as session:
        found = await load_work(session, since, until)
    for number in names.keys() - {agent for _, agent in found}:
        found[node, number] = AgentWork()
    order = {number: index for index, number in enumerate(names)}
    keys = sorted(found, key=lambda key: (order.get(key[1], len(order)), key[1], key[0]))
    since_us, until_us = to_us(since), to_us(until)
    rows: list[dict[str, Any]] = []
    for where, agent in keys:
        await asyncio.sleep(0)
        work = found[where, agent]
        times, pauses = times_ms(work.layers, since_us, until_us)
        rows.append(
            {
                "agent": agent,
                "name": names.get(agent, ""),
                "node": where,
                "since": since.isoformat(),
                "until": until.isoformat(),
                "times_ms": times,
                "pauses_ms": pauses,
                "figures": figures(work.layers, work.handled, since_us, until_us),
            }
        )
    return rows
