"""What our lines carry, by the store: our numbers, under their rows' lock, and the open attempts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from ...core.settings import Settings
from ..rows import OPEN_ATTEMPTS
from ..tables import AttemptRow, LineRow
from .hours import CallingHours
from .planner import Line, Slot, refilled


@dataclass(frozen=True)
class Use:
    """The lines of a node, and what is open: by campaign and by number, on every node."""

    rows: Sequence[LineRow]
    lines: tuple[Line, ...]
    campaigns: Counter[str]

    def credit(self) -> dict[str, float]:
        """Return the calls that may begin at once, by trunk; the trunk's first number keeps them."""
        found: dict[str, float] = {}
        for row in self.rows:
            found.setdefault(row.trunk, row.credit)
        return found

    def took(self, slots: Sequence[Slot]) -> None:
        """Count calls that begin."""
        first = {row.trunk: row for row in reversed(self.rows)}
        for slot in slots:
            first[slot.trunk].credit -= 1
            row = next(one for one in self.rows if (one.trunk, one.number) == (slot.trunk, slot.number))
            row.calls += 1


async def lock_lines(
    session: AsyncSession,
    settings: Settings,
    hours: CallingHours,
    now: datetime,
    *,
    ended: Collection[str] = (),
) -> Use:
    """Return the lines of this node with their counts of today; who claims beside us waits for the end.

    So does another node with the same numbers: a number is one to carriers, whoever calls under it.

    ``ended`` are open attempts whose calls are known to be over: they hold no line.
    """
    node, today = settings.site.node, hours.day(now)
    per_second = {one.name: one.per_second for one in settings.robot.trunks}
    numbers = [
        (trunk.name, number)
        for trunk in settings.trunks
        if trunk.name in per_second
        for number in trunk.numbers
    ]
    ours = sorted({number for _, number in numbers})
    everywhere = select(LineRow).where(LineRow.number.in_(ours)).order_by(LineRow.node, LineRow.trunk)
    query = everywhere.order_by(LineRow.number).with_for_update()
    order = {one: place for place, one in enumerate(numbers)}
    found = (await session.scalars(query)).all()
    rows = _known(found, node, order)
    if len(rows) < len(numbers):
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        fresh = {"node": node, "day": today, "calls": 0, "credited_at": now}
        values = [
            fresh | {"trunk": trunk, "number": number, "credit": max(per_second[trunk], 1.0)}
            for trunk, number in sorted(numbers)
        ]
        await session.execute(dialect.insert(LineRow).values(values).on_conflict_do_nothing())
        rows = _known((await session.scalars(query)).all(), node, order)
    for row in rows:
        if row.day != today:
            row.day, row.calls = today, 0
        passed = (now - row.credited_at).total_seconds()
        row.credit, row.credited_at = refilled(row.credit, passed, per_second[row.trunk]), now
    elsewhere = Counter[str]()
    for row in found:
        if row.node != node and row.day == today:
            elsewhere[row.number] += row.calls
    return await _use(session, node, rows, ended, elsewhere)


def _known(found: Sequence[LineRow], node: str, order: dict[tuple[str, str], int]) -> list[LineRow]:
    """Return this node's rows in the settings' order."""
    known = [row for row in found if row.node == node and (row.trunk, row.number) in order]
    return sorted(known, key=lambda row: order[row.trunk, row.number])


async def _use(
    session: AsyncSession, node: str, rows: Sequence[LineRow], ended: Collection[str], elsewhere: Counter[str]
) -> Use:
    by = (AttemptRow.node, AttemptRow.trunk, AttemptRow.line, AttemptRow.campaign)
    query = select(*by, func.count()).where(AttemptRow.state.in_(OPEN_ATTEMPTS)).group_by(*by)
    if ended:
        query = query.where(AttemptRow.id.not_in(ended))
    counted = await session.execute(query)
    here: Counter[tuple[str, str]] = Counter()
    open_elsewhere = Counter[str]()
    campaigns: Counter[str] = Counter()
    for at, trunk, line, campaign, count in counted:
        campaigns[campaign] += count
        if at == node:
            here[trunk, line] += count
        else:
            open_elsewhere[line] += count
    lines = tuple(
        Line(
            *(row.trunk, row.number, here[row.trunk, row.number], row.calls),
            open_elsewhere=open_elsewhere[row.number],
            calls_elsewhere=elsewhere[row.number],
        )
        for row in rows
    )
    return Use(rows, lines, campaigns)
