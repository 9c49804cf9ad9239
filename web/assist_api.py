"""The API of suggestions and repeats. Both only read: a suggestion is never an action."""

from __future__ import annotations

import re

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import CASES, OVERSIGHT
from .answers import answer
from .desk import DESK
from .routes import declared

routes = web.RouteTableDef()

_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


@routes.get("/api/v1/calls/{id}/suggestions")
@declared(allow=CASES)
async def suggestions(request: web.Request) -> web.Response:
    """Return what is proposed in a call: ``now``, all that was (``told``), and the checked ``wording``."""
    return answer(await request.app[DESK].assist.of_call(request.match_info["id"]))


@routes.get("/api/v1/tickets/repeats")
@declared(allow=OVERSIGHT)
async def repeats(request: web.Request) -> web.Response:
    """Return groups, places and callers told again ``?since=`` (the settings' window) ``?until=`` (now).

    ``?callers=`` is from how many independent callers a group is shown (2), ``?calls=`` from how many calls
    a caller (the watch list's).
    """
    query = request.query
    since, until = query.get("since"), query.get("until", "now")
    callers, calls = _count(query.get("callers", "2")), query.get("calls")
    least = None if calls is None else _count(calls)
    found = await request.app[DESK].assist.repeats(since, until, least_callers=callers, least_calls=least)
    return answer(found)


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise InvalidInputError("a count must be a whole number", mend="give 1 to 9999")
    return int(text)
