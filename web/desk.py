"""What the pages and the API see of the service: reads of the store, live state, and the agents' actions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import func, select

from ..asr import tables as transcripts
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import NotFoundError
from ..core.profile import load_profile
from ..core.settings import Settings
from ..queue.agent_summary import summarise
from ..queue.agents import Agents
from ..queue.definitions import definitions
from ..queue.reports_period import PeriodError, read_period
from ..telephony.room_queries import pushed_of
from ..telephony.tables import CallRow, CallStepRow, RecordingRow
from ..ticket_bridge import tables as tickets
from ..ticket_bridge.checks.check_tables import checks_of
from .agents_view import agent_lines
from .assist_view import AssistView
from .call_view import call_told, recording_told, seconds
from .figures_view import FiguresView
from .lists import Lists
from .live import Live
from .models.calls import CallQuery
from .models.tickets import TicketQuery
from .prometheus import Exposition
from .render import Pages
from .report_view import Reports
from .risk_view import Risks
from .rooms_view import RoomsView
from .ticket_view import ticket_view

_LONGEST_KEY = 300
_LONGEST_PERIOD = timedelta(days=31, hours=1)
"""A month and the hour by which a site's clock may be changed in it."""


class Desk:
    """Answers every question of a page; numbers are exact, lists are the newest first."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        agents: Agents,
        live: Callable[[], Live],
        figures: FiguresView,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self.agents = agents
        self.live = live
        self.figures = figures
        self.definitions = definitions(settings.site.profile)
        self.exposition = Exposition(database, live, figures, self.definitions, settings.alarms)
        self.pages = Pages(site=settings.site.name, node=settings.site.node, timezone=settings.site.timezone)
        self.wall_marks = {
            "wait_near_ms": round(settings.alarms.wait_near_seconds * 1000),
            "wait_limit_ms": load_profile(settings.site.profile).human_wait_ms,
            "near_points": settings.alarms.near_points,
        }
        """From where on the wall calls a running wait or a rate near its limit, and broken."""
        self.lists = Lists(database)
        self.rooms = RoomsView(settings, database, clock=clock)
        self.assist = AssistView(settings, database, clock=clock)
        self.risks = Risks(database)
        self.reports = Reports(settings, database, clock=clock)
        self._node = settings.site.node
        self._agent_names = {agent.number: agent.name for agent in settings.agents}
        self._queue_labels = {queue.name: queue.label for queue in settings.queues}
        self._recordings = settings.recording.directory or settings.state / "recordings"
        self._zone = ZoneInfo(settings.site.timezone)
        self._database = database
        self._clock = clock

    async def overview(self, agent: str | None = None, *, tickets: bool = True) -> dict[str, Any]:
        """Return what the overview page shows; ``agent``: only of that agent's calls."""
        now, live = self._clock(), self.live()
        midnight = now.astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "now": now,
            "status": live,
            "agents": agent_lines(live.agents, self._agent_names),
            "today": await self._counts(midnight),
            "calls": [self._named(call) for call in await self.calls(limit=30, agent=agent)],
            "tickets": await self.tickets(limit=30, agent=agent) if tickets else [],
        }

    async def agent_times(self, since: str, until: str) -> list[dict[str, Any]]:
        """Return what every agent did between two typed moments, 31 days at most; raises ``PeriodError``."""
        now = self._clock()
        period = read_period(since, until, now, self._zone).until_at_most(now)
        if period.until - period.since > _LONGEST_PERIOD:
            raise PeriodError("the period is too long for this address", mend="ask for 31 days at most")
        return await summarise(self._database, self._agent_names, self._node, period.since, period.until)

    async def calls(self, *, limit: int, agent: str | None = None) -> list[dict[str, Any]]:
        """Return the newest calls."""
        return (await self.lists.calls(CallQuery(limit=limit), agent))[0]

    async def tickets(self, *, limit: int, agent: str | None = None) -> list[dict[str, Any]]:
        """Return the newest draft tickets, without their fields."""
        return (await self.lists.tickets(TicketQuery(limit=limit), agent))[0]

    async def call(self, call: str) -> dict[str, Any]:
        """Return everything about one call; raises ``NotFoundError``."""
        async with self._database.read() as session:
            row = await session.get(CallRow, call) if _can_be_stored(call) else None
            if row is None:
                raise NotFoundError(f"there is no call {call[:60]!r}", mend="see the list of calls")
            steps = await session.scalars(
                select(CallStepRow).where(CallStepRow.call == call).order_by(CallStepRow.at, CallStepRow.n)
            )
            recordings = await session.scalars(select(RecordingRow).where(RecordingRow.call == call))
            transcript = await transcripts.load(session, call)
            ticket = await tickets.find(session, call)
            checks = await checks_of(session, call)
            lines = await self.rooms.of_call(session, call)
            return {
                "now": self._clock(),
                "call": {**self._named(call_told(row)), "pushed": pushed_of(row.facts)},
                "three_way": lines,
                "steps": [{"at": step.at, "name": step.name, "params": step.params} for step in steps],
                "recordings": [recording_told(recording) for recording in recordings],
                "transcript": transcript,
                "ticket": None if ticket is None else ticket_view(ticket, checks),
            }

    async def recording(self, node: str, path: str) -> Path:
        """Return the file of a registered recording.

        Not found is what no row names, what is not on this machine, and what leads out of the folder.
        """
        row = None
        if _can_be_stored(node) and _can_be_stored(path):
            async with self._database.read() as session:
                row = await session.get(RecordingRow, (node, path))
        file = None if row is None else await asyncio.to_thread(_inside, self._recordings, path)
        if file is None:
            raise NotFoundError("there is no such recording on this node", mend="see the call's page")
        return file

    async def _counts(self, since: datetime) -> dict[str, Any]:
        query = select(
            func.count(CallRow.id),
            func.count(CallRow.t1),
            func.count(CallRow.t3),
            func.count(CallRow.id).filter(CallRow.outcome == "abandoned"),
            func.max(CallRow.wait_human_us),
        ).where(CallRow.t0 >= since)
        async with self._database.read() as session:
            arrived, offered, answered, abandoned, longest = (await session.execute(query)).one()
        return {
            "arrived": arrived,
            "offered": offered,
            "answered": answered,
            "abandoned": abandoned,
            "wait_max_s": seconds(longest),
        }

    def _named(self, call: dict[str, Any]) -> dict[str, Any]:
        agent, queue = call["agent"], call["queue"]
        return {
            **call,
            "agent": self._agent_names.get(agent, agent),
            "queue": self._queue_labels.get(queue, queue),
        }


def _can_be_stored(key: str) -> bool:
    """Tell whether a text of a URL can be a key at all; PostgreSQL takes no NUL and no lone surrogate."""
    return key.isprintable() and len(key) <= _LONGEST_KEY


def _inside(folder: Path, path: str) -> Path | None:
    file = (folder / path).resolve()
    return file if file.is_relative_to(folder.resolve()) and file.is_file() else None


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)
