"""The pages of web/ui as the server gives them: one page for every address, files for good, nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from hotline.core.settings import WebSettings
from hotline.web.server import build_app
from hotline.web.ui_pages import FOLDER, PHONE_URL, policy
from support.pages import TOKEN, FakeDesk

PAGES = [
    "/login",
    "/password",
    "/desk",
    "/floor",
    "/ops",
    "/ops/figures",
    "/ops/menus/main",
    "/admin",
    "/admin/users",
    "/no-access",
]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "ui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><div id=app></div>")
    (folder / "assets" / "index-B1hn_c-6.js").write_text("export {};")
    (folder / "assets" / "index-B1.css").write_text("p{}")
    (folder / ".built-from").write_text("abc")
    (tmp_path / "secret.js").write_text("secret")
    return folder


@pytest.fixture
async def client(built: Path) -> AsyncGenerator[TestClient[Any, Any]]:
    app = build_app(WebSettings(token=TOKEN), FakeDesk())  # type: ignore[arg-type]
    app[FOLDER], app[PHONE_URL] = built, "wss://phone.example:8089/ws"
    async with TestClient(TestServer(app)) as client:
        yield client


def rules_of(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


@pytest.mark.parametrize("path", PAGES)
async def test_every_address_of_the_pages_gets_the_one_page(client: TestClient[Any, Any], path: str) -> None:
    async with client.get(path, allow_redirects=False) as answer:
        assert answer.status == 200
        assert "id=app" in await answer.text()
        assert answer.headers["Cache-Control"] == "no-cache"
        rules = dict(
            part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
        )
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self' wss://phone.example:8089/ws"
    assert rules["frame-ancestors"] == "'none'"


def test_no_script_may_be_written_into_a_page() -> None:
    rules = rules_of(policy())
    assert rules["default-src"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "font-src"):
        assert rules[name] == "'self'"
    assert "unsafe-eval" not in policy()


async def test_a_file_is_kept_for_good(client: TestClient[Any, Any]) -> None:
    for name, kind in (("index-B1hn_c-6.js", "text/javascript"), ("index-B1.css", "text/css")):
        async with client.get(f"/static/ui/assets/{name}") as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/static/ui",
        "/static/ui/",
        "/static/ui/index.html",
        "/static/ui/.built-from",
        "/static/ui/assets/",
        "/static/ui/assets/index-B2.js",
        "/static/ui/assets/.built-from",
        "/static/ui/assets/..%2f..%2fsecret.js",
        "/static/ui/assets/%2e%2e/%2e%2e/secret.js",
        "/static/ui/assets/..%5csecret.js",
        "/static/ui/assets/x%00.js",
    ],
)
async def test_nothing_but_the_files_of_the_build_is_given(client: TestClient[Any, Any], path: str) -> None:
    address = client.make_url("/").join(URL(path, encoded=True))
    async with client.session.get(URL(str(address), encoded=True), allow_redirects=False) as answer:
        assert answer.status in {303, 404}, path
        assert "secret" not in await answer.text()
        assert "max-age" not in answer.headers["Cache-Control"]


async def test_a_service_without_built_pages_says_how_to_build_them(
    client: TestClient[Any, Any], built: Path
) -> None:
    (built / "index.html").unlink()
    async with client.get("/desk") as answer:
        text = await answer.text()
        assert (answer.status, "scripts/ui.sh build" in text) == (503, True)
        assert not re.search(r"<script|\sstyle=", text)
    async with client.get("/login") as answer:
        assert (answer.status, 'action="/login"' in await answer.text()) == (200, True)
    (built / "index.html").write_text("<!doctype html>now it is there")
    async with client.get("/desk") as answer:
        assert "now it is there" in await answer.text()
