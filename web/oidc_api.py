"""Signing in by the city's single sign-on: to the provider and back (docs/access.md)."""

from __future__ import annotations

from typing import Any, cast

import structlog
from aiohttp import web

from ..core.access.errors import TakenError
from ..core.access.secret_words import digest, new_secret
from ..core.access.tables import UserRow
from ..core.access.users import Change, NewUser, user_name
from ..core.access_settings import OidcSettings
from ..core.errors import InvalidInputError, NotFoundError
from ..core.roles import Role
from .access_entries import note_sign_in
from .auth import cookie_name
from .client import counted_address, is_secure, public_origin
from .door import ACCESS, Access
from .oidc import OIDC, Journey, Oidc, OidcError
from .routes import PUBLIC, declared
from .session_api import NOBODY, OIDC_START, fail_again, keep_session
from .session_state import HOMES

log = structlog.get_logger(__name__)

routes = web.RouteTableDef()

CALLBACK = f"{OIDC_START}/callback"
COOKIE = "hotline_oidc"
_JOURNEY_S = 600
_LONGEST_HINT = 6000
"""Signs of an ID token; with a longer one the address of the sign-out would be too long for servers."""


@routes.get(OIDC_START)
@declared(allow=PUBLIC, media="text/html", tags=("session",))
async def start(request: web.Request) -> web.Response:
    """Send the browser to the single sign-on."""
    oidc = _oidc(request)
    journey = Journey(new_secret())
    try:
        address = await oidc.address(journey, _redirect(request))
    except OidcError as error:
        return _failed(str(error))
    response = web.Response(status=303, headers={"Location": address})
    response.set_cookie(
        cookie_name(request, COOKIE),
        journey.secret,
        httponly=True,
        samesite="Lax",  # it must come along when the provider sends the browser back
        secure=is_secure(request),
        max_age=_JOURNEY_S,
    )
    return response


@routes.get(CALLBACK)
@declared(allow=PUBLIC, media="text/html", tags=("session",))
async def callback(request: web.Request) -> web.Response:
    """Begin a session for whom the provider vouches and who has a role here; else back to the sign-in."""
    oidc, access = _oidc(request), request.app[ACCESS]
    secret = request.cookies.get(cookie_name(request, COOKIE), "")
    if access is None or not secret:
        return _failed("this browser began no sign-in")
    try:
        vouched = await oidc.claims(Journey(secret), dict(request.query), _redirect(request))
        user = await _user_of(access, oidc.settings, vouched.claims)
    except OidcError as error:
        fail_again(request)
        await note_sign_in(request, NOBODY, "sign-in", result="oidc")
        return _over(request, _failed(str(error)))
    await note_sign_in(request, user.user, "sign-in", role=user.role)
    id_token = vouched.id_token if len(vouched.id_token) <= _LONGEST_HINT else None
    session = await access.sessions.begin(
        user, way="oidc", address=counted_address(request), id_token=id_token
    )
    response = web.Response(status=303, headers={"Location": HOMES[Role(user.role)]})
    keep_session(request, response, session)
    return _over(request, response)


async def _user_of(access: Access, settings: OidcSettings, claims: dict[str, Any]) -> UserRow:
    """Return the user, added or brought up to date; raises ``OidcError`` for who has no role here."""
    given = _claim(claims, settings.role_claim)
    names = given if isinstance(given, list) else [given]
    role = next((ours for theirs, ours in settings.roles.items() if theirs in names), None)
    if role is None:
        raise OidcError("none of the person's roles is one of ours")
    subject = digest("oidc subject", settings.issuer, claims["sub"])
    name = _text(claims, "name") or _text(claims, settings.user_claim) or "单点登录用户"
    agent = _text(claims, settings.agent_claim) if settings.agent_claim else ""
    row = await access.users.by_subject(subject)
    if row is None:
        return await _added(access, settings, claims, NewUser("", name, role, agent or None, subject))
    if row.disabled_at is not None:
        raise OidcError("the user is disabled")
    if (row.role, row.name, row.agent or "") != (role.value, name, agent):
        is_new_role = row.role != role.value
        change = Change(name, role if is_new_role else None, agent if agent != (row.agent or "") else None)
        try:
            row = await access.users.change(row.user, change)
        except (TakenError, InvalidInputError) as error:
            raise OidcError(f"the user cannot be brought up to date: {error}") from error
    return row


async def _added(access: Access, settings: OidcSettings, claims: dict[str, Any], new: NewUser) -> UserRow:
    """Add a user under a free name: one who is here already is never taken over by a name alone."""
    wanted = _text(claims, settings.user_claim).partition("@")[0]
    mark = (new.subject or "")[:8]
    for candidate in (wanted, f"{wanted[:28]}.sso", f"sso.{mark}"):
        try:
            name = user_name(candidate)
            if await access.users.find(name) is None:
                made = NewUser(name, new.name, new.role, new.agent, new.subject)
                return await access.users.add(made, None, by="oidc")
        except (InvalidInputError, TakenError) as error:
            log.warning("user of the single sign-on not added", pii_user=candidate, reason=str(error))
    raise OidcError("the person cannot be added as a user")


def _claim(claims: dict[str, Any], path: str) -> object:
    """Return a claim by its name, or by the path of names in it."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        if not isinstance(found, dict):
            return None
        found = cast("dict[str, object]", found).get(part)
    return found


def _text(claims: dict[str, Any], path: str) -> str:
    found = _claim(claims, path)
    shown = found if isinstance(found, str) else ""
    return "".join(sign for sign in shown if sign.isprintable()).strip()[:40]


def _oidc(request: web.Request) -> Oidc:
    if (oidc := request.app[OIDC]) is None:
        raise NotFoundError("there is no single sign-on here", mend="see [access.oidc] in hotline.toml")
    return oidc


def _redirect(request: web.Request) -> str:
    return f"{public_origin(request)}{CALLBACK}"


def _failed(why: str) -> web.Response:
    log.warning("single sign-on failed", reason=why[:300])
    return web.Response(status=303, headers={"Location": "/login?failed=oidc"})


def _over(request: web.Request, response: web.Response) -> web.Response:
    response.del_cookie(
        cookie_name(request, COOKIE), httponly=True, secure=is_secure(request), samesite="Lax"
    )
    return response
