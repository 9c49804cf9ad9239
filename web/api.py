"""The API of this first version: health, calls, tickets, recordings, and the agents' state.

Errors are problem+json. Every path but ``/healthz`` needs the token or a session (``web/auth.py``).
"""

from __future__ import annotations

import re

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.log import mask
from ..core.roles import CASES, SIGNED_IN, STAFF
from .answers import answer
from .desk import DESK
from .routes import PUBLIC, declared
from .transcript_view import transcript_view

routes = web.RouteTableDef()

MOST_ROWS = 500
_LIMIT = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", "50")
    if not _LIMIT.fullmatch(text) or int(text) > MOST_ROWS:
        raise InvalidInputError("limit must be a whole number", mend=f"give limit=1 to {MOST_ROWS}")
    return int(text)


@routes.get("/healthz")
@declared(allow=PUBLIC)
async def health(request: web.Request) -> web.Response:
    """Tell a watchdog whether the node works; what is wrong is shown to those who are signed in."""
    live = request.app[DESK].live()
    good = live.switch_connected and not live.problems
    return answer({"status": "ok" if good else "degraded"}, 200 if good else 503)


@routes.get("/api/v1/status")
@declared(allow=SIGNED_IN)
async def status(request: web.Request) -> web.Response:
    """Return the live state."""
    live = request.app[DESK].live()
    return answer(
        {
            "switch_connected": live.switch_connected,
            "open_calls": live.open_calls,
            "problems": list(live.problems),
            "alarms": list(live.alarms),
        }
    )


@routes.get("/api/v1/calls")
@declared(allow=SIGNED_IN)
async def calls(request: web.Request) -> web.Response:
    """Return the newest calls (``?limit=``); a list never shows whole numbers."""
    found = await request.app[DESK].calls(limit=_limit(request))
    return answer({"calls": [{**call, "caller": mask(call["caller"])} for call in found]})


@routes.get("/api/v1/calls/{id}")
@declared(allow=CASES)
async def call(request: web.Request) -> web.Response:
    """Return one call with steps, third lines, recordings, transcript and ticket."""
    view = await request.app[DESK].call(request.match_info["id"])
    del view["now"]
    return answer({**view, "transcript": transcript_view(view["transcript"])})


@routes.get("/api/v1/tickets")
@declared(allow=CASES)
async def ticket_list(request: web.Request) -> web.Response:
    """Return the newest draft tickets (``?limit=``)."""
    return answer({"tickets": await request.app[DESK].tickets(limit=_limit(request))})


@routes.get("/api/v1/recordings/{node}/{path:.+}")
@declared(allow=CASES)
async def recording(request: web.Request) -> web.FileResponse:
    """Return a recording's sound; ranges are honoured."""
    file = await request.app[DESK].recording(request.match_info["node"], request.match_info["path"])
    return web.FileResponse(file, headers={"Content-Type": "audio/wav"})


@routes.get("/api/v1/agents")
@declared(allow=SIGNED_IN)
async def agents(request: web.Request) -> web.Response:
    """Return what every agent is doing now."""
    return answer({"agents": await request.app[DESK].agents.states()})


@routes.post("/api/v1/agents/{number}/{action:sign-in|sign-out|pause|ready}")
@declared(allow=STAFF)
async def agent_action(request: web.Request) -> web.Response:
    """Sign an agent in or out, pause (``{"reason": …}``) or ready it."""
    agents = request.app[DESK].agents
    number = request.match_info["number"]
    match request.match_info["action"]:
        case "sign-in":
            await agents.sign_in(number)
        case "sign-out":
            await agents.sign_out(number)
        case "pause":
            await agents.pause(number, await _reason(request))
        case _:
            await agents.ready(number)
    return answer({"agents": await agents.states()})


async def _reason(request: web.Request) -> str:
    if not request.can_read_body:
        return "rest"
    try:
        body = await request.json()
    except (ValueError, LookupError, RecursionError) as error:
        raise InvalidInputError("the body is not JSON", mend='send {"reason": "rest"}') from error
    reason = body.get("reason", "rest") if isinstance(body, dict) else None
    if not isinstance(reason, str):
        raise InvalidInputError("reason must be a text", mend='send {"reason": "rest"}')
    return reason
