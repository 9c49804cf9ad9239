"""Pages for people: sign-in, the overview, one call."""

from __future__ import annotations

from urllib.parse import parse_qs

from aiohttp import web

from ..core.access.errors import LockedError, WrongSignInError
from ..core.roles import CASES, SIGNED_IN
from . import ui_pages
from .desk import DESK
from .identity import WHO
from .looks import looked
from .masking import hide
from .own_calls import only_of
from .routes import PUBLIC, Reach, declared
from .session_api import begin_session, end_session, forget_session, keep_session, refuse_elsewhere
from .session_state import SignInBody
from .transcript_view import transcript_view

routes = web.RouteTableDef()

_AFTER_LOGIN = frozenset({"/", "/wall"})
"""Where a sign-in may lead; a page elsewhere cannot send people away with ``next``."""

_RENEWED = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of a page that ``static/renew.js`` shows anew."""


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


@routes.get("/login")
@declared(allow=PUBLIC, media="text/html")
async def login_page(request: web.Request) -> web.Response:
    """Show the sign-in page; where the pages were not built, a form that needs no script."""
    built = await ui_pages.index(request)
    return built or _login_form(request, request.query.get("next", "/"))


@routes.post("/login")
@declared(allow=PUBLIC, media="text/html")
async def login(request: web.Request) -> web.Response:
    """Begin a session when the token, or user and password, are right; a wrong one is answered late."""
    refuse_elsewhere(request)
    body = await request.read()
    after = _field(body, "next")
    told = SignInBody(**{name: _field(body, name)[:200] for name in ("user", "password", "token")})
    try:
        session = await begin_session(request, told)
    except (WrongSignInError, LockedError) as error:
        return _login_form(request, after, wrong=True, status=error.status)
    response = web.Response(status=303, headers={"Location": after if after in _AFTER_LOGIN else "/"})
    keep_session(request, response, session, told.user)
    return response


@routes.post("/logout")
@declared(allow=SIGNED_IN, media="text/html")
async def logout(request: web.Request) -> web.Response:
    """End the session, and a wall screen's pass in the same browser."""
    if after := await end_session(request):
        # No redirect: a form may lead to our own addresses only.
        response = _html(request.app[DESK].pages.render("signed_out.html", signed_in=False, after=after))
    else:
        response = web.Response(status=303, headers={"Location": "/login"})
    return forget_session(request, response)


def _login_form(request: web.Request, after: str, *, wrong: bool = False, status: int = 200) -> web.Response:
    text = request.app[DESK].pages.render(
        "login.html", signed_in=False, wrong=wrong, after=after if after in _AFTER_LOGIN else "/"
    )
    return _html(text, status)


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
    view = await desk.overview(only_of(request), tickets=request[WHO].role in CASES)
    response = _html(desk.pages.render("overview.html", refresh_s=5, **view))
    response.headers["Content-Security-Policy"] = _RENEWED
    return response


@routes.get("/calls/{id}")
@declared(allow=CASES, agents=Reach.OWN)
async def call(request: web.Request) -> web.Response:
    """Show one call: steps, recording, transcript, draft ticket with the words it came from."""
    desk = request.app[DESK]
    view = await desk.call(request.match_info["id"])
    await looked(request, f"call/{request.match_info['id']}")
    view["transcript"] = transcript_view(view["transcript"])
    if not request[WHO].personal:
        view |= {name: hide(view[name]) for name in ("transcript", "ticket", "steps")}
    return _html(desk.pages.render("call.html", rooms=desk.rooms, **view))
