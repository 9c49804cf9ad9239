"""Lets people say what is right in a draft, during a call or after it, and shows the ticket with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...core.clock import Clock, IdMaker, new_id, utc_now
from ...core.db import Database
from ...core.errors import NotFoundError
from ...core.events import EventBus
from .. import tables
from ..callback_results import callbacks_of
from ..draft import Draft
from ..fields import SPECS, FieldName, FieldValue
from ..live.live_events import DraftChecked
from ..live.missing import missing
from .check_tables import Said, checks_of, put_check
from .checks import Check, settled

_LONGEST_KEY = 150


class Checks:
    """The re-check of a node's drafts (R-R-5, R-T-12).

    ``live`` gives the draft of a call in progress, whose ticket is made later; without ``bus`` nobody but
    the store learns of it.
    """

    def __init__(
        self,
        database: Database,
        *,
        node: str,
        bus: EventBus | None = None,
        live: Callable[[str], Draft | None] = lambda _call: None,
        clock: Clock = utc_now,
        make_id: IdMaker = new_id,
    ) -> None:
        self._database = database
        self._node = node
        self._bus = bus
        self._live = live
        self._clock = clock
        self._make_id = make_id

    async def say(self, key: str, said: Said) -> dict[str, Any]:
        """Store what a person says and return the draft as it stands then.

        Raises ``NotFoundError`` for what is neither a ticket nor a call in progress, ``InvalidInputError``.
        """
        _check(key)
        async with self._database.write() as session:
            check, ticket = await put_check(
                session,
                key,
                said,
                check_id=self._make_id(),
                node=self._node,
                now=self._clock(),
                live=self._live(key),
            )
        if self._bus is not None:
            self._bus.publish(
                DraftChecked(
                    at=check.at,
                    call=check.call,
                    ticket="" if ticket is None else ticket.id,
                    who=check.who,
                    right=settled([check]),
                )
            )
        return await self.show(key)

    async def show(self, key: str) -> dict[str, Any]:
        """Return a ticket, or the draft of a call in progress, with hints, makers, checks and callbacks.

        Raises ``NotFoundError``.
        """
        _check(key)
        async with self._database.read() as session:
            ticket = await tables.find(session, key)
            checks = await checks_of(session, key if ticket is None else ticket.call)
            callbacks = [] if ticket is None else await callbacks_of(session, ticket.number, ticket.id)
        draft = self._live(key) if ticket is None else ticket.draft()
        if draft is None:
            raise NotFoundError(f"no ticket {key[:60]!r}", mend="`hotline ticket list` shows the newest")
        head = {"id": "", "call": draft.call} if ticket is None else ticket.overview()
        return {**head, **sheet(draft, checks), "callbacks": callbacks}

    async def said_of(self, call: str) -> Mapping[FieldName, FieldValue | None]:
        """Return what people said last of each field of a call's draft."""
        async with self._database.read() as session:
            return settled(await checks_of(session, call))


def sheet(draft: Draft, checks: list[Check]) -> dict[str, Any]:
    """Return a draft for the API and ``--json``: every field, who made it, what is missing, the checks."""
    fields = {
        name.value: None
        if (one := draft.fields.get(name)) is None
        else {**one.to_json(), "by": _by(draft, name, checks)}
        for name in SPECS
    }
    said = settled(checks)
    return {
        "fields": fields,
        "made": draft.made.to_json(),
        "missing": [hint.to_json() for hint in missing(draft.fields) if hint.field not in said],
        "checks": [check.to_json() for check in checks],
    }


def _by(draft: Draft, name: FieldName, checks: list[Check]) -> str:
    """Return who stands for a field: the person who said so last, else rules or model."""
    last = next((check.who for check in reversed(checks) if name in check.fields), None)
    return draft.made.maker(name.value) if last is None else last


def _check(key: str) -> None:
    if not key.isprintable() or not 0 < len(key) <= _LONGEST_KEY:
        raise NotFoundError("no such ticket", mend="`hotline ticket list` shows the newest")
