"""The figures for programs: the API, the live stream, and ``/metrics`` for Prometheus."""

from __future__ import annotations

from aiohttp import web

from ..core.errors import NotFoundError
from ..core.roles import OVERSIGHT, SIGNED_IN, Role
from ..queue.agent_figures import AGENT_DEFINITIONS
from .answers import answer
from .desk import DESK
from .inputs import query_of
from .models.agents import AgentTimesAnswer, AgentTimesQuery, DefinitionsAnswer
from .models.figures import LiveAnswer, MetricsAnswer, MetricsQuery, ProblemEvent
from .queue_stream import LiveStream, TooManyViewersError
from .queue_stream import answer as answer_stream
from .routes import declared

routes = web.RouteTableDef()

STREAM: web.AppKey[LiveStream] = web.AppKey("live_stream", LiveStream)


@routes.get("/api/v1/queue/metrics")
@declared(allow=SIGNED_IN, query=MetricsQuery, answer=MetricsAnswer, errors=(NotFoundError,))
async def metrics(request: web.Request) -> web.Response:
    """Return every figure of a scope in a window."""
    asked = query_of(request, MetricsQuery)
    return answer(request.app[DESK].figures.metrics(asked.scope, asked.window))


@routes.get("/api/v1/queue/live")
@declared(allow=SIGNED_IN, answer=LiveAnswer)
async def live(request: web.Request) -> web.Response:
    """Return the state of this moment."""
    return answer(request.app[DESK].figures.live())


@routes.get("/api/v1/queue/definitions")
@declared(allow=SIGNED_IN, answer=DefinitionsAnswer)
async def definitions(request: web.Request) -> web.Response:
    """Return what every figure means: formula, unit, limit and version."""
    return answer({"definitions": [one.as_json() for one in request.app[DESK].definitions.values()]})


@routes.get("/api/v1/queue/agents")
@declared(allow=OVERSIGHT, query=AgentTimesQuery, answer=AgentTimesAnswer)
async def agents(request: web.Request) -> web.Response:
    """Return what every agent did in a period, with the figures' definitions."""
    asked = query_of(request, AgentTimesQuery)
    found = await request.app[DESK].agent_times(asked.since, asked.until)
    return answer({"agents": found, "definitions": [one.as_json() for one in AGENT_DEFINITIONS.values()]})


@routes.get("/api/v1/queue/stream")
@declared(
    allow=SIGNED_IN,
    media="text/event-stream",
    events={"live": LiveAnswer, "problem": ProblemEvent},
    errors=(TooManyViewersError,),
)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send the state of this moment at every change, as server-sent events."""
    return await answer_stream(request, request.app[STREAM])


@routes.get("/metrics")
@declared(allow=frozenset({Role.OPS, Role.ADMIN}), media="text/plain")
async def prometheus(request: web.Request) -> web.Response:
    """Return the figures in Prometheus' form."""
    exposition = request.app[DESK].exposition
    exposition.viewers.set(request.app[STREAM].viewers)
    body, content_type = exposition.text(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})
