"""Draft tickets for programs: show one, correct its fields, confirm them (R-R-5, R-T-12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import CASES, STAFF
from ..ticket_bridge.checks.check_tables import Said
from ..ticket_bridge.checks.checks import field_name, read_corrections
from .answers import answer
from .routes import declared
from .three_way_api import body_of, word

routes = web.RouteTableDef()

_LONGEST_WHO = 60
_EXAMPLE = '{"who": "1001", "fields": {"kind": "投诉"}, "confirm": ["place"]}'


class Checking(Protocol):
    """What the API needs of ``ticket_bridge.check_service.Checks``."""

    async def say(self, key: str, said: Said) -> dict[str, Any]:
        """Store what a person says of a draft."""
        ...

    async def show(self, key: str) -> dict[str, Any]:
        """Return a ticket, or the draft of a call in progress."""
        ...


CHECKS: web.AppKey[Checking] = web.AppKey("checks", Checking)


@routes.get("/api/v1/tickets/{id}")
@declared(allow=CASES)
async def ticket(request: web.Request) -> web.Response:
    """Return a ticket by its id, number or call, or the draft of a call in progress by its call."""
    return answer(await request.app[CHECKS].show(request.match_info["id"]))


@routes.patch("/api/v1/tickets/{id}")
@declared(allow=STAFF)
async def check(request: web.Request) -> web.Response:
    """Correct and confirm: ``{"who": …, "fields": {"place": null}, "confirm": ["kind"]}``, or ``true``."""
    body = await body_of(request, example=_EXAMPLE)
    return answer(await request.app[CHECKS].say(request.match_info["id"], _said(body)))


def _said(body: Mapping[str, object]) -> Said:
    who = word(body.get("who", ""), "who").strip()
    if not who or len(who) > _LONGEST_WHO:
        raise InvalidInputError("who says so is missing or too long", mend=f"send {_EXAMPLE}")
    fields = body.get("fields", {})
    if not isinstance(fields, dict):
        raise InvalidInputError("fields must be an object", mend=f"send {_EXAMPLE}")
    corrections = read_corrections(cast("dict[str, object]", fields))
    confirm = body.get("confirm", [])
    if confirm is True:
        return Said(who, corrections, whole=True)
    if not isinstance(confirm, list) or len(cast("list[object]", confirm)) > 64:
        raise InvalidInputError("confirm must be true or a list of fields", mend=f"send {_EXAMPLE}")
    names = frozenset(field_name(word(one, "confirm")) for one in cast("list[object]", confirm))
    return Said(who, corrections, names)
