"""Who may open the wall, what its pass opens besides, and where a sign-in leads."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient

from hotline.web.auth import COOKIE, GATE, WALL_COOKIE, WALL_FILES, Gate
from support.pages import BEARER, TOKEN, FakeDesk, client_of, is_public, sign_in


@pytest.fixture
async def client() -> AsyncGenerator[TestClient[Any, Any]]:
    async with client_of(FakeDesk()) as client:
        client.session._cookie_jar = CookieJar(unsafe=True)  # cookies of 127.0.0.1 too
        yield client


def cookies(client: TestClient[Any, Any]) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in client.session.cookie_jar}


async def test_a_screen_opens_the_wall_with_its_pass_once(client: TestClient[Any, Any]) -> None:
    wall_pass = client.app[GATE].wall_pass
    async with client.get("/wall/open", params={"token": wall_pass}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/wall")
        kept = answer.cookies[WALL_COOKIE]
        assert kept["httponly"]
        assert int(kept["max-age"]) > 300 * 24 * 3600
        assert TOKEN not in kept.value
    async with client.get("/wall", allow_redirects=False) as answer:
        assert answer.status == 200
        assert answer.cookies[WALL_COOKIE].value == kept.value, "opening the page begins the pass anew"
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "connect-src 'self'" in policy
        assert "unsafe" not in policy
        text = await answer.text()
    assert "<script>" not in text
    assert " style=" not in text
    assert not re.search(r"\son[a-z]+=", text)


async def test_the_pass_of_a_wall_opens_the_wall_and_nothing_else(client: TestClient[Any, Any]) -> None:
    wall = {WALL_COOKIE: client.app[GATE].wall_pass}
    paths = {
        getattr(route.resource, "canonical", "").replace("{id}", "x")
        for route in client.app.router.routes()
        if route.method == "GET" and not is_public(route)
    }
    assert {"/", "/wall/link", "/api/v1/calls", "/api/v1/status"} <= paths
    closed = paths - {"/wall", "/wall/open", "/login", "/healthz", "/static", "/api/v1/queue/stream"}
    for path in closed:
        async with client.get(path, cookies=wall, allow_redirects=False) as answer:
            assert answer.status == (401 if path.startswith(("/api/", "/metrics")) else 303), path
    async with client.post("/api/v1/agents/1001/sign-in", cookies=wall) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("token", ["", "wrong", "\ud83d", "x" * 5000, TOKEN, TOKEN + " "])
async def test_a_wrong_token_keeps_the_screen_out_and_is_counted(
    client: TestClient[Any, Any], token: str
) -> None:
    gate = client.app[GATE]
    params = {"token": token.encode("utf-8", "replace").decode()}
    async with client.get("/wall/open", params=params, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/wall")
        assert WALL_COOKIE not in answer.cookies
    assert gate.penalty_s("127.0.0.1") > Gate(TOKEN, monotonic=lambda: 0).penalty_s("127.0.0.1")


async def test_a_forged_pass_does_not_open_the_wall(client: TestClient[Any, Any]) -> None:
    real = client.app[GATE].wall_pass
    for forged in ("", real[:-1], real.upper(), TOKEN, "0" * 64):
        async with client.get("/wall", cookies={WALL_COOKIE: forged}, allow_redirects=False) as answer:
            assert answer.status == 303, forged


def test_the_pass_survives_a_restart_and_ends_with_the_token() -> None:
    first = Gate(TOKEN, monotonic=lambda: 0)
    assert Gate(TOKEN, monotonic=lambda: 9).wall_pass_is_right(first.wall_pass)
    assert not Gate(TOKEN + "2", monotonic=lambda: 9).wall_pass_is_right(first.wall_pass)


async def test_signing_in_on_the_way_to_the_wall_leads_there(client: TestClient[Any, Any]) -> None:
    async with client.get("/wall") as answer:
        assert answer.url.path == "/login"
        assert '<input name="next" type="hidden" value="/wall">' in await answer.text()
    form = {"token": TOKEN, "next": "/wall"}
    async with client.post("/login", data=form, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/wall"
    async with client.get("/wall", allow_redirects=False) as answer:
        assert answer.status == 200
    assert WALL_COOKIE in cookies(client)


@pytest.mark.parametrize(
    "after", ["https://evil.example/", "//evil.example", "/wall/../x", "/calls/1", "", '"><b>']
)
async def test_a_sign_in_leads_nowhere_else(client: TestClient[Any, Any], after: str) -> None:
    async with client.get("/login", params={"next": after}) as answer:
        assert 'value="/">' in await answer.text()
    async with client.post("/login", data={"token": "wrong", "next": after}) as answer:
        assert 'value="/">' in await answer.text()
    form = {"token": TOKEN, "next": after}
    async with client.post("/login", data=form, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/"


async def test_the_link_for_a_screen_holds_the_pass_and_not_the_token(client: TestClient[Any, Any]) -> None:
    await sign_in(client)
    async with client.get("/wall/link") as answer:
        text = await answer.text()
    wall_pass = client.app[GATE].wall_pass
    assert f"http://127.0.0.1:{client.port}/wall/open?token={wall_pass}" in text
    assert TOKEN not in text
    client.session.cookie_jar.clear()
    async with client.get("/wall/open", params={"token": wall_pass}) as answer:
        assert (answer.status, answer.url.path) == (200, "/wall")


async def test_signing_out_takes_the_pass_of_this_browser_too(client: TestClient[Any, Any]) -> None:
    await sign_in(client)
    async with client.get("/wall"):
        assert set(cookies(client)) == {COOKIE, WALL_COOKIE}
    own = {"Origin": f"http://127.0.0.1:{client.port}"}
    async with client.post("/logout", headers=own, allow_redirects=False):
        assert cookies(client) == {}


async def test_the_start_page_leads_to_the_wall(client: TestClient[Any, Any]) -> None:
    async with client.get("/", headers=BEARER) as answer:
        text = await answer.text()
    assert '<a href="/wall">大屏</a>' in text
    assert '<a href="/wall/link">' in text


async def test_an_open_page_can_tell_that_it_is_old(client: TestClient[Any, Any]) -> None:
    async with client.head("/wall", headers=BEARER) as answer:
        edition = answer.headers["Hotline-Edition"]
    async with client.get("/wall", headers=BEARER) as answer:
        assert f'data-edition="{edition}"' in await answer.text()


async def test_the_files_of_the_wall_need_no_token(client: TestClient[Any, Any]) -> None:
    for name in WALL_FILES:
        async with client.get(f"/static/{name}") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
