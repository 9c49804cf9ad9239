"""One whole number or name, on request, for a reason: the only way in which a person's page sees it (R-S-1).

The entry in the access log is stored before the value is given; who is refused stands there too.
"""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from ..callback_bot.tables import CallbackRow
from ..core.access.errors import RefusedError
from ..core.errors import InvalidInputError, NotFoundError
from ..core.roles import Role
from ..telephony.room_queries import pushed_of
from ..telephony.tables import CallRow
from ..ticket_bridge import tables as tickets
from ..ticket_bridge.fields import FieldName
from .access_entries import note
from .access_models import RevealBody, Revealed
from .answers import answer
from .identity import WHO
from .inputs import body_as
from .own_calls import is_own_call
from .routes import declared
from .session_state import REVEALS
from .users_api import access_of

routes = web.RouteTableDef()

Found = tuple[str, str | None]
"""The whole value, and the call that it came from."""


@routes.post("/api/v1/reveals")
@declared(allow=REVEALS, body=RevealBody, answer=Revealed, errors=(RefusedError, NotFoundError))
async def reveal(request: web.Request) -> web.Response:
    """Return a value whole: ``caller`` of a call, a field of a ticket, ``phone`` of a callback.

    An agent is told what belongs to the own calls only.
    """
    body, who = await body_as(request, RevealBody), request[WHO]
    reason = " ".join(body.reason.split())
    if len(reason) < 4 or not body.id.isprintable():
        raise InvalidInputError("a reason is needed", mend='such as "回拨市民核实地址"')
    subject = f"{body.what}/{body.id}/{body.field}"
    async with access_of(request).database.read() as session:
        found = await _find(session, body)
    call = None if found is None else found[1]
    is_agent = who.role is Role.AGENT
    may = found is not None and (not is_agent or (call is not None and await is_own_call(request, call)))
    await note(request, "reveal", subject, reason=reason, result="ok" if may else "refused")
    if is_agent and not may:
        raise RefusedError("this is not of one of your calls", mend="ask a supervisor")
    if found is None:
        raise NotFoundError("there is nothing to be shown", mend="look at what, id and field")
    return answer({"value": found[0]})


async def _find(session: AsyncSession, body: RevealBody) -> Found | None:
    match body.what:
        case "call":
            return await _of_call(session, body.id, body.field)
        case "ticket":
            return await _of_ticket(session, body.id, body.field)
        case "callback":
            row = await session.get(CallbackRow, body.id) if len(body.id) <= 26 else None
            value = {"phone": row.phone, "person": row.person}.get(body.field) if row else None
            return (value, None) if value else None


async def _of_call(session: AsyncSession, call: str, field: str) -> Found | None:
    row = await session.get(CallRow, call)
    if row is None:
        return None
    pushed = pushed_of(row.facts) or {}
    value = {"caller": row.number, "pushed": pushed.get("caller")}.get(field)
    return (str(value), call) if value else None


async def _of_ticket(session: AsyncSession, key: str, field: str) -> Found | None:
    row = await tickets.find(session, key)
    if row is None or field not in frozenset(FieldName):
        return None
    found = row.draft().fields.get(FieldName(field))
    if found is None:
        return None
    return str(found.value), row.call
