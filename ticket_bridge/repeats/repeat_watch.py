"""What is remembered of every new ticket, and what is proposed of repeats while a call goes on (R-R-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from ...core.ticket_settings import RepeatSettings
from ..assist.assist_proposals import Proposal
from ..draft import Draft
from ..fields import Field, FieldName, Origin
from ..words import rules
from .repeat_store import Seen, cluster_of, of_caller, of_others, remember
from .repeats import Known, Matter, caller_key, grade_of_count, higher, matter_of

OTHER_CLASS = "其他"
"""LN 5.1.8: a risk that shows only as a tendency."""


@dataclass(frozen=True)
class Repeats:
    """Looks for repeats as the settings say."""

    settings: RepeatSettings

    async def remember(
        self, session: AsyncSession, made: Draft, *, ticket: str, number: str, node: str, now: datetime
    ) -> None:
        """Write what a new ticket is found by, in the transaction that writes it."""
        known = Known(
            ticket=ticket,
            number=number,
            call=made.call,
            caller=caller_key(str(made.value(FieldName.CALLER) or "")),
            title=str(made.value(FieldName.TITLE) or ""),
            place=str(made.value(FieldName.PLACE) or ""),
            created_at=now,
        )
        await remember(session, known, _matter(made), node=node, window=self._group_window)

    async def graded(self, session: AsyncSession, made: Draft, now: datetime) -> Draft:
        """Return a draft with the grade that the number of independent callers makes, when it is higher.

        What a person has said of it stays.
        """
        said = made.fields.get(FieldName.RISK_GRADE)
        if said is not None and said.origin is Origin.PERSON:
            return made
        caller = caller_key(str(made.value(FieldName.CALLER) or ""))
        others = await self._others(session, _matter(made), caller, now)
        before = None if said is None else str(said.value)
        grade = higher(before, grade_of_count(others.callers + 1))
        if grade is None or grade == before:
            return made
        raised = {FieldName.RISK_GRADE: Field(grade, 0.9, (), Origin.CALL)}
        if made.value(FieldName.RISK_CLASS) is None:
            raised[FieldName.RISK_CLASS] = Field(OTHER_CLASS, 0.5, (), Origin.CALL)
        fields = MappingProxyType({**made.fields, **raised})
        return replace(made, fields=fields)

    async def proposals(
        self, session: AsyncSession, caller: str, call: str, fields: Mapping[str, Any], now: datetime
    ) -> list[Proposal]:
        """Return what is to be told of this caller, and of this matter and place."""
        key = caller_key(caller)
        mine = await of_caller(session, key, now - timedelta(days=self.settings.caller_days), but_call=call)
        matter = matter_of(*(_value(fields, name) for name in ("kind", "domain", "place", "title")))
        others = await self._others(session, matter, key, now)
        return [*self._of_caller(mine), *self._of_others(others, matter)]

    async def _others(self, session: AsyncSession, matter: Matter, caller: str, now: datetime) -> Seen:
        since = now - self._group_window
        cluster = await cluster_of(session, matter, since)
        return Seen(0, 0, ()) if cluster is None else await of_others(session, cluster, caller, since)

    @property
    def _group_window(self) -> timedelta:
        return timedelta(days=self.settings.place_days)

    def _of_caller(self, mine: Seen) -> list[Proposal]:
        count = mine.tickets + 1
        if count < self.settings.caller_from:
            return []
        watched = count >= self.settings.watch_from
        last = mine.newest[0]
        text = str(rules("assist")["watched" if watched else "same_caller"]).format(
            days=self.settings.caller_days, count=count, number=last.number, title=last.title or "无标题"
        )
        data = {"count": count, "watched": watched, "tickets": [one.number for one in mine.newest]}
        return [Proposal(f"repeat:caller:{count}", "repeat", text, data)]

    def _of_others(self, others: Seen, matter: Matter) -> list[Proposal]:
        if not others.callers:
            return []
        last, count = others.newest[0], others.callers + 1
        words = {"count": others.callers, "place": matter.place_text, "number": last.number}
        text = str(rules("assist")["similar"]).format(**words, title=last.title or "无标题")
        grade = grade_of_count(count)
        data = {"callers": count, "grade": grade, "tickets": [one.number for one in others.newest]}
        found = [Proposal("similar:place", "similar", text, data)]
        if grade is not None:
            text = str(rules("assist")["risk_raised"]).format(
                count=count, place=matter.place_text, grade=grade
            )
            data = {"risk_grade": grade, "callers": count}
            found.append(Proposal(f"risk:many:{grade}", "risk", text, data))
        return found


def _matter(made: Draft) -> Matter:
    names = (FieldName.KIND, FieldName.DOMAIN, FieldName.PLACE, FieldName.TITLE)
    values = [made.value(name) for name in names]
    return matter_of(*(None if value is None else str(value) for value in values))


def _value(fields: Mapping[str, Any], name: str) -> str | None:
    field = fields.get(name)
    return None if field is None else str(field["value"])
