"""The API of what was: the third lines that were brought into calls, and their report."""

from __future__ import annotations

from aiohttp import web

from ..core.roles import OVERSIGHT
from .answers import answer
from .desk import DESK
from .inputs import query_of
from .models.three_way import ThreeWayQuery, ThreeWayReport
from .routes import declared

routes = web.RouteTableDef()


@routes.get("/api/v1/three-way")
@declared(allow=OVERSIGHT, query=ThreeWayQuery, answer=ThreeWayReport)
async def lines(request: web.Request) -> web.Response:
    """Return third lines of a period with their report."""
    asked = query_of(request, ThreeWayQuery)
    return answer(
        await request.app[DESK].rooms.lines(asked.since, asked.until, kind=asked.kind, target=asked.target)
    )
