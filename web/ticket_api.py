"""Draft tickets for programs: show one, correct its fields, confirm them (R-R-5, R-T-12)."""

from __future__ import annotations

from typing import Any, Protocol

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import CASES, STAFF
from ..ticket_bridge.checks.check_tables import Said
from ..ticket_bridge.checks.checks import field_name, read_corrections
from .desk import DESK
from .identity import answerable
from .inputs import body_as, query_of
from .looks import looked
from .masking import told_to
from .models.tickets import CheckBody, ConfirmBody, TicketAnswer, TicketPage, TicketQuery
from .own_calls import is_own_call, only_of
from .paging import CursorError
from .routes import Reach, declared

routes = web.RouteTableDef()
checking = web.RouteTableDef()
"""The routes that need the drafts' checks."""


class Checking(Protocol):
    """What the API needs of ``ticket_bridge.check_service.Checks``."""

    async def say(self, key: str, said: Said) -> dict[str, Any]:
        """Store what a person says of a draft."""
        ...

    async def show(self, key: str) -> dict[str, Any]:
        """Return a ticket, or the draft of a call in progress."""
        ...


CHECKS: web.AppKey[Checking] = web.AppKey("checks", Checking)


@routes.get("/api/v1/tickets")
@declared(allow=CASES, query=TicketQuery, answer=TicketPage, errors=(CursorError,), agents=Reach.OWN)
async def tickets(request: web.Request) -> web.Response:
    """Return tickets without their fields, the newest first."""
    found, after = await request.app[DESK].lists.tickets(query_of(request, TicketQuery), only_of(request))
    return told_to(request, {"tickets": found, "next": after})


@checking.get("/api/v1/tickets/{id}")
@declared(allow=CASES, answer=TicketAnswer, agents=Reach.CALLER)
async def ticket(request: web.Request) -> web.Response:
    """Return a ticket by its id, number or call, or the draft of a call in progress by its call."""
    return await _told(request, await request.app[CHECKS].show(request.match_info["id"]))


@checking.patch("/api/v1/tickets/{id}")
@declared(allow=STAFF, body=CheckBody, answer=TicketAnswer, agents=Reach.OWN)
async def check(request: web.Request) -> web.Response:
    """Correct and confirm fields of a ticket, or of the draft of a call in progress.

    Fields named in ``fields`` are otherwise, those in ``confirm`` are right; ``"confirm": true`` confirms
    the whole of a ticket.
    """
    body = await body_as(request, CheckBody)
    said = _said(body, answerable(request, body.who))
    return await _told(request, await request.app[CHECKS].say(request.match_info["id"], said))


@checking.post("/api/v1/tickets/{id}/confirm")
@declared(allow=STAFF, body=ConfirmBody, body_required=False, answer=TicketAnswer, agents=Reach.OWN)
async def confirm(request: web.Request) -> web.Response:
    """Confirm a whole ticket as it stands."""
    body = await body_as(request, ConfirmBody)
    said = Said(answerable(request, body.who), {}, whole=True)
    return await _told(request, await request.app[CHECKS].say(request.match_info["id"], said))


async def _told(request: web.Request, found: dict[str, Any]) -> web.Response:
    """Answer with a ticket, noted as a look; who took its call heard what stands in it."""
    await looked(request, f"ticket/{request.match_info['id']}")
    own = await is_own_call(request, str(found.get("call") or request.match_info["id"]))
    return told_to(request, found, own=own)


def _said(body: CheckBody, who: str) -> Said:
    if any("**" in value for value in body.fields.values() if isinstance(value, str)):
        raise InvalidInputError(
            "a masked value cannot be stored", mend="ask for it with POST /api/v1/reveals"
        )
    corrections = read_corrections(body.fields)
    if body.confirm is True:
        return Said(who, corrections, whole=True)
    return Said(who, corrections, frozenset(field_name(one) for one in body.confirm))
