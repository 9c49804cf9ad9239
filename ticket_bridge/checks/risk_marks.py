"""The marks of risk that wait for a person, and what people made of those before (R-R-5): the re-check.

A mark is the machine's grade of a ticket (``risk.py``), with the words that it stands on. It waits until a
person has said something of the grade, or confirmed the whole ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..fields import FieldName, FieldValue
from ..tables import TicketRow
from .check_tables import CheckRow

MarkState = Literal["open", "checked"]
_GRADE = FieldName.RISK_GRADE.value


@dataclass(frozen=True)
class RiskWords:
    """Words that a mark stands on; seconds of the recording."""

    words: str
    speaker: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class RiskCheck:
    """What a person made of a mark: ``old`` and ``new`` grade; None is no risk."""

    who: str
    at: datetime
    old: str | None
    new: str | None


@dataclass(frozen=True)
class RiskMark:
    """A ticket with a risk; its grade and class as they stand now, None when a person took them away."""

    id: str
    number: str
    call: str
    node: str
    created_at: datetime
    kind: str | None
    title: str | None
    place: str | None
    risk_class: str | None
    risk_grade: str | None
    people: int | None
    threat: str | None
    words: tuple[RiskWords, ...]
    check: RiskCheck | None


@dataclass(frozen=True)
class RiskMarks:
    """Marks of one state; ``open`` counts all that wait."""

    open: int
    marks: tuple[RiskMark, ...]


async def risk_marks(session: AsyncSession, state: MarkState, *, limit: int) -> RiskMarks:
    """Return the marks that wait, the gravest and of these the newest first, or those checked last."""
    waiting = await session.scalar(select(func.count(TicketRow.id)).where(_waits()))
    found = await (_open(session, limit) if state == "open" else _checked(session, limit))
    return RiskMarks(waiting or 0, tuple(found))


def _waits() -> ColumnElement[bool]:
    said = exists().where(CheckRow.call == TicketRow.call, _of_grade())
    return and_(TicketRow.risk_grade.is_not(None), TicketRow.checked_at.is_(None), ~said)


def _of_grade() -> ColumnElement[bool]:
    return CheckRow.fields[_GRADE].as_string().is_not(None)


async def _open(session: AsyncSession, limit: int) -> Sequence[RiskMark]:
    order = (TicketRow.risk_grade, TicketRow.created_at.desc(), TicketRow.id.desc())
    rows = await session.scalars(select(TicketRow).where(_waits()).order_by(*order).limit(limit))
    return [_mark(row, None) for row in rows]


async def _checked(session: AsyncSession, limit: int) -> Sequence[RiskMark]:
    """Return a ticket once for each check of its grade."""
    query = (
        select(TicketRow, CheckRow)
        .join(CheckRow, CheckRow.call == TicketRow.call)
        .where(_of_grade())
        .order_by(CheckRow.at.desc(), CheckRow.id.desc())
        .limit(limit)
    )
    return [_mark(ticket, check) for ticket, check in await session.execute(query)]


def _mark(row: TicketRow, check: CheckRow | None) -> RiskMark:
    draft = row.draft()
    grade = draft.fields.get(FieldName.RISK_GRADE)
    people = draft.value(FieldName.PEOPLE)
    evidence = () if grade is None else grade.evidence
    return RiskMark(
        id=row.id,
        number=row.number,
        call=row.call,
        node=row.node,
        created_at=row.created_at,
        kind=row.kind,
        title=row.title,
        place=row.place,
        risk_class=_text(draft.value(FieldName.RISK_CLASS)),
        risk_grade=row.risk_grade,
        people=people if isinstance(people, int) else None,
        threat=_text(draft.value(FieldName.THREAT_QUOTE)),
        words=tuple(RiskWords(one.words, one.speaker, one.start_s, one.end_s) for one in evidence),
        check=None if check is None else _check(check),
    )


def _check(row: CheckRow) -> RiskCheck:
    change: dict[str, Any] = row.fields[_GRADE]
    return RiskCheck(row.who, row.at, change["old"], change["new"])


def _text(value: FieldValue | None) -> str | None:
    return None if value is None else str(value)
