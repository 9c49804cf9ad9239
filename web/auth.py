"""Who may come in, and what for: held for every route by what the route declares (``web/routes.py``).

Somebody is let in by a bearer token, a session, or a pass; then the role, the scopes and the origin of the
request are checked, in this order, before any handler runs. Nothing is open that does not say so.
"""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from ..core.access.errors import PasswordToChangeError, RefusedError, TooManyRequestsError
from ..core.access.identity import EVERY_SCOPE, READ, Identity
from ..core.access.secret_words import digest
from ..core.roles import Role
from .client import FRONT, counted_address, is_of_this_machine, is_same_origin, is_secure
from .door import ACCESS
from .gate import GATE, SESSION_S, Gate
from .identity import WHO
from .in_flight import IN_FLIGHT
from .own_calls import check_reach
from .routes import PUBLIC, Declaration, declaration_of, path_of

__all__ = ["COOKIE", "GATE", "OPEN", "SESSION_S", "WALL_COOKIE", "WALL_FILES", "Gate", "auth", "safe_headers"]

COOKIE = "hotline_session"
WALL_COOKIE = "hotline_wall"
WALL_FILES = ("wall.css", "wall.js", "wall_curve.js", "wall_parts.js")
OPEN = frozenset({"/static/style.css", *(f"/static/{name}" for name in WALL_FILES)})
"""Files that a page needs before the sign-in; routes of their own say so themselves."""
WALL = frozenset({"/wall", "/api/v1/queue/stream"})
"""What the pass of a wall screen opens; nothing of a citizen is told there."""
METRICS = "/metrics"
BEFORE_THE_CHANGE = frozenset({"/api/v1/session", "/api/v1/session/password", "/logout"})
"""What somebody may whose password was given by another."""
_READS = ("GET", "HEAD")
_SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_NAME = {"Server": "hotline"}
"""Which version of what answers is nobody's business."""
_TLS_HEADER = {"Strict-Transport-Security": "max-age=31536000"}


def cookie_name(request: web.Request, name: str = COOKIE) -> str:
    """Return a cookie's name: with TLS one that no other host of the domain can set."""
    return f"__Host-{name}" if is_secure(request) else name


async def who_is(request: web.Request) -> Identity | None:
    """Return who asks; None for nobody that is known. A wrong token is answered late."""
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer":
        return await _bearer(request, token.strip())
    session = request.cookies.get(cookie_name(request), "")
    if session and (found := await session_of(request, session)) is not None:
        return found
    return _pass_of(request)


async def _bearer(request: web.Request, token: str) -> Identity | None:
    gate, address = request.app[GATE], counted_address(request)
    if gate.token_is_right(token):
        gate.forgive(address)
        return Identity("token", "管理员", Role.ADMIN, "token", scopes=EVERY_SCOPE)
    access = request.app[ACCESS]
    if access is not None and (found := await access.tokens.find(token)) is not None:
        gate.forgive(address)
        return found
    await asyncio.sleep(gate.penalty_s(address))
    return None


async def session_of(request: web.Request, session: str) -> Identity | None:
    """Return whose session a cookie is: one begun with the ``[web]`` token, or a user's."""
    if request.app[GATE].session_is_open(session):
        return Identity("token", "管理员", Role.ADMIN, "session", key=digest(session))
    access = request.app[ACCESS]
    return None if access is None else await access.sessions.find(session)


def _pass_of(request: web.Request) -> Identity | None:
    """Return the screen on the wall that asks for what it shows, or Prometheus on this machine."""
    gate = request.app[GATE]
    if request.path == METRICS and gate.metrics_on_loopback and is_of_this_machine(request):
        return Identity("metrics", "本机监控", Role.OPS, "pass", scopes=frozenset({READ}))
    if request.path in WALL and gate.wall_pass_is_right(request.cookies.get(WALL_COOKIE, "")):
        return Identity("wall", "大屏", Role.OPS, "pass", scopes=frozenset({READ}))
    return None


@web.middleware
async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in whom the route's declaration admits; pages without a session go to the sign-in page."""
    told = declaration_of(request.match_info.route)
    if request.path in OPEN or (told is not None and told.allow is PUBLIC):
        return await handler(request)
    who = await who_is(request)
    if who is None:
        raise _nobody(request)
    if who.via == "session" and request.method not in _READS and not is_same_origin(request):
        raise web.HTTPForbidden(reason="the request does not come from a page of this service")
    check(request, who, told)
    _hold_back(request, who)
    if told is not None:
        await check_reach(request, who, told.agents)
    request[WHO] = who
    with request.app[IN_FLIGHT].holding(who, request):
        return await handler(request)


def check(request: web.Request, who: Identity, told: Declaration | None) -> None:
    """Raise ``RefusedError`` unless role and scopes hold what is asked."""
    if who.must_change and request.path not in BEFORE_THE_CHANGE:
        raise PasswordToChangeError("your password was given by somebody else", mend="change it first")
    if told is not None and not told.admits(who.role):
        needs = sorted(told.allow) if isinstance(told.allow, frozenset) else []
        raise RefusedError(f"the role {who.role} may not do this", mend="ask an administrator", needs=needs)
    parts = path_of(request.match_info.route).split("/")
    area = parts[3] if parts[1:3] == ["api", "v1"] else ""
    if not who.covers(changes=request.method not in _READS, area=area):
        raise RefusedError("the token's scopes do not hold this", mend="make one with the scopes it needs")


def _hold_back(request: web.Request, who: Identity) -> None:
    """Raise ``TooManyRequestsError`` when somebody asks too often; the node's own token is not counted."""
    access = request.app[ACCESS]
    if access is None or not who.key or who.user == "token":
        return
    if wait_s := access.requests.take(who.key):
        seconds = round(wait_s) + 1
        raise TooManyRequestsError("too many requests", mend="ask less often", seconds=seconds)


def _nobody(request: web.Request) -> web.HTTPException:
    if request.path.startswith("/api/") or request.path == METRICS:
        return web.HTTPUnauthorized(
            reason="send the header 'Authorization: Bearer TOKEN' ([web] token)",
            headers={"WWW-Authenticate": 'Bearer realm="hotline"'},
        )
    return web.HTTPSeeOther("/login?next=/wall" if request.path == "/wall" else "/login")


async def safe_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give an answer the headers that keep a browser from harm; errors and redirects have them too."""
    for name, value in _SAFE_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.update(_NAME)
    if request.app[FRONT].is_tls:
        response.headers.update(_TLS_HEADER)
