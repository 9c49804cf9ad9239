"""Where the checks of drafts are kept: one row for each act of a person; the ticket shows what they left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, String, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from ...core.action_log import ActionRow
from ...core.clock import to_us
from ...core.db import Base, Json, UtcDateTime
from ...core.errors import InvalidInputError, NotFoundError
from .. import tables
from ..draft import Draft
from ..fields import FieldName, FieldValue
from ..values import OPEN
from .checks import Act, Change, Check, changes, overlaid, settled


class CheckRow(Base):
    """What a person said of a draft's fields, by the call: a call in progress has no ticket yet."""

    __tablename__ = "ticket_checks"
    __table_args__ = (Index("ix_ticket_checks_call", "call"), Index("ix_ticket_checks_at", "at"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    call: Mapped[str] = mapped_column(String(150))
    node: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(60))
    act: Mapped[str] = mapped_column(String(10))
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    """``{"kind": {"old": "求助", "new": "投诉"}}``."""

    def check(self) -> Check:
        """Return the row as it is read."""
        fields = {FieldName(name): Change(one["old"], one["new"]) for name, one in self.fields.items()}
        return Check(self.id, self.call, self.at, self.who, cast("Act", self.act), fields)


@dataclass(frozen=True)
class Said:
    """What a person says of a draft: fields that are otherwise, fields that are right, or all of it right."""

    who: str
    corrections: Mapping[FieldName, FieldValue | None]
    confirmed: frozenset[FieldName] = frozenset()
    whole: bool = False


async def put_check(
    session: AsyncSession,
    key: str,
    said: Said,
    *,
    check_id: str,
    node: str,
    now: datetime,
    live: Draft | None = None,
) -> tuple[Check, tables.TicketRow | None]:
    """Store what a person says of a draft, in the caller's transaction, with an entry of the action log.

    ``key`` is a ticket's id or number, or a call; ``live`` is the draft of a call in progress, whose ticket
    is made later and then takes over what was said. Raises ``NotFoundError`` and ``InvalidInputError``.
    """
    found = await tables.find(session, key)
    call = key if found is None else found.call
    await hold(session, call)
    ticket = found or await tables.find(session, call)
    if ticket is not None:
        await session.refresh(ticket)
    shown = live if ticket is None else ticket.draft()
    if shown is None:
        raise NotFoundError(f"no ticket {key[:60]!r}", mend="`hotline ticket list` shows the newest")
    if ticket is None and said.whole:
        raise InvalidInputError(
            "the call goes on: its draft can only be confirmed field by field",
            mend='send {"confirm": ["kind"]}',
        )
    whole = {name for name in OPEN if name not in said.corrections} if said.whole else set[FieldName]()
    made = changes(shown, said.corrections, said.confirmed | whole)
    if not made:
        raise InvalidInputError("nothing was said of any field", mend='send {"fields": {"kind": "投诉"}}')
    act: Act = "correct" if said.corrections else "confirm"
    check = Check(check_id, call, now, said.who, act, made)
    session.add(_row(check, node))
    session.add(_entry(check, node, "" if ticket is None else ticket.id))
    if ticket is not None:
        ticket.put(overlaid(shown, settled([check])), now)
        if said.whole:
            ticket.checked_at, ticket.checked_by = now, said.who
    return check, ticket


async def hold(session: AsyncSession, call: str) -> None:
    """Keep the draft of a call from being stored and checked at once; ends with the transaction.

    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:call, 5))"), {"call": call}
        )


async def checks_of(session: AsyncSession, call: str) -> list[Check]:
    """Return what was said of a call's draft, in the order of time."""
    rows = select(CheckRow).where(CheckRow.call == call).order_by(CheckRow.at, CheckRow.id)
    return [row.check() for row in await session.scalars(rows)]


async def apply_checks(session: AsyncSession, draft: Draft) -> Draft:
    """Return a draft that is about to be stored with what people said of it while the call went on."""
    await hold(session, draft.call)
    return overlaid(draft, settled(await checks_of(session, draft.call)))


def latest(checks: Iterable[Check]) -> dict[FieldName, Check]:
    """Return the check that stands for each field."""
    return {name: check for check in checks for name in check.fields}


def _row(check: Check, node: str) -> CheckRow:
    return CheckRow(
        id=check.id,
        call=check.call,
        node=node,
        at=check.at,
        who=check.who,
        act=check.act,
        fields=check.to_json()["fields"],
    )


def _entry(check: Check, node: str, ticket: str) -> ActionRow:
    """Return the entry of the action log; the values, which are personal data, stay in ``ticket_checks``."""
    return ActionRow(
        id=f"ticket-check-{check.id}",
        node=node,
        place=to_us(check.at),
        at=check.at,
        who=check.who,
        action=f"ticket.{check.act}",
        call=check.call,
        request=check.id,
        result="done",
        details={"ticket": ticket, "fields": ", ".join(sorted(name.value for name in check.fields))},
    )
