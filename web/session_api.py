"""Signing in and out: by password, by the ``[web]`` token; who is signed in here.

One answer for a wrong name and a wrong password, and the same work for both. Whatever the outcome, the
access log has it before the answer goes out.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel

from ..core.access.errors import LockedError, WrongSignInError
from ..core.access.identity import Identity
from ..core.access.tables import UserRow
from ..core.errors import InvalidInputError
from ..core.roles import SIGNED_IN
from .access_entries import note_sign_in
from .auth import COOKIE, WALL_COOKIE, cookie_name, session_of
from .client import comes_from_elsewhere, counted_address, is_secure, public_origin
from .desk import DESK
from .door import ACCESS, Access
from .gate import GATE, SESSION_S
from .identity import WHO
from .inputs import body_as
from .oidc import OIDC
from .routes import PUBLIC, declared
from .session_state import OidcWay, PasswordBody, SessionState, SignedOut, SignInBody, Way, state_of

routes = web.RouteTableDef()

_Body = TypeVar("_Body", bound=BaseModel)

KNOWN_COOKIE = "hotline_known"
_KNOWN_S = 180 * 24 * 3600
_EXAMPLE = '{"user": "wangfang", "password": "…"} or {"token": "…"}'
OIDC_START = "/login/oidc"
NOBODY = "nobody"
"""Who failed to sign in by a name that nobody has: what was typed may be a password, and is not kept."""


@routes.get("/api/v1/session")
@declared(allow=PUBLIC, answer=SessionState, tags=("session",))
async def state(request: web.Request) -> web.Response:
    """Tell who is signed in here, or how one can sign in."""
    return await _answer(request, await _here(request))


@routes.post("/api/v1/session")
@declared(
    allow=PUBLIC,
    body=SignInBody,
    answer=SessionState,
    errors=(WrongSignInError, LockedError),
    tags=("session",),
)
async def sign_in(request: web.Request) -> web.Response:
    """Sign in by user and password, or by the token; the answer sets the session's cookie."""
    refuse_elsewhere(request)
    body = await _json(request, SignInBody)
    session = await begin_session(request, body)
    response = await _answer(request, await session_of(request, session))
    keep_session(request, response, session, body.user)
    return response


@routes.delete("/api/v1/session")
@declared(allow=SIGNED_IN, answer=SignedOut, more_statuses=(204,), tags=("session",))
async def sign_out(request: web.Request) -> web.Response:
    """End the session, and a wall screen's pass in the same browser.

    204; or 200 with the address at which a browser that came by the single sign-on signs out there, too.
    """
    after = await end_session(request)
    return forget_session(request, web.json_response({"next": after}) if after else web.Response(status=204))


@routes.post("/api/v1/session/password")
@declared(allow=SIGNED_IN, body=PasswordBody, status=204, errors=(WrongSignInError,), tags=("session",))
async def change_password(request: web.Request) -> web.Response:
    """Change the own password; every other session of the user ends."""
    who, access = request[WHO], request.app[ACCESS]
    body = await _json(request, PasswordBody)
    if access is None or not who.is_person or await access.users.find(who.user) is None:
        raise WrongSignInError("this sign-in has no password", mend="the [web] token stands in hotline.toml")
    user = await _checked_user(request, access, SignInBody(user=who.user, password=body.old))
    await access.users.set_password(user.user, body.new, must_change=False, keep=who.key)
    await note_sign_in(request, who.user, "password.changed", role=who.role)
    return web.Response(status=204)


async def _json(request: web.Request, model: type[_Body]) -> _Body:
    """Return a body that no other site's form can send; raises ``InvalidInputError``."""
    if request.content_type != "application/json":
        raise InvalidInputError("the body is not JSON", mend="send it as application/json")
    return await body_as(request, model)


def refuse_elsewhere(request: web.Request) -> None:
    """Refuse a sign-in that another site's page sends: it would sign people in as somebody else."""
    if comes_from_elsewhere(request):
        raise web.HTTPForbidden(reason="the request does not come from a page of this service")


async def begin_session(request: web.Request, body: SignInBody) -> str:
    """Return a new session; raises ``WrongSignInError`` and ``LockedError``."""
    return await (_by_token(request, body.token) if body.token else _by_password(request, body))


async def _by_token(request: web.Request, token: str) -> str:
    gate, address = request.app[GATE], counted_address(request)
    if not gate.token_is_right(token):
        fail_again(request)
        await note_sign_in(request, "token", "sign-in", result="wrong", must=False)
        await asyncio.sleep(gate.penalty_s(address))
        raise WrongSignInError("the token is wrong", mend="it stands in hotline.toml, [web] token")
    gate.forgive(address)
    await note_sign_in(request, "token", "sign-in", must=False)
    return gate.begin_session()


