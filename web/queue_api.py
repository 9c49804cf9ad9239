"""The figures for programs: the API, the live stream, and ``/metrics`` for Prometheus."""

from __future__ import annotations

from typing import cast, get_args

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import OVERSIGHT, SIGNED_IN, Role
from ..queue.agent_figures import AGENT_DEFINITIONS
from ..queue.periods import Window
from .answers import answer
from .desk import DESK
from .queue_stream import LiveStream
from .queue_stream import answer as answer_stream
from .routes import declared

routes = web.RouteTableDef()

STREAM: web.AppKey[LiveStream] = web.AppKey("live_stream", LiveStream)

_WINDOWS: tuple[str, ...] = get_args(Window)
_LONGEST_SCOPE = 80


@routes.get("/api/v1/queue/metrics")
@declared(allow=SIGNED_IN)
async def metrics(request: web.Request) -> web.Response:
    """Return every figure of ``?scope=`` (all, a queue, group:NAME) in ``?window=`` (24h, day, …)."""
    scope, window = request.query.get("scope", "all"), request.query.get("window", "24h")
    if not scope.isprintable() or len(scope) > _LONGEST_SCOPE:
        raise InvalidInputError("no such scope", mend='"all", a queue\'s name, or "group:NAME"')
    if window not in _WINDOWS:
        raise InvalidInputError("no such window", mend=f"one of {', '.join(_WINDOWS)}")
    return answer(request.app[DESK].figures.metrics(scope, cast("Window", window)))


@routes.get("/api/v1/queue/live")
@declared(allow=SIGNED_IN)
async def live(request: web.Request) -> web.Response:
    """Return the state of this moment."""
    return answer(request.app[DESK].figures.live())


@routes.get("/api/v1/queue/definitions")
@declared(allow=SIGNED_IN)
async def definitions(request: web.Request) -> web.Response:
    """Return what every figure means: formula, unit, limit and version."""
    return answer({"definitions": [one.as_json() for one in request.app[DESK].definitions.values()]})


@routes.get("/api/v1/queue/agents")
@declared(allow=OVERSIGHT)
async def agents(request: web.Request) -> web.Response:
    """Return what every agent did from ``?since=`` (today) to ``?until=`` (now), with the definitions."""
    since, until = request.query.get("since", "today"), request.query.get("until", "now")
    found = await request.app[DESK].agent_times(since, until)
    return answer({"agents": found, "definitions": [one.as_json() for one in AGENT_DEFINITIONS.values()]})


@routes.get("/api/v1/queue/stream")
@declared(allow=SIGNED_IN)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send the state of this moment at every change, as server-sent events."""
    return await answer_stream(request, request.app[STREAM])


@routes.get("/metrics")
@declared(allow=frozenset({Role.OPS, Role.ADMIN}))
async def prometheus(request: web.Request) -> web.Response:
    """Return the figures in Prometheus' form."""
    exposition = request.app[DESK].exposition
    exposition.viewers.set(request.app[STREAM].viewers)
    body, content_type = exposition.text(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})
