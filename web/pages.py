"""Pages for people: sign-in, the overview, one call."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from aiohttp import web

from ..core.roles import CASES, SIGNED_IN
from .auth import COOKIE, GATE, SESSION_S, WALL_COOKIE
from .desk import DESK
from .routes import PUBLIC, declared
from .transcript_view import transcript_view

routes = web.RouteTableDef()

_AFTER_LOGIN = frozenset({"/", "/wall"})
"""Where a sign-in may lead; a page elsewhere cannot send people away with ``next``."""


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


@routes.get("/login")
@declared(allow=PUBLIC)
async def login_page(request: web.Request) -> web.Response:
    """Show the sign-in form."""
    return _login_form(request, request.query.get("next", "/"))


@routes.post("/login")
@declared(allow=PUBLIC)
async def login(request: web.Request) -> web.Response:
    """Begin a session when the token is right; a wrong one is answered late."""
    gate = request.app[GATE]
    body = await request.read()
    token, after = _field(body, "token"), _field(body, "next")
    address = request.remote or ""
    if not gate.token_is_right(token):
        await asyncio.sleep(gate.penalty_s(address))
        return _login_form(request, after, wrong=True)
    gate.forgive(address)
    response = web.Response(status=303, headers={"Location": after if after in _AFTER_LOGIN else "/"})
    response.set_cookie(
        COOKIE,
        gate.begin_session(),
        httponly=True,
        samesite="Strict",
        secure=request.secure,
        max_age=SESSION_S,
    )
    return response


@routes.post("/logout")
@declared(allow=SIGNED_IN)
async def logout(request: web.Request) -> web.Response:
    """End the session, and a wall screen's pass in the same browser."""
    request.app[GATE].end_session(request.cookies.get(COOKIE, ""))
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, httponly=True, samesite="Strict")
    response.del_cookie(WALL_COOKIE, httponly=True, samesite="Lax")
    return response


def _login_form(request: web.Request, after: str, *, wrong: bool = False) -> web.Response:
    text = request.app[DESK].pages.render(
        "login.html", signed_in=False, wrong=wrong, after=after if after in _AFTER_LOGIN else "/"
    )
    return _html(text, 401 if wrong else 200)


def _field(body: bytes, name: str) -> str:
    """Return a field of a form; whatever else was sent has no such field."""
    try:
        found = parse_qs(body.decode(errors="replace"), max_num_fields=10)
    except ValueError:
        return ""
    return found.get(name, [""])[0]


@routes.get("/")
@declared(allow=SIGNED_IN)
async def overview(request: web.Request) -> web.Response:
    """Show the state, today's counts, the newest draft tickets and calls."""
    desk = request.app[DESK]
    view = await desk.overview()
    return _html(desk.pages.render("overview.html", refresh_s=5, **view))


@routes.get("/calls/{id}")
@declared(allow=CASES)
async def call(request: web.Request) -> web.Response:
    """Show one call: steps, recording, transcript, draft ticket with the words it came from."""
    desk = request.app[DESK]
    view = await desk.call(request.match_info["id"])
    view["transcript"] = transcript_view(view["transcript"])
    return _html(desk.pages.render("call.html", rooms=desk.rooms, **view))
