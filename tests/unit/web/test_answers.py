"""What comes back: problems, limits, pages that hold hostile text, and recordings."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy.exc import OperationalError
from yarl import URL

from hotline.core.errors import InvalidInputError
from hotline.web.server import LONGEST_BODY
from hotline.web.steps import step_text
from support.pages import BEARER, FakeDesk, client_of, view_of


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def client(desk: FakeDesk) -> AsyncGenerator[TestClient[Any, Any]]:
    async with client_of(desk) as client:
        client.session.headers.update(BEARER)
        yield client


async def get(client: TestClient[Any, Any], path: str) -> tuple[int, str]:
    """Fetch a path exactly as written."""
    async with client.session.get(URL(f"http://127.0.0.1:{client.port}{path}", encoded=True)) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize(("query", "limit"), [("", 50), ("?limit=1", 1), ("?limit=500", 500)])
async def test_a_limit_is_taken(client: TestClient[Any, Any], desk: FakeDesk, query: str, limit: int) -> None:
    assert (await get(client, f"/api/v1/calls{query}"))[0] == 200
    assert (await get(client, f"/api/v1/tickets{query}"))[0] == 200
    assert desk.limits == [limit, limit]


@pytest.mark.parametrize(
    "limit", ["0", "501", "-1", "1.5", "", "0000500000", "1" * 5000, "%D9%A1", "1%00", "%201", "five", "1%0a"]
)
async def test_any_other_limit_is_refused(client: TestClient[Any, Any], desk: FakeDesk, limit: str) -> None:
    status, text = await get(client, f"/api/v1/calls?limit={limit}")
    assert status == 422
    assert json.loads(text)["type"] == "urn:hotline:input.invalid"
    assert not desk.limits


async def test_a_problem_has_the_shape_of_the_rfc(client: TestClient[Any, Any]) -> None:
    async with client.get("/api/v1/calls/none") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
        assert await answer.json() == {
            "type": "urn:hotline:not_found",
            "title": "Not Found",
            "status": 404,
            "detail": "there is no call 'none' (see the list of calls)",
            "retryable": False,
        }


async def test_a_wrong_method_names_the_right_ones(client: TestClient[Any, Any]) -> None:
    async with client.delete("/api/v1/calls") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
        assert (await answer.json())["type"] == "urn:hotline:http.405"


async def test_an_unexpected_error_says_nothing_of_the_inside(
    client: TestClient[Any, Any], desk: FakeDesk
) -> None:
    desk.error = RuntimeError("secret in /srv/hotline")
    status, text = await get(client, "/api/v1/calls")
    assert status == 500
    assert "secret" not in text
    assert json.loads(text)["retryable"] is True


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT secret", {}, Exception("secret")),
        ConnectionRefusedError("secret"),
        TimeoutError(),
    ],
)
async def test_a_store_that_is_away_may_come_back(
    client: TestClient[Any, Any], desk: FakeDesk, error: Exception
) -> None:
    desk.error = error
    status, text = await get(client, "/api/v1/calls")
    assert (status, json.loads(text)["type"]) == (503, "urn:hotline:store.away")
    assert "secret" not in text


async def test_an_error_of_ours_keeps_its_status(client: TestClient[Any, Any], desk: FakeDesk) -> None:
    desk.error = InvalidInputError("wrong", mend="right it")
    status, text = await get(client, "/api/v1/calls")
    assert (status, json.loads(text)["detail"]) == (422, "wrong (right it)")


async def test_people_get_a_page_of_an_error_without_markup_of_theirs(client: TestClient[Any, Any]) -> None:
    status, text = await get(client, "/calls/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert status == 404
    assert "出错了（404）" in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"reason": "rest"}', 200),
        (b"", 200),
        (b"{}", 200),
        (b"{", 422),
        (b"[]", 422),
        (b'"rest"', 422),
        (b'{"reason": 5}', 422),
        (b'{"reason": null}', 422),
        (b"\xff\xfe", 422),
        (b"[" * 60_000, 422),
        (b'{"reason": "' + b"x" * LONGEST_BODY + b'"}', 413),
    ],
)
async def test_a_body_is_checked(
    client: TestClient[Any, Any], desk: FakeDesk, body: bytes, status: int
) -> None:
    async with client.post("/api/v1/agents/1001/pause", data=body) as answer:
        assert answer.status == status
        assert answer.content_type == ("application/json" if status == 200 else "application/problem+json")
    assert bool(desk.agents.asked) == (status == 200)


async def test_a_body_of_a_charset_that_does_not_exist_is_refused(client: TestClient[Any, Any]) -> None:
    headers = {"Content-Type": "application/json; charset=nonsense"}
    async with client.post("/api/v1/agents/1001/pause", data=b"{}", headers=headers) as answer:
        assert answer.status == 422


ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</audio></title><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "a\x00b\x08c\x1bd\x7f\x85",
    "\u202egnp.exe",
    "../../etc/passwd",
]


OUR_SCRIPT = '<script src="/static/renew.js" defer></script>'


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("page", ["/", "/calls/c1"])
async def test_text_from_outside_stays_text(
    client: TestClient[Any, Any], desk: FakeDesk, attack: str, page: str
) -> None:
    desk.views["c1"] = view_of("c1", text=attack, title=attack)
    desk.problems = [attack]
    status, text = await get(client, page)
    assert status == 200
    assert "<script" not in text.replace(OUR_SCRIPT, "")
    assert "<img" not in text
    assert "<svg" not in text
    assert "onmouseover='" not in text
    assert 'href="javascript' not in text
    assert not set(text) & set("\x00\x08\x1b\x7f\x85\u202e")
    assert text.count("<audio") == (1 if page != "/" else 0)


async def test_what_was_said_is_shown_as_it_was(client: TestClient[Any, Any], desk: FakeDesk) -> None:
    desk.views["c1"] = view_of("c1", text="路灯 <全> 灭了 & 很黑", title="路灯")
    _, text = await get(client, "/calls/c1")
    assert "路灯 &lt;全&gt; 灭了 &amp; 很黑" in text


async def test_a_callers_number_is_masked_on_pages(client: TestClient[Any, Any], desk: FakeDesk) -> None:
    desk.views["c1"] = view_of("c1")
    desk.views["c1"]["call"]["caller"] = "13812345678"
    for page in ("/", "/calls/c1"):
        _, text = await get(client, page)
        assert "138****5678" in text
        assert "13812345678" not in text


@pytest.mark.parametrize(
    "call",
    [
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "a%00b",
        "x" * 7000,
        "%ff%fe",
        "%F0%9F%92%A9",
        "%0d%0aSet-Cookie:%20a=b",
    ],
)
@pytest.mark.parametrize("place", ["/calls/", "/api/v1/calls/"])
async def test_a_strange_call_is_not_found(client: TestClient[Any, Any], place: str, call: str) -> None:
    async with client.session.get(
        URL(f"http://127.0.0.1:{client.port}{place}{call}", encoded=True)
    ) as answer:
        assert answer.status == 404
        assert "Set-Cookie" not in answer.headers


async def test_a_recording_comes_whole_and_in_parts(
    client: TestClient[Any, Any], desk: FakeDesk, tmp_path: Path
) -> None:
    desk.files["node1", "2026/a.wav"] = tmp_path / "a.wav"
    (tmp_path / "a.wav").write_bytes(bytes(range(100)))
    path = "/api/v1/recordings/node1/2026/a.wav"
    async with client.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "audio/wav")
        assert await answer.read() == bytes(range(100))
    async with client.get(path, headers={"Range": "bytes=10-19"}) as answer:
        assert (answer.status, answer.headers["Content-Range"]) == (206, "bytes 10-19/100")
        assert await answer.read() == bytes(range(10, 20))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with client.get(path, headers={"Range": "bytes=100-"}) as answer:
        assert answer.status == 416


@pytest.mark.parametrize(
    ("name", "params", "text"),
    [
        ("HL_ARRIVED", {"trunk": "t1", "did": "12345"}, "来电，经 t1 拨打 12345"),
        (
            "HL_DIGIT",
            {"menu": "main", "digit": "0", "why": "zero", "ms": "800"},
            "菜单 main：按 0 0（800 毫秒）",
        ),
        ("HL_DIGIT", {}, "菜单 ：  （ 毫秒）"),
        ("HL_HUMAN", {"why": "timeout", "queue": "public"}, "请求人工（未按键），队列 public"),
        ("HL_QUEUE_END", {"queue": "public", "status": "TIMEOUT"}, "离开队列 public：等待超时"),
        ("HL_QUEUE_END", {"queue": "public", "status": "CONTINUE"}, "离开队列 public：CONTINUE"),
        ("HL_MENU", {"menu": "{0.__class__}"}, "进入菜单 {0.__class__}"),
        (
            "HL_SUPERVISE",
            {"supervisor": "1009", "agent": "1001", "mode": "take"},
            "班长 1009 介入坐席 1001 的通话（接管）",
        ),
        (
            "HL_SUPERVISE_REFUSED",
            {"supervisor": "1002", "agent": "1001", "mode": "listen", "why": "role"},
            "1002 请求介入坐席 1001 的通话（监听）被拒绝：无此权限",
        ),
        ("HL_EVALUATED", {"level": "2", "levels": "3"}, "市民评价：基本满意"),
        ("HL_EVALUATED", {"level": "2", "levels": "5"}, "市民评价：满意"),
        ("HL_EVALUATED", {"level": "7", "levels": "5"}, "市民评价：7"),
        ("HL_EVALUATED", {}, "市民评价："),
        (
            "HL_SAID",
            {"menu": "main", "why": "voice", "to": "human:public", "ms": "2200"},
            "菜单 main：语音导航 human:public（2200 毫秒）",
        ),
        ("HL_NEW", {"a": "b"}, "HL_NEW {'a': 'b'}"),
    ],
)
def test_a_step_in_words(name: str, params: dict[str, str], text: str) -> None:
    assert step_text(name, params).replace("  ", " ") == text.replace("  ", " ")
