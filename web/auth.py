"""Who may come in: the API by bearer token, pages by a session that begins with the same token.

Everything is closed unless its path is listed in ``OPEN``. Sessions live in memory: after a restart
people sign in again. A screen on a wall, which nobody signs in, has a pass that a restart leaves valid and
that opens nothing but ``WALL`` (docs/adr/0110). Wrong tokens are answered ever more slowly per address.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler

from .routes import PUBLIC, declaration_of

COOKIE = "hotline_session"
WALL_COOKIE = "hotline_wall"
WALL_FILES = ("wall.css", "wall.js", "wall_curve.js", "wall_parts.js")
OPEN = frozenset(
    {"/login", "/healthz", "/wall/open", "/static/style.css", *(f"/static/{name}" for name in WALL_FILES)}
)
WALL = frozenset({"/wall", "/api/v1/queue/stream"})
"""What the pass of a wall screen opens; nothing of a citizen is told there."""
METRICS = "/metrics"
SESSION_S = 12 * 3600
_SESSIONS_LIMIT = 1000
_SLOWEST_S = 4.0
_SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Gate:
    """Checks tokens and keeps sessions; ``monotonic`` is passed in so that expiry is testable."""

    def __init__(
        self,
        token: str,
        *,
        monotonic: Callable[[], float],
        metrics: Literal["token", "loopback"] = "token",
    ) -> None:
        self.metrics_on_loopback = metrics == "loopback"
        self._token = token.encode()
        self._monotonic = monotonic
        self._sessions: OrderedDict[str, float] = OrderedDict()
        self._failures: OrderedDict[str, int] = OrderedDict()

    def token_is_right(self, token: str) -> bool:
        """Compare in constant time; any text may come in, broken UTF-8 of a header too."""
        return _same(token, self._token)

    @property
    def wall_pass(self) -> str:
        """What a wall screen keeps: made of the token, so that it ends when the token is changed."""
        return hmac.new(self._token, b"hotline wall pass 1", hashlib.sha256).hexdigest()

    def wall_pass_is_right(self, text: str) -> bool:
        """Compare in constant time; any text may come in."""
        return _same(text, self.wall_pass.encode())

    def begin_session(self) -> str:
        """Return a new session's id; the oldest session ends when there are too many."""
        session = secrets.token_urlsafe(32)
        self._sessions[session] = self._monotonic() + SESSION_S
        while len(self._sessions) > _SESSIONS_LIMIT:
            self._sessions.popitem(last=False)
        return session

    def end_session(self, session: str) -> None:
        """Forget a session."""
        self._sessions.pop(session, None)

    def session_is_open(self, session: str) -> bool:
        """Tell whether a session was begun here and has not expired."""
        until = self._sessions.get(session)
        if until is None:
            return False
        if until < self._monotonic():
            del self._sessions[session]
            return False
        return True

    def penalty_s(self, address: str) -> float:
        """Count a wrong token from an address and return how long its answer is held back, in seconds."""
        count = self._failures.pop(address, 0) + 1
        self._failures[address] = count
        while len(self._failures) > _SESSIONS_LIMIT:
            self._failures.popitem(last=False)
        return min(_SLOWEST_S, 0.1 * 2 ** min(count, 10))

    def forgive(self, address: str) -> None:
        """Forget an address's wrong tokens after a right one."""
        self._failures.pop(address, None)


def _same(text: str, secret: bytes) -> bool:
    return hmac.compare_digest(text.encode(errors="surrogateescape"), secret)


GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)


def is_same_origin(request: web.Request) -> bool:
    """Tell whether a changing request with a cookie comes from our own page (against CSRF)."""
    origin = request.headers.get("Origin")
    return origin is not None and origin.split("://", 1)[-1] == request.host


def is_of_this_machine(request: web.Request) -> bool:
    """Tell whether a program of this machine asks for itself: not by a proxy, nor for a web page."""
    if any(
        name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via", "Origin")
    ):
        return False
    host = request.url.host or ""
    return _is_loopback(request.remote or "") and (host == "localhost" or _is_loopback(host))


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _has_a_pass(request: web.Request, gate: Gate) -> bool:
    """Tell whether a wall screen asks for what it shows, or Prometheus on this machine for its figures."""
    if request.path == METRICS:
        return gate.metrics_on_loopback and is_of_this_machine(request)
    return request.path in WALL and gate.wall_pass_is_right(request.cookies.get(WALL_COOKIE, ""))


def _is_public(request: web.Request) -> bool:
    told = declaration_of(request.match_info.route)
    return told is not None and told.allow is PUBLIC


@web.middleware
async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who has the token or a session; pages without one go to the sign-in page."""
    if request.path in OPEN or _is_public(request):
        return await handler(request)
    gate = request.app[GATE]
    address = request.remote or ""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        if gate.token_is_right(token.strip()):
            gate.forgive(address)
            return await handler(request)
        await asyncio.sleep(gate.penalty_s(address))
    elif gate.session_is_open(request.cookies.get(COOKIE, "")):
        if request.method in ("GET", "HEAD") or is_same_origin(request):
            return await handler(request)
        raise web.HTTPForbidden(reason="the request does not come from a page of this service")
    elif _has_a_pass(request, gate):
        return await handler(request)
    if request.path.startswith("/api/") or request.path == METRICS:
        raise web.HTTPUnauthorized(
            reason="send the header 'Authorization: Bearer TOKEN' ([web] token)",
            headers={"WWW-Authenticate": 'Bearer realm="hotline"'},
        )
    raise web.HTTPSeeOther("/login?next=/wall" if request.path == "/wall" else "/login")


async def safe_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Give an answer the headers that keep a browser from harm; errors and redirects have them too."""
    for name, value in _SAFE_HEADERS.items():
        response.headers.setdefault(name, value)
