"""The API of suggestions and repeats. Both only read: a suggestion is never an action."""

from __future__ import annotations

from aiohttp import web

from ..core.roles import CASES, OVERSIGHT
from .desk import DESK
from .inputs import query_of
from .looks import looked
from .masking import told_to
from .models.calls import SuggestionsAnswer
from .models.tickets import RepeatsAnswer, RepeatsQuery
from .own_calls import is_own_call
from .routes import Reach, declared

routes = web.RouteTableDef()


@routes.get("/api/v1/calls/{id}/suggestions")
@declared(allow=CASES, answer=SuggestionsAnswer, agents=Reach.OWN)
async def suggestions(request: web.Request) -> web.Response:
    """Return what is proposed in a call: ``now``, all that was (``told``), and the checked ``wording``."""
    call = request.match_info["id"]
    found = await request.app[DESK].assist.of_call(call)
    await looked(request, f"call/{call}")
    return told_to(request, found, own=await is_own_call(request, call))


@routes.get("/api/v1/tickets/repeats")
@declared(allow=OVERSIGHT, query=RepeatsQuery, answer=RepeatsAnswer)
async def repeats(request: web.Request) -> web.Response:
    """Return groups, places and callers that were told of again; numbers are masked."""
    asked = query_of(request, RepeatsQuery)
    found = await request.app[DESK].assist.repeats(
        asked.since, asked.until, least_callers=asked.callers, least_calls=asked.calls
    )
    return told_to(request, found)
