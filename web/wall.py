"""The page for a screen on the wall: who opens it, and the empty page that ``static/wall.js`` fills.

The page holds no figure of its own: everything comes by ``GET /api/v1/queue/stream`` (docs/wall.md).
"""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web

from ..core.clock import utc_now
from ..core.roles import RUNNING, SIGNED_IN
from ..queue.states import KIND_NAMES, AgentKind
from .auth import GATE, WALL_COOKIE, WALL_FILES
from .client import counted_address, is_secure, public_origin
from .desk import DESK
from .routes import PUBLIC, declared

routes = web.RouteTableDef()

PASS_S = 400 * 24 * 3600
"""The longest life that browsers give a cookie; each opening of the page begins it anew."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS = (
    AgentKind.READY,
    AgentKind.RINGING,
    AgentKind.TALKING,
    AgentKind.HELD,
    AgentKind.WRAPUP,
    AgentKind.PAUSED,
    AgentKind.UNREACHABLE,
    AgentKind.SIGNED_OUT,
)
"""The order of the agents' states on the wall."""
_PARTS = ("templates/wall.html", *(f"static/{name}" for name in WALL_FILES))


@cache
def edition() -> str:
    """Return a word that changes with the page's files, so that an open page can tell that it is old."""
    digest = hashlib.sha256()
    for name in _PARTS:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()[:16]


@routes.get("/wall")
@declared(allow=SIGNED_IN)
async def wall(request: web.Request) -> web.Response:
    """Show the wall; whoever may see it keeps a pass, so that no restart asks for the token again."""
    desk = request.app[DESK]
    kinds = [(kind.value, KIND_NAMES[kind]) for kind in _KINDS]
    text = desk.pages.render("wall.html", edition=edition(), marks=desk.wall_marks, kinds=kinds)
    response = web.Response(text=text, content_type="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Hotline-Edition"] = edition()
    _keep_pass(request, response)
    return response


@routes.get("/wall/open")
@declared(allow=PUBLIC)
async def open_wall(request: web.Request) -> web.Response:
    """Let in a screen that has no keyboard: ``?token=`` is a wall's pass.

    The token of ``[web]`` opens everything and has no business in an address, which histories and logs keep.
    """
    gate, address = request.app[GATE], counted_address(request)
    token = request.query.get("token", "")
    if not gate.wall_pass_is_right(token):
        await asyncio.sleep(gate.penalty_s(address))
        return web.Response(status=303, headers={"Location": "/login?next=/wall"})
    gate.forgive(address)
    response = web.Response(status=303, headers={"Location": "/wall"})
    _keep_pass(request, response)
    return response


@routes.get("/wall/link")
@declared(allow=RUNNING)
async def link(request: web.Request) -> web.Response:
    """Show the link that a screen's browser is started with; it holds the pass and not the token."""
    desk = request.app[DESK]
    address = f"{public_origin(request)}/wall/open?token={request.app[GATE].wall_pass}"
    text = desk.pages.render("wall_link.html", address=address, now=utc_now())
    return web.Response(text=text, content_type="text/html")


def _keep_pass(request: web.Request, response: web.Response) -> None:
    response.set_cookie(
        WALL_COOKIE,
        request.app[GATE].wall_pass,
        httponly=True,
        samesite="Lax",  # a link on another site's page may lead here; nothing can be changed with it
        secure=is_secure(request),
        max_age=PASS_S,
    )
