"""Queries and bodies from outside: every value of its type, every fault with its place, nothing unknown."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import Field

from hotline.web.answers import answer
from hotline.web.inputs import body_as, query_of
from hotline.web.models.base import AwareMoment, Paged, Sent, Word
from hotline.web.problems import problems


class Asked(Paged):
    since: AwareMoment | None = None
    open: bool | None = None
    name: Word = ""


class Inner(Sent):
    phone: str


class Given(Sent):
    count: int = 0
    flag: bool = False
    many: list[Inner] = Field(default_factory=list[Inner], max_length=3)


async def ask(request: web.Request) -> web.Response:
    return answer(query_of(request, Asked).model_dump(mode="json"))


async def send(request: web.Request) -> web.Response:
    return answer((await body_as(request, Given)).model_dump())


@pytest.fixture
async def client() -> AsyncGenerator[TestClient[Any, Any]]:
    app = web.Application(middlewares=[problems])
    app.router.add_get("/api/ask", ask)
    app.router.add_post("/api/send", send)
    async with TestClient(TestServer(app)) as found:
        yield found


async def test_a_query_has_its_types(client: TestClient[Any, Any]) -> None:
    params = {"limit": "7", "since": "2026-11-22T08:00+08:00", "open": "true", "name": "综合"}
    async with client.get("/api/ask", params=params) as found:
        told = await found.json()
    assert told == {"limit": 7, "after": None, "since": "2026-11-22T00:00:00Z", "open": True, "name": "综合"}
    assert datetime.fromisoformat(told["since"]) == datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ([("limit", "0")], "limit"),
        ([("limit", "501")], "limit"),
        ([("limit", " 5")], "limit"),
        ([("limit", "1_0")], "limit"),
        ([("limit", "５")], "limit"),
        ([("limit", "1"), ("limit", "2")], "limit"),
        ([("limt", "5")], "limt"),
        ([("since", "2026-11-22T08:00")], "since"),
        ([("since", "0001-01-01T00:00+23:00")], "since"),
        ([("since", "9999-12-31T23:59-23:00")], "since"),
        ([("since", "yesterday")], "since"),
        ([("open", "maybe")], "open"),
        ([("name", "a\x00b")], "name"),
        ([("name", "x" * 201)], "name"),
    ],
)
async def test_a_query_that_cannot_be_is_refused_by_its_name(
    client: TestClient[Any, Any], params: list[tuple[str, str]], field: str
) -> None:
    async with client.get("/api/ask", params=params) as found:
        told = await found.json()
    assert (found.status, told["type"]) == (422, "urn:hotline:input.invalid")
    assert [one["field"] for one in told["errors"]] == [field]
    assert told["detail"].startswith(field)


async def test_every_fault_of_a_body_is_told_with_its_place(client: TestClient[Any, Any]) -> None:
    body = {"count": "5", "flag": 1, "many": [{"phone": "1"}, {"phone": 5, "more": 1}], "other": 1}
    async with client.post("/api/send", json=body) as found:
        told = await found.json()
    assert found.status == 422
    assert {one["field"] for one in told["errors"]} == {
        "count",
        "flag",
        "many[1].phone",
        "many[1].more",
        "other",
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "no object"),
        (b"null", "no object"),
        (b"5", "no object"),
        (b"[" * 5000, "not JSON"),
        (b'{"count": NaN}', "count"),
        (b'{"count": 1e400}', "count"),
    ],
)
async def test_what_is_no_body_is_refused(client: TestClient[Any, Any], data: bytes, words: str) -> None:
    async with client.post(
        "/api/send", data=data, headers={"Content-Type": "application/json; charset=utf-8"}
    ) as found:
        told = await found.json()
    assert (found.status, told["type"]) == (422, "urn:hotline:input.invalid")
    assert words in told["detail"]


@pytest.mark.parametrize("data", [b"", b"{}", b"  \n"])
async def test_a_body_that_is_left_out_has_every_default(client: TestClient[Any, Any], data: bytes) -> None:
    async with client.post("/api/send", data=data) as found:
        assert await found.json() == {"count": 0, "flag": False, "many": []}


async def test_an_unknown_charset_is_no_error_of_ours(client: TestClient[Any, Any]) -> None:
    headers = {"Content-Type": "application/json; charset=nonsense"}
    async with client.post("/api/send", data=b"{}", headers=headers) as found:
        assert found.status == 422


async def test_names_from_outside_cannot_hide_in_a_message(client: TestClient[Any, Any]) -> None:
    async with client.post("/api/send", json={"\u202eevil\r\n" + "x" * 100: 1}) as found:
        told = await found.json()
    assert "\n" not in told["detail"]
    assert "\u202e" not in told["detail"]
    assert len(told["errors"][0]["field"]) == 40
