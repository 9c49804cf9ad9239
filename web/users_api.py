"""Users and programs' tokens, for administrators; every change is in the access log before it is answered."""

from __future__ import annotations

from aiohttp import web

from ..core.access.api_tokens import NewToken
from ..core.access.errors import TakenError, WeakPasswordError
from ..core.access.tables import UserRow
from ..core.access.users import Change, NewUser, made_up_password, shown
from ..core.errors import HotlineError, InvalidInputError, NotFoundError
from ..core.roles import Role
from .access_entries import note
from .access_models import (
    Token,
    TokenBody,
    TokenList,
    TokenMade,
    User,
    UserAdded,
    UserBody,
    UserChange,
    UserList,
    UserQuery,
)
from .answers import answer
from .door import ACCESS, Access
from .identity import WHO
from .inputs import body_as, query_of
from .routes import declared

routes = web.RouteTableDef()

ADMIN = frozenset({Role.ADMIN})
_FAULTS = (TakenError, WeakPasswordError)


class NoUsersError(HotlineError):
    """There is no database of users behind the pages."""

    error_id = "access.no_users"
    status = 503


@routes.get("/api/v1/users")
@declared(allow=ADMIN, query=UserQuery, answer=UserList)
async def users(request: web.Request) -> web.Response:
    """Return users in the order of their names."""
    wanted = query_of(request, UserQuery)
    found = list(await access_of(request).users.list(limit=wanted.limit, after=wanted.after))
    after = found[-1]["user"] if len(found) == wanted.limit else None
    locked = await access_of(request).sign_in.locked([one["user"] for one in found])
    told = [{**one, "locked_until": locked.get(one["user"])} for one in found]
    return answer({"users": told, "next": after})


@routes.post("/api/v1/users")
@declared(allow=ADMIN, body=UserBody, answer=UserAdded, status=201, errors=_FAULTS)
async def add(request: web.Request) -> web.Response:
    """Add a user; who is given a password by another has to change it at the first sign-in."""
    body, access = await body_as(request, UserBody), access_of(request)
    made_up = None if body.password else made_up_password()
    new = NewUser(body.user, body.name, body.role, body.agent)
    await note(request, "user.add", f"user/{body.user}", role=body.role.value, agent=body.agent)
    row = await access.users.add(new, body.password or made_up, by=request[WHO].user)
    return answer({"user": shown(row), "password": made_up}, 201)


@routes.patch("/api/v1/users/{user}")
@declared(allow=ADMIN, body=UserChange, answer=User, errors=_FAULTS)
async def change(request: web.Request) -> web.Response:
    """Change a user; a change of role, number, password, or disabling ends every session of the user."""
    body, access = await body_as(request, UserChange), access_of(request)
    row = await _user(request, access)
    if row.user == request[WHO].user and (body.disabled or body.role not in (None, Role.ADMIN)):
        raise InvalidInputError("you cannot take your own rights", mend="let another administrator do it")
    agent = "" if "agent" in body.model_fields_set and body.agent is None else body.agent
    told = sorted(body.model_fields_set)
    await note(request, "user.change", f"user/{row.user}", what=",".join(told), disabled=body.disabled)
    if body.unlock:
        await access.sign_in.unlock(row.user)
    if body.password is not None:
        await access.users.set_password(row.user, body.password, must_change=True)
    row = await access.users.change(row.user, Change(body.name or None, body.role, agent, body.disabled))
    return answer(shown(row))


@routes.post("/api/v1/users/{user}/sign-out")
@declared(allow=ADMIN, status=204)
async def sign_out(request: web.Request) -> web.Response:
    """End every session of a user."""
    access = access_of(request)
    row = await _user(request, access)
    await note(request, "user.sign-out", f"user/{row.user}")
    await access.users.sign_out(row.user)
    return web.Response(status=204)


@routes.get("/api/v1/tokens")
@declared(allow=ADMIN, answer=TokenList)
async def tokens(request: web.Request) -> web.Response:
    """Return every token, the newest first."""
    return answer({"tokens": await access_of(request).tokens.list()})


@routes.post("/api/v1/tokens")
@declared(allow=ADMIN, body=TokenBody, answer=TokenMade, status=201)
async def create(request: web.Request) -> web.Response:
    """Make a token for a program; it is told this once."""
    body, access = await body_as(request, TokenBody), access_of(request)
    new = NewToken(body.name, body.role, body.scopes, body.days)
    scopes = ",".join(body.scopes)
    await note(request, "token.create", f"token/{body.name}", role=body.role.value, scopes=scopes)
    token, told = await access.tokens.create(new, by=request[WHO].user)
    return answer({**told, "token": token}, 201)


@routes.delete("/api/v1/tokens/{id:[0-9A-Z]{26}}")
@declared(allow=ADMIN, answer=Token)
async def revoke(request: web.Request) -> web.Response:
    """End a token at once."""
    await note(request, "token.revoke", f"token/{request.match_info['id']}")
    return answer(await access_of(request).tokens.revoke(request.match_info["id"]))


def access_of(request: web.Request) -> Access:
    """Return the users and the log; raises ``NoUsersError``."""
    if (access := request.app[ACCESS]) is None:
        raise NoUsersError("there are no users here", mend="run the service with its database")
    return access


async def _user(request: web.Request, access: Access) -> UserRow:
    if (row := await access.users.find(request.match_info["user"])) is None:
        raise NotFoundError("there is no such user", mend="see GET /api/v1/users")
    return row
