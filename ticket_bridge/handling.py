"""The unit has handled a ticket (办结): it says so here, and the citizen is called back (GB 7.5, R-CB-1).

The callback follows from the ticket's status (``app/robot_tickets.py``), once for each handling.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ..core.action_log import ActionRow
from ..core.clock import to_us
from ..core.errors import InvalidInputError, NotFoundError
from . import tables
from .callback_results import CLOSED, TO_CHECK
from .checks.check_tables import Said, put_check
from .fields import FieldName

HANDLED = "handled"
LONGEST_UNIT = 80
AHEAD = timedelta(minutes=5)
"""A unit's clock may be ahead of ours by so much."""


@dataclass(frozen=True)
class Handling:
    """Which unit handled a ticket and when (an aware moment); ``who`` says so."""

    unit: str
    at: datetime
    who: str


async def set_handled(
    session: AsyncSession, key: str, handling: Handling, *, entry_id: str, node: str, now: datetime
) -> tables.TicketRow:
    """Make a ticket handled, in the caller's transaction, with the unit in its fields and in the action log.

    ``key`` is its id, its number or its call. Said again it corrects unit and time; the citizen is called
    once all the same. Raises ``NotFoundError``; ``InvalidInputError`` for a ticket that is closed or waits
    for a check, and for a unit or a moment that cannot be.
    """
    ticket = await tables.find(session, key)
    if ticket is None:
        raise NotFoundError(f"no ticket {key[:60]!r}", mend="`hotline ticket list` shows the newest")
    unit = _checked(handling, ticket, now)
    if ticket.draft().value(FieldName.HANDLING_UNIT) != unit:
        said = Said(handling.who, {FieldName.HANDLING_UNIT: unit})
        await put_check(session, ticket.call, said, check_id=entry_id, node=node, now=now)
    else:
        await session.refresh(ticket, with_for_update=True)
        _may_be(ticket)
    if ticket.status != HANDLED:
        session.add(_entry(ticket, handling.who, entry_id=entry_id, node=node, now=now))
    ticket.status, ticket.handled_at, ticket.updated_at = HANDLED, handling.at, now
    return ticket


def _checked(handling: Handling, ticket: tables.TicketRow, now: datetime) -> str:
    _may_be(ticket)
    unit = handling.unit.strip()
    if not unit or len(unit) > LONGEST_UNIT or not unit.isprintable():
        raise InvalidInputError(f"a unit's name has 1 to {LONGEST_UNIT} signs", mend="name the unit: 城管局")
    if handling.at.tzinfo is None or not ticket.created_at <= handling.at <= now + AHEAD:
        raise InvalidInputError(
            "it was handled between its making and now", mend="give the moment with its zone, or leave it out"
        )
    return unit


def _may_be(ticket: tables.TicketRow) -> None:
    if ticket.status == CLOSED:
        raise InvalidInputError("the ticket is closed", mend="a new matter is a new ticket")
    if ticket.status == TO_CHECK:
        raise InvalidInputError(
            "what the citizen said of it waits for a check", mend="hotline callback check ID --reopen"
        )


def _entry(ticket: tables.TicketRow, who: str, *, entry_id: str, node: str, now: datetime) -> ActionRow:
    return ActionRow(
        id=f"ticket-handled-{entry_id}",
        node=node,
        place=to_us(now),
        at=now,
        who=who,
        action="ticket.handled",
        call=ticket.call,
        request=entry_id,
        result="done",
        details={"ticket": ticket.id},
    )