async def end_session(request: web.Request) -> str:
    """End the session of a browser; return where it signs out at the single sign-on, "" for nowhere."""
    access, who, oidc = request.app[ACCESS], request[WHO], request.app[OIDC]
    session = request.cookies.get(cookie_name(request), "")
    request.app[GATE].end_session(session)
    ended = None
    if access is not None and session and who.user != "token":
        ended = await access.sessions.end(session)
    await note_sign_in(request, who.user, "sign-out", role=who.role, must=False)
    if ended is None or oidc is None or ended.way != "oidc":
        return ""
    return await oidc.way_out(ended.id_token, f"{public_origin(request)}/login")


def forget_session(request: web.Request, response: web.Response) -> web.Response:
    """Take the cookies of a browser whose session is over."""
    for name, same_site in ((COOKIE, "Strict"), (WALL_COOKIE, "Lax")):
        shown = cookie_name(request) if name == COOKIE else name
        response.del_cookie(shown, httponly=True, secure=is_secure(request), samesite=same_site)
    return response


def keep_session(request: web.Request, response: web.StreamResponse, session: str, user: str = "") -> None:
    """Give a browser its session, and the mark by which it is known as a user's from now on."""
    access = request.app[ACCESS]
    longest = SESSION_S if access is None else int(access.sessions.longest.total_seconds())
    _set(request, response, COOKIE, session, longest)
    if user:
        known = request.app[GATE].known_browser(_account(user))
        _set(request, response, KNOWN_COOKIE, known, _KNOWN_S)


def _set(request: web.Request, response: web.StreamResponse, name: str, value: str, longest_s: int) -> None:
    response.set_cookie(
        cookie_name(request, name),
        value,
        httponly=True,
        samesite="Strict",
        secure=is_secure(request),
        max_age=longest_s,
    )


async def _by_password(request: web.Request, body: SignInBody) -> str:
    access = request.app[ACCESS]
    if access is None or not body.user:
        raise WrongSignInError("user or password is wrong", mend=f"send {_EXAMPLE}")
    user = await _checked_user(request, access, body)
    await note_sign_in(request, user.user, "sign-in", role=user.role)
    return await access.sessions.begin(user, way="password", address=counted_address(request))


def fail_again(request: web.Request) -> None:
    """Count a failure from an address; raises ``LockedError``, unnoted, when there were too many."""
    access = request.app[ACCESS]
    if access is not None and (wait_s := access.failures.take(counted_address(request))):
        seconds = round(wait_s) + 1
        raise LockedError("too many failures from here", mend="wait a little", seconds=seconds)


async def _checked_user(request: web.Request, access: Access, body: SignInBody) -> UserRow:
    address = counted_address(request)
    if wait_s := access.failures.wait_s(address):
        seconds = round(wait_s) + 1
        raise LockedError("too many wrong passwords from here", mend="wait a little", seconds=seconds)
    known = request.cookies.get(cookie_name(request, KNOWN_COOKIE), "")
    account = _account(body.user)
    browser = known if request.app[GATE].is_known_browser(account, known) else ""
    try:
        return await access.sign_in.by_password(account, body.password, browser=browser)
    except (WrongSignInError, LockedError) as error:
        access.failures.take(address)
        result = "locked" if isinstance(error, LockedError) else "wrong"
        is_there = await access.users.find(account) is not None
        await note_sign_in(request, account if is_there else NOBODY, "sign-in", result=result)
        raise


def _account(user: str) -> str:
    return user.strip().casefold()


async def _here(request: web.Request) -> Identity | None:
    session = request.cookies.get(cookie_name(request), "")
    return await session_of(request, session) if session else None


async def _answer(request: web.Request, who: Identity | None) -> web.Response:
    access, pages = request.app[ACCESS], request.app[DESK].pages
    ways: list[Way] = ["token"] if access is None else ["password", "token"]
    oidc = None if access is None else access.settings.access.oidc
    if oidc is not None:
        ways.insert(0, "oidc")
    is_users = who is not None and access is not None and who.user != "token"
    told = state_of(
        who,
        ways=ways,
        oidc=None if oidc is None else OidcWay(label=oidc.label, start=OIDC_START),
        first_run=who is None and access is not None and not await access.users.there_are(),
        site=pages.site,
        node=pages.node,
        timezone=pages.timezone,
        ends_at=await access.sessions.ends_at(who.key) if is_users and access and who else None,
        idle_s=int(access.sessions.idle.total_seconds()) if is_users and access else None,
    )
    return web.json_response(text=told.model_dump_json())
