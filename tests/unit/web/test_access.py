"""Who may come in: proven for every route that the application has, now and later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient

from hotline.web.auth import COOKIE, GATE, OPEN
from support.pages import BEARER, FakeDesk, client_of, is_public, sign_in

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def client(desk: FakeDesk) -> AsyncGenerator[TestClient[Any, Any]]:
    async with client_of(desk) as client:
        client.session._cookie_jar = CookieJar(unsafe=True)  # cookies of 127.0.0.1 too
        yield client


def routes(client: TestClient[Any, Any]) -> list[tuple[str, str]]:
    """Every method and a path of every route that is not declared open to all."""
    found: list[tuple[str, str]] = []
    for route in client.app.router.routes():
        assert route.resource is not None
        if is_public(route) and route.resource.canonical not in OPEN:
            continue
        info = route.resource.get_info()
        if "formatter" in info:
            names = {"node": "node1", "path": "a.wav", "number": "1001", "action": "ready"}
            path = info["formatter"].format_map(defaultdict(lambda: "x", names))
        else:
            path = info.get("path") or f"{info['prefix']}/other.css"
        found.append((route.method, path))
    return found


async def test_every_route_is_closed_but_the_open_ones(client: TestClient[Any, Any], desk: FakeDesk) -> None:
    all_routes = routes(client)
    assert len(all_routes) >= 15
    assert {path for _, path in all_routes} >= {path for path in OPEN if not path.startswith("/static/")}
    closed = [(method, path) for method, path in all_routes if path not in OPEN]
    assert len(closed) >= 12
    for method, path in closed:
        async with client.request(method, path, allow_redirects=False) as answer:
            if path.startswith("/api/") or path == "/metrics":
                assert (answer.status, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer"), path
            else:
                door = "/login?next=/wall" if path == "/wall" else "/login"
                assert (answer.status, answer.headers["Location"]) == (303, door), path
            safe(answer)
    assert not desk.agents.asked


@pytest.mark.parametrize(
    "path",
    [
        "/login/",
        "//login",
        "/Login",
        "/login/../",
        "/healthz/x",
        "/static/",
        "/static/../auth.py",
        "/nothing",
    ],
)
async def test_nothing_beside_an_open_path_is_open(client: TestClient[Any, Any], path: str) -> None:
    from yarl import URL

    async with client.session.get(
        URL(f"http://127.0.0.1:{client.port}{path}", encoded=True), allow_redirects=False
    ) as answer:
        assert answer.status in (303, 404), path
        assert answer.status == 303 or path == "/static/"


async def test_what_is_open_is_open(client: TestClient[Any, Any]) -> None:
    for path in OPEN:
        async with client.get(path) as answer:
            assert answer.status == 200, path
            safe(answer)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic d2ViLXRva2VuLWZvci10ZXN0czo=",
        "Token web-token-for-tests",
        "Bearer ÿ",
    ],
)
async def test_the_api_refuses_what_is_no_token(client: TestClient[Any, Any], header: str) -> None:
    async with client.get("/api/v1/status", headers={"Authorization": header} if header else {}) as answer:
        assert answer.status == 401
        assert answer.content_type == "application/problem+json"
        assert "[web] token" in (await answer.json())["detail"]


async def test_a_right_bearer_comes_in_and_is_forgiven(client: TestClient[Any, Any]) -> None:
    gate = client.app[GATE]
    first = gate.penalty_s("127.0.0.1")
    gate.penalty_s("127.0.0.1")
    async with client.get("/api/v1/status", headers=BEARER) as answer:
        assert answer.status == 200
    assert gate.penalty_s("127.0.0.1") == first


async def test_signing_in_forgives_and_opens_pages_and_api(client: TestClient[Any, Any]) -> None:
    gate = client.app[GATE]
    first = gate.penalty_s("127.0.0.1")
    assert await sign_in(client, "wrong-token-wrong-token") == 401
    assert await sign_in(client) == 303
    assert gate.penalty_s("127.0.0.1") == first
    for path in ("/", "/api/v1/status"):
        async with client.get(path, allow_redirects=False) as answer:
            assert answer.status == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient[Any, Any]) -> None:
    async with client.post("/login", data={"token": "web-token-for-tests"}, allow_redirects=False) as answer:
        cookie = answer.cookies[COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert "web-token-for-tests" not in cookie.value
        safe(answer)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"token=\xff\xfe", "application/x-www-form-urlencoded; charset=nonsense"),
        (b"a=1&" * 5000, "application/x-www-form-urlencoded"),
        (
            b"--x\r\nContent-Disposition: form-data; name=token; filename=f\r\n\r\nx\r\n--x--",
            "multipart/form-data; boundary=x",
        ),
        (b"{}", "application/json"),
        (b"", "multipart/form-data"),
    ],
)
async def test_a_strange_form_is_a_wrong_token(client: TestClient[Any, Any], body: bytes, kind: str) -> None:
    async with client.post("/login", data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == 401
        assert "令牌不正确" in await answer.text()


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1", "http://127.0.0.1.evil.example", ""]
)
async def test_a_change_by_cookie_comes_from_our_own_page_only(
    client: TestClient[Any, Any], desk: FakeDesk, origin: str | None
) -> None:
    await sign_in(client)
    headers = {} if origin is None else {"Origin": origin}
    async with client.post("/api/v1/agents/1001/sign-in", headers=headers) as answer:
        assert answer.status == 403
        safe(answer)
    assert not desk.agents.asked
    async with client.post(
        "/api/v1/agents/1001/sign-in", headers={"Origin": f"http://127.0.0.1:{client.port}"}
    ) as answer:
        assert answer.status == 200
    assert desk.agents.asked == [("sign-in", "1001")]


async def test_signing_out_ends_the_session(client: TestClient[Any, Any]) -> None:
    await sign_in(client)
    own = {"Origin": f"http://127.0.0.1:{client.port}"}
    cookies = {cookie.key: cookie.value for cookie in client.session.cookie_jar}
    async with client.post("/logout", headers=own, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
    async with client.get("/", cookies=cookies, allow_redirects=False) as answer:
        assert answer.status == 303, "the session's id still opens the door"


def safe(answer: Any) -> None:
    """Redirects, errors and files have the protecting headers too."""
    for name, value in SAFE.items():
        assert answer.headers[name] == value
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_health_says_nothing_of_the_inside(client: TestClient[Any, Any], desk: FakeDesk) -> None:
    desk.problems = ["数据库出错：secret at /srv/hotline"]
    desk.connected = False
    async with client.get("/healthz") as answer:
        assert answer.status == 503
        assert await answer.json() == {"status": "degraded"}
    desk.problems, desk.connected = [], True
    async with client.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
        assert answer.headers["Server"] == "hotline"


def test_the_application_type_is_aiohttps(client: TestClient[Any, Any]) -> None:
    assert isinstance(client.app, web.Application)
