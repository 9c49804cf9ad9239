"""Every route × every role, by session and by token: let in or turned away as the route declares."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from aiohttp.typedefs import Handler

from hotline.core.access.api_tokens import NewToken
from hotline.core.roles import Role
from hotline.web import access_wiring
from hotline.web.auth import COOKIE, OPEN, auth
from hotline.web.problems import problems
from hotline.web.routes import Declaration, Door, Reach, declared_routes, path_of
from hotline.web.tables import TABLES
from support.api_paths import address_of
from support.doors import PASSWORD, Doors, doors_of
from support.pages import BEARER

LET_IN = 299
CALL = "x"
"""The id in every address of ``address_of``."""


@web.middleware
async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Stands where the handlers are: whoever comes here was let in, and nothing is done."""
    return web.Response(status=LET_IN)


def app_of(doors: Doors) -> web.Application:
    app = web.Application(middlewares=[problems, auth, let_in])
    access_wiring.add_access(app, doors.settings.web, doors.access)
    for table in TABLES:
        if table not in access_wiring.TABLES:
            app.add_routes(table)
    app.router.add_static("/static/", Path(__file__).parent)
    return app


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncGenerator[Doors]:
    async with doors_of(tmp_path, access={"requests_per_minute": 60_000}) as found:
        yield found


@pytest.fixture
async def client(doors: Doors) -> AsyncGenerator[TestClient[Any, Any]]:
    async with TestClient(TestServer(app_of(doors))) as found:
        yield found


def asked(client: TestClient[Any, Any]) -> list[tuple[str, str, Declaration]]:
    """Every route with an address of its own."""
    return [(route.method, address_of(route), told) for route, told in declared_routes(client.app)]


async def statuses(client: TestClient[Any, Any], headers: dict[str, str]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for method, path, _ in asked(client):
        async with client.request(method, path, headers=headers, allow_redirects=False) as answer:
            found[method, path] = answer.status
    return found


def wanted(
    client: TestClient[Any, Any], role: Role, *, has_the_call: bool = True
) -> dict[tuple[str, str], int]:
    """What a role is answered; an agent who has not the call ``CALL`` reaches nothing of it."""
    return {
        (method, path): LET_IN
        if told.admits(role) and (role is not Role.AGENT or has_the_call or not is_narrow(told, path))
        else 403
        for method, path, told in asked(client)
    }


def is_narrow(told: Declaration, path: str) -> bool:
    """Tell whether a route names one call, or its ticket, and tells agents of their own alone."""
    return told.agents is not Reach.ALL and CALL in path.split("/")


@pytest.mark.parametrize("role", Role)
async def test_a_role_comes_in_by_a_token_where_it_is_named(
    client: TestClient[Any, Any], doors: Doors, role: Role
) -> None:
    new = NewToken("every-route", role, ("read", "write"), days=1)
    token, _ = await doors.access.tokens.create(new, by="test")
    found = await statuses(client, {"Authorization": f"Bearer {token}"})
    assert found == wanted(client, role, has_the_call=False)


@pytest.mark.parametrize("role", Role)
async def test_a_role_comes_in_by_a_session_where_it_is_named(
    client: TestClient[Any, Any], doors: Doors, role: Role
) -> None:
    await doors.add("wangfang", role, "1001")
    user = await doors.access.sign_in.by_password("wangfang", PASSWORD)
    session = await doors.access.sessions.begin(user, way="password", address="")
    headers = {"Origin": f"http://127.0.0.1:{client.port}", "Cookie": f"{COOKIE}={session}"}
    assert await statuses(client, headers) == wanted(client, role, has_the_call=False)
    await doors.had(CALL, "1002")
    assert await statuses(client, headers) == wanted(client, role, has_the_call=False)
    await doors.had(CALL, "1001")
    assert await statuses(client, headers) == wanted(client, role)
    for method, path, told in asked(client):
        if method not in ("GET", "HEAD") and not isinstance(told.allow, Door):
            foreign = {**headers, "Origin": "http://evil.example"}
            async with client.request(method, path, headers=foreign, allow_redirects=False) as answer:
                assert answer.status == 403, path


async def test_nobody_comes_in_but_where_everybody_may(client: TestClient[Any, Any]) -> None:
    found = await statuses(client, {})
    for method, path, told in asked(client):
        status = found[method, path]
        if isinstance(told.allow, Door):
            assert status == LET_IN, path
        elif path.startswith("/api/") or path == "/metrics":
            assert status == 401, path
        else:
            assert status in (303, 401), path


async def test_the_first_token_is_an_administrator(client: TestClient[Any, Any]) -> None:
    assert await statuses(client, BEARER) == wanted(client, Role.ADMIN)


async def test_no_route_is_left_out(client: TestClient[Any, Any]) -> None:
    routes = asked(client)
    assert len(routes) > 130
    assert len({(method, path) for method, path, _ in routes}) == len(routes)
    for route, told in declared_routes(client.app):
        match = await client.app.router.resolve(_request(route, address_of(route)))
        assert path_of(match.route) == path_of(route), "another route stands before it"
        assert isinstance(told.allow, Door) or told.allow, f"{path_of(route)} is for nobody"
    assert OPEN


async def test_what_tells_of_a_call_tells_agents_of_their_own(client: TestClient[Any, Any]) -> None:
    """All but what is done to third lines: there the switch's own record of who is in the call decides."""
    whole = (f"/api/v1/calls/{CALL}", f"/api/v1/tickets/{CALL}", f"/calls/{CALL}")
    for method, path, told in asked(client):
        if told.admits(Role.AGENT) and path.startswith(whole):
            is_act = method not in ("GET", "HEAD") and "/three-way" in path
            assert is_act != (told.agents is not Reach.ALL), path
    narrow = {path for _, path, told in asked(client) if told.agents is not Reach.ALL}
    assert len(narrow) >= 14


def _request(route: web.AbstractRoute, path: str) -> web.Request:
    return make_mocked_request(route.method, path)
