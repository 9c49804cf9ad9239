"""The API's calls and agents, and whether the node works.

Errors are problem+json. Every path but ``/healthz`` needs the token or a session (``web/auth.py``).
"""

from __future__ import annotations

from aiohttp import web

from ..core.log import mask
from ..core.roles import CASES, SIGNED_IN, STAFF
from ..queue.agents import NotSignedInError
from .answers import answer
from .desk import DESK
from .identity import for_agent
from .inputs import body_as, query_of
from .looks import looked
from .masking import shown_to
from .models.agents import AgentsAnswer, PauseBody
from .models.calls import CallAnswer, CallPage, CallQuery
from .models.figures import HealthAnswer, StatusAnswer
from .own_calls import is_own_call, only_of
from .paging import CursorError
from .routes import PUBLIC, Reach, declared
from .switch_errors import SWITCH
from .transcript_view import transcript_view

routes = web.RouteTableDef()


@routes.get("/healthz")
@declared(allow=PUBLIC, answer=HealthAnswer, more_statuses=(503,))
async def health(request: web.Request) -> web.Response:
    """Tell a watchdog whether the node works; what is wrong is shown to those who are signed in."""
    live = request.app[DESK].live()
    good = live.switch_connected and not live.problems
    return answer({"status": "ok" if good else "degraded"}, 200 if good else 503)


@routes.get("/api/v1/status")
@declared(allow=SIGNED_IN, answer=StatusAnswer)
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
@declared(allow=SIGNED_IN, query=CallQuery, answer=CallPage, errors=(CursorError,), agents=Reach.OWN)
async def calls(request: web.Request) -> web.Response:
    """Return calls, the newest first; a list never shows whole numbers."""
    found, after = await request.app[DESK].lists.calls(query_of(request, CallQuery), only_of(request))
    shown = [{**call, "caller": mask(call["caller"])} for call in found]
    return answer({"calls": shown, "next": after})


@routes.get("/api/v1/calls/{id}")
@declared(allow=CASES, answer=CallAnswer, agents=Reach.OWN)
async def call(request: web.Request) -> web.Response:
    """Return one call with steps, third lines, recordings, transcript and ticket."""
    call = request.match_info["id"]
    view = await request.app[DESK].call(call)
    await looked(request, f"call/{call}")
    own = await is_own_call(request, call)
    said = {"transcript": transcript_view(view.pop("transcript")), "ticket": view.pop("ticket")}
    del view["now"]
    return answer({**shown_to(request, view), **shown_to(request, said, own=own)})


@routes.get("/api/v1/agents")
@declared(allow=SIGNED_IN, answer=AgentsAnswer, errors=SWITCH)
async def agents(request: web.Request) -> web.Response:
    """Return what every agent is doing now."""
    return answer({"agents": await request.app[DESK].agents.states()})


@routes.post("/api/v1/agents/{number}/{action:sign-in|sign-out|pause|ready}")
@declared(
    allow=STAFF,
    body=PauseBody,
    body_required=False,
    answer=AgentsAnswer,
    errors=(NotSignedInError, *SWITCH),
)
async def agent_action(request: web.Request) -> web.Response:
    """Sign an agent in or out, pause or ready it; an agent may do so for the own number."""
    agents = request.app[DESK].agents
    number = for_agent(request, request.match_info["number"])
    body = await body_as(request, PauseBody)
    match request.match_info["action"]:
        case "sign-in":
            await agents.sign_in(number)
        case "sign-out":
            await agents.sign_out(number)
        case "pause":
            await agents.pause(number, body.reason)
        case _:
            await agents.ready(number)
    return answer({"agents": await agents.states()})
