"""Reading the third lines of calls from the store, as plain values for command line, API and page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ..core.clock import to_us
from ..core.settings import Settings
from .tables import RoomLineRow

STEPS = ("moved", "dialled", "ringing", "answered", "joined", "left", "ended")
_PUSHED = ("case", "officer", "caller", "kind")
_TRY_STEPS = ("dialled", "ringing", "answered", "failed")


@dataclass(frozen=True)
class Directory:
    """The third lines of a site by name: label and kind."""

    entries: Mapping[str, tuple[str, str]]

    @staticmethod
    def of(settings: Settings) -> Directory:
        """Return the directory of a configuration."""
        return Directory({line.name: (line.label, line.kind) for line in settings.third_lines})

    def label(self, target: str) -> str:
        """Return what people call a third line; its name when the settings do not know it any more."""
        return self.entries.get(target, (target, ""))[0]

    def kind(self, target: str, told: str = "") -> str:
        """Return the kind that the dialplan told, else that of the settings, else nothing."""
        return told or self.entries.get(target, ("", ""))[1]

    def of_kind(self, kind: str) -> list[str]:
        """Return the names of the third lines of a kind."""
        return [name for name, (_, own) in self.entries.items() if own == kind]


@dataclass(frozen=True)
class Asked:
    """Which lines are wanted: asked for in [since, until), newest first, at most ``limit``; empty: any."""

    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    target: str = ""
    limit: int | None = None


async def read_lines(session: AsyncSession, directory: Directory, asked: Asked) -> list[dict[str, Any]]:
    """Return lines as ``line_of`` gives them, the newest first."""
    query = select(RoomLineRow).order_by(RoomLineRow.asked_at.desc(), RoomLineRow.call, RoomLineRow.line)
    query = query.where(*_conditions(directory, asked))
    if asked.limit is not None:
        query = query.limit(asked.limit)
    return [line_of(row, directory) for row in await session.scalars(query)]


async def lines_of_call(session: AsyncSession, directory: Directory, call: str) -> list[dict[str, Any]]:
    """Return the lines of one call in the order in which they were asked for."""
    query = select(RoomLineRow).where(RoomLineRow.call == call)
    rows = await session.scalars(query.order_by(RoomLineRow.asked_at, RoomLineRow.line))
    return [line_of(row, directory) for row in rows]


def line_of(row: RoomLineRow, directory: Directory) -> dict[str, Any]:
    """Return a line as plain values.

    ``ms`` has each step's milliseconds after the request, None for what did not come; ``tries`` has the same
    of each route. Moments are aware, in UTC.
    """
    begun = row.asked_at
    return {
        "call": row.call,
        "line": row.line,
        "node": row.node,
        "target": row.target,
        "label": directory.label(row.target),
        "kind": directory.kind(row.target, row.kind),
        "agent": row.agent,
        "how": row.how,
        "mode": row.mode,
        "request": row.request,
        "state": row.state,
        "why": row.why,
        "route": row.route,
        "trunk": row.trunk,
        "number": row.number,
        "asked_at": begun,
        **{f"{step}_at": getattr(row, f"{step}_at") for step in STEPS},
        "ms": {step: _after(begun, getattr(row, f"{step}_at")) for step in STEPS},
        "tries": [_try(one, begun) for one in row.tries],
    }


def _conditions(directory: Directory, asked: Asked) -> Iterable[ColumnElement[bool]]:
    if asked.since is not None:
        yield RoomLineRow.asked_at >= asked.since
    if asked.until is not None:
        yield RoomLineRow.asked_at < asked.until
    if asked.target:
        yield RoomLineRow.target == asked.target
    if asked.kind:
        untold = and_(RoomLineRow.kind == "", RoomLineRow.target.in_(directory.of_kind(asked.kind)))
        yield or_(RoomLineRow.kind == asked.kind, untold)


def _after(begun: datetime | None, at: datetime | None) -> int | None:
    return None if begun is None or at is None else round((to_us(at) - to_us(begun)) / 1000)


def _try(one: Mapping[str, Any], begun: datetime | None) -> dict[str, Any]:
    shown = {name: one[name] for name in ("route", "trunk", "number", "why", "cause")}
    begun_us = None if begun is None else to_us(begun)
    for step in _TRY_STEPS:
        at_us = one[f"{step}_us"]
        shown[f"{step}_ms"] = None if at_us is None or begun_us is None else round((at_us - begun_us) / 1000)
    return shown


def pushed_of(facts: list[Any]) -> dict[str, str] | None:
    """Return what came with a call that 110 handed over, or None: case, officer, caller, kind, about.

    ``facts`` is the stored record of the call. ``caller`` and ``about`` are personal data; ``about`` is free
    text, which the dialplan writes URI-encoded with a colon for each percent sign.
    """
    for _, slot, _, _, values in facts:
        if str(slot).endswith(":HL_PUSHED"):
            about = unquote(str(values.get("about", "")).replace(":", "%"), errors="replace")
            return {**dict.fromkeys(_PUSHED, ""), **values, "about": about}
    return None
