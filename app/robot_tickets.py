"""Callbacks by the ticket's state: a ticket that comes into one of ``robot.ticket_statuses`` is called back.

What was read is remembered in the store, with the callbacks, in one transaction. The last minutes are read
again each time, for tickets that another node wrote late: a callback is added once all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from ..callback_bot.schedule import campaigns
from ..callback_bot.schedule.adding import Adding, Fate
from ..callback_bot.schedule.claiming import Ended
from ..callback_bot.schedule.hours import CallingHours
from ..callback_bot.schedule.new_callback import NewCallback, checked
from ..callback_bot.tables import FollowRow
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import NotFoundError
from ..core.settings import Settings
from ..ticket_bridge.callback_results import TicketCallbackRow
from ..ticket_bridge.fields import FieldName
from ..ticket_bridge.tables import TicketRow

log = structlog.get_logger(__name__)

EVERY_S = 5.0
AGAIN = timedelta(minutes=5)
"""So far back tickets are read again."""
PAGE = 100


class RobotTickets:
    """Follows the tickets of a database; ``run`` it supervised."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        hours: CallingHours,
        *,
        after: Sequence[Ended] = (),
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._statuses = settings.robot.ticket_statuses if settings.robot.trunks else ()
        self._patterns = settings.robot.numbers
        self._hours = hours
        self._clock = clock
        self._adding = Adding(database, settings, hours, after=after, clock=clock)

    async def run(self) -> None:
        """Add callbacks as tickets change, for ever; a store that is away is waited for."""
        while self._statuses:
            for status in self._statuses:
                try:
                    await self.follow(status)
                except (SQLAlchemyError, OSError, NotFoundError) as error:
                    log.warning("tickets are not followed", status=status, reason=str(error)[:300])
            await asyncio.sleep(EVERY_S)
        await asyncio.Event().wait()

    async def follow(self, status: str) -> int:
        """Add the callbacks of tickets that came into a status since the last time; return how many are new.

        The first time nothing is added: what was handled before the robot was told to is left alone.
        """
        added, after = 0, await self._read_to(status)
        if after is None:
            return 0
        place = (after - AGAIN, "")
        while True:
            async with self._database.write() as session:
                page = await _page(session, status, place)
                if not page:
                    return added
                added += await self._add(session, page)
                place = (page[-1].updated_at, page[-1].id)
                follow = await session.get_one(FollowRow, _source(status), with_for_update=True)
                follow.read_to = max(follow.read_to, place[0])

    async def _read_to(self, status: str) -> datetime | None:
        async with self._database.read() as session:
            known = await session.get(FollowRow, _source(status))
        if known is not None:
            return known.read_to
        async with self._database.write() as session:
            await session.merge(FollowRow(source=_source(status), read_to=self._clock(), last=""))
        return None

    async def _add(self, session: AsyncSession, page: Sequence[TicketRow]) -> int:
        times = await _reopened(session, [ticket.number for ticket in page])
        news: list[NewCallback] = []
        for ticket in page:
            try:
                news.append(checked(self._callback(ticket, times.get(ticket.number, 0)), self._patterns))
            except ValueError as error:
                log.info("ticket cannot be called back", ticket=ticket.number, reason=str(error))
        if not news:
            return 0
        day = self._hours.day(self._clock())
        campaign = f"tickets-{day:%Y-%m}"
        await campaigns.create(session, campaign, self._clock(), name=f"{day.year}年{day.month}月工单回访")
        return sum(one.fate is not Fate.KNOWN for one in await self._adding.add_in(session, campaign, news))

    def _callback(self, ticket: TicketRow, reopened: int) -> NewCallback:
        draft = ticket.draft()

        def text(name: FieldName, most: int) -> str:
            value = draft.value(name)
            return "" if value is None else "".join(sign for sign in str(value) if sign.isprintable())[:most]

        return NewCallback(
            ticket=ticket.number,
            phone=text(FieldName.PHONE, 40) or text(FieldName.CALLER, 40),
            person=text(FieldName.NAME, 40),
            unit=text(FieldName.HANDLING_UNIT, 80),
            kind=ticket.kind or "",
            matter=text(FieldName.TITLE, 80),
            handled_on=self._hours.day(ticket.handled_at or ticket.updated_at),
            occasion=f"handled-{reopened + 1}",
        )


def _source(status: str) -> str:
    return f"tickets:{status}"[:40]


async def _page(session: AsyncSession, status: str, after: tuple[datetime, str]) -> Sequence[TicketRow]:
    at, last = after
    rows = (
        select(TicketRow)
        .where(TicketRow.status == status)
        .where((TicketRow.updated_at > at) | ((TicketRow.updated_at == at) & (TicketRow.id > last)))
        .order_by(TicketRow.updated_at, TicketRow.id)
        .limit(PAGE)
    )
    return (await session.scalars(rows)).all()


async def _reopened(session: AsyncSession, tickets: Sequence[str]) -> dict[str, int]:
    """Return how often each ticket was handled again after a callback."""
    counted = await session.execute(
        select(TicketCallbackRow.ticket, func.count())
        .where(TicketCallbackRow.ticket.in_(tickets), TicketCallbackRow.verdict == "reopen")
        .group_by(TicketCallbackRow.ticket)
    )
    return {ticket: count for ticket, count in counted}
