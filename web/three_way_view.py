"""The API of what was: the third lines that were brought into calls, and their report."""

from __future__ import annotations

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import OVERSIGHT
from .answers import answer
from .desk import DESK
from .routes import declared

routes = web.RouteTableDef()

_LONGEST = 60


@routes.get("/api/v1/three-way")
@declared(allow=OVERSIGHT)
async def lines(request: web.Request) -> web.Response:
    """Return lines asked for ``?since=`` (today) ``?until=`` (now), of a ``?kind=`` or ``?target=``."""
    query = request.query
    kind, target = query.get("kind", ""), query.get("target", "")
    if not target.isprintable() or len(target) > _LONGEST:
        raise InvalidInputError("no such third line", mend="give its name in the settings, such as police")
    since, until = query.get("since", "today"), query.get("until", "now")
    return answer(await request.app[DESK].rooms.lines(since, until, kind=kind, target=target))
