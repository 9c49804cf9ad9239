"""Every route says who may use it; an application with one that does not is not made."""

from __future__ import annotations

from typing import Any, cast

import pytest
from aiohttp import web

from hotline.core.roles import CASES, FLOOR, OVERSIGHT, ROLE_NAMES, RUNNING, SIGNED_IN, STAFF, Role
from hotline.core.settings import WebSettings
from hotline.web import api
from hotline.web.desk import Desk
from hotline.web.routes import (
    PUBLIC,
    Declaration,
    UndeclaredRouteError,
    check_declared,
    declaration_of,
    declared,
    declared_routes,
    path_of,
)
from hotline.web.server import build_app
from support.pages import TOKEN, FakeDesk


def app_of(handler: Any) -> web.Application:
    app = web.Application()
    app.router.add_get("/here/{id:[0-9]+}", handler)
    return app


async def open_door(_request: web.Request) -> web.Response:
    return web.Response()


@declared(allow=FLOOR)
async def floor(_request: web.Request) -> web.Response:
    return web.Response()


def test_a_route_without_a_declaration_is_named_and_refused() -> None:
    with pytest.raises(UndeclaredRouteError, match=r"GET /here/\{id\} \(open_door\)|HEAD"):
        check_declared(app_of(open_door))


def test_an_application_with_such_a_route_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    more = web.RouteTableDef()
    more.get("/api/v1/forgotten")(open_door)
    monkeypatch.setattr(api, "routes", [*api.routes, *more])
    with pytest.raises(UndeclaredRouteError, match="/api/v1/forgotten"):
        build_app(WebSettings(token=TOKEN), cast("Desk", FakeDesk()))


def test_a_declaration_is_found_by_the_matched_route_for_get_and_head() -> None:
    found = [(route.method, path_of(route), told.allow) for route, told in declared_routes(app_of(floor))]
    assert found == [("HEAD", "/here/{id}", FLOOR), ("GET", "/here/{id}", FLOOR)]


async def test_what_matches_nothing_has_no_declaration() -> None:
    from aiohttp.test_utils import make_mocked_request

    app = app_of(floor)
    match = await app.router.resolve(make_mocked_request("GET", "/elsewhere"))
    assert declaration_of(match.route) is None


def test_the_order_of_the_decorators_does_not_matter() -> None:
    routes = web.RouteTableDef()

    @declared(allow=STAFF)
    @routes.get("/a")
    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes(routes)
    assert {told.allow for _, told in declared_routes(app)} == {STAFF}
    assert handler is not None


@pytest.mark.parametrize("role", [None, *Role])
def test_public_admits_everybody_and_a_set_only_its_roles(role: Role | None) -> None:
    assert Declaration(PUBLIC).admits(role)
    assert Declaration(SIGNED_IN).admits(role) is (role is not None)
    assert Declaration(FLOOR).admits(role) is (role in (Role.SUPERVISOR, Role.ADMIN))


def test_the_administrator_is_in_every_group_and_every_role_has_a_name() -> None:
    groups = (SIGNED_IN, STAFF, FLOOR, CASES, OVERSIGHT, RUNNING)
    assert all(Role.ADMIN in group for group in groups)
    assert set(ROLE_NAMES) == SIGNED_IN
    assert Role.AUDITOR not in STAFF | RUNNING, "who audits does not act"
    assert Role.OPS not in CASES
