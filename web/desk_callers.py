"""What is known of who calls: area, calls and tickets of the number, what the robot had called about.

Looked up once for each call.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError

from ..callback_bot.tables import AttemptRow, CallbackRow
from ..core.aio import TaskKeeper
from ..core.db import Database
from ..core.number_area import area_of
from ..telephony.robot_facts import ROBOT
from ..telephony.tables import CallRow
from ..ticket_bridge.callback_results import CLOSED
from ..ticket_bridge.tables import TicketRow
from .desk_state import CalledBack, EarlierCall, EarlierTicket

log = structlog.get_logger(__name__)

CALLS, TICKETS = 8, 8
KEPT = 500
LOOK_LIMIT_S = 5.0


@dataclass(frozen=True)
class Known:
    """What the numbering plan and the store say of a number; ``is_looked_up`` False: not the store yet."""

    is_looked_up: bool = False
    area: str | None = None
    calls: tuple[EarlierCall, ...] = ()
    tickets: tuple[EarlierTicket, ...] = ()
    callback: CalledBack | None = None


class Callers:
    """Answers from memory at once; what is not there yet is looked up, and ``changed`` told."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self._database = database
        self._changed = changed
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._looking: set[str] = set()
        self._tasks = TaskKeeper()

    def of(self, call: str, number: str) -> Known:
        """Return what is known of the caller of a call."""
        if not number:
            return Known(is_looked_up=True)
        known = self._known.setdefault(call, Known())
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        if not known.is_looked_up and call not in self._looking:
            self._looking.add(call)
            self._tasks.start(self._look(call, number), name=f"caller of {call}")
        return known

    async def close(self) -> None:
        """Look nothing up any more."""
        await self._tasks.stop()

    async def _look(self, call: str, number: str) -> None:
        try:
            area = await asyncio.to_thread(area_of, number)
            self._put(call, Known(area=area))
            async with asyncio.timeout(LOOK_LIMIT_S):
                self._put(call, replace(await self._found(call, number), area=area))
        except (DBAPIError, OSError, TimeoutError) as error:
            log.warning("caller not looked up", call=call, reason=type(error).__name__)
        finally:
            self._looking.discard(call)

    def _put(self, call: str, known: Known) -> None:
        if call in self._known and self._known[call] != known:
            self._known[call] = known
            self._changed()

    async def _found(self, call: str, number: str) -> Known:
        """Read the newest calls of a number, the tickets of those, and the callback that the call was."""
        earlier = (
            select(CallRow)
            .where(CallRow.number == number, CallRow.id != call)
            .order_by(CallRow.t0.desc().nulls_last(), CallRow.id)
        )
        of_calls = select(CallRow.id).where(CallRow.number == number, CallRow.id != call)
        tickets = (
            select(TicketRow)
            .where(TicketRow.call.in_(of_calls))
            .order_by(TicketRow.created_at.desc(), TicketRow.id)
        )
        async with self._database.read() as session:
            calls = list(await session.scalars(earlier.limit(CALLS)))
            rows = list(await session.scalars(tickets.limit(TICKETS)))
            asked = await session.scalar(_of_attempt(call)) if call.startswith(ROBOT) else None
        callback = None if asked is None else _called_back(asked)
        return Known(is_looked_up=True, calls=_calls(calls), tickets=_tickets(rows), callback=callback)


def _of_attempt(attempt: str) -> Select[CallbackRow]:
    return (
        select(CallbackRow)
        .join(AttemptRow, AttemptRow.callback == CallbackRow.id)
        .where(AttemptRow.id == attempt)
    )


def _called_back(row: CallbackRow) -> CalledBack:
    return CalledBack(
        callback=row.id,
        ticket=row.ticket,
        person=row.person or None,
        unit=row.unit or None,
        kind=row.kind or None,
        matter=row.matter or None,
        handled_on=row.handled_on,
    )


def _calls(rows: Sequence[CallRow]) -> tuple[EarlierCall, ...]:
    return tuple(
        EarlierCall(call=row.id, arrived_at=row.t0, agent=row.agent, outcome=row.outcome) for row in rows
    )


def _tickets(rows: Sequence[TicketRow]) -> tuple[EarlierTicket, ...]:
    return tuple(
        EarlierTicket(
            id=row.id,
            number=row.number,
            call=row.call,
            status=row.status,
            is_open=row.status != CLOSED,
            kind=row.kind,
            title=row.title,
            place=row.place,
            created_at=row.created_at,
        )
        for row in rows
    )
