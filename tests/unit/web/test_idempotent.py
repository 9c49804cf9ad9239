"""``Idempotency-Key``: one act for one key, whatever the client, the handler and the database do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hotline.core.access.identity import Identity
from hotline.core.db import Base, Database
from hotline.core.errors import HotlineError
from hotline.core.idempotency import KEPT, IdempotencyKeys, IdempotencyRow
from hotline.core.roles import SIGNED_IN, Role
from hotline.web.answers import answer
from hotline.web.idempotent import KEYS, REPLAYED, idempotent
from hotline.web.identity import WHO
from hotline.web.problems import problems
from hotline.web.routes import declared

routes = web.RouteTableDef()
ACTS: web.AppKey[list[str]] = web.AppKey("acts", list)
BEGUN: web.AppKey[asyncio.Event] = web.AppKey("begun", asyncio.Event)
GATE: web.AppKey[asyncio.Event] = web.AppKey("gate", asyncio.Event)


class Clock:
    now = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class BusyError(HotlineError):
    error_id = "line.busy"
    status = 409


@routes.post("/api/dial/{how}")
@declared(allow=SIGNED_IN, repeatable=True)
async def dial(request: web.Request) -> web.Response:
    """Dial."""
    request.app[ACTS].append(await request.text())
    match request.match_info["how"]:
        case "busy":
            raise BusyError("busy")
        case "broken":
            raise RuntimeError
        case "slow":
            request.app[BEGUN].set()
            await request.app[GATE].wait()
    return answer({"dialled": len(request.app[ACTS])}, 202)


@routes.post("/api/plain")
@declared(allow=SIGNED_IN)
async def plain(request: web.Request) -> web.Response:
    """Do something that may be done twice."""
    request.app[ACTS].append("plain")
    return answer({"done": len(request.app[ACTS])})


@web.middleware
async def somebody(request: web.Request, handler: Any) -> web.StreamResponse:
    name = request.headers.get("X-Who", "wang")
    request[WHO] = Identity(name, name, Role.AGENT, "session")
    return await handler(request)


def app_of(keys: IdempotencyKeys) -> web.Application:
    app = web.Application(middlewares=[problems, somebody, idempotent])
    app.add_routes(routes)
    app[ACTS], app[KEYS] = [], keys
    app[BEGUN], app[GATE] = asyncio.Event(), asyncio.Event()
    return app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/keys.db")
    async with database.engine.connect() as bare:
        connection = await bare.execution_options(hotline_write=True)
        await connection.run_sync(Base.metadata.tables[IdempotencyRow.__tablename__].create)
        await connection.commit()
    yield database
    await database.close()


@pytest.fixture(params=["stored", "in memory"])
def keys(request: pytest.FixtureRequest, store: Database, clock: Clock) -> IdempotencyKeys:
    return IdempotencyKeys(store if request.param == "stored" else None, clock=clock)


@pytest.fixture
async def client(keys: IdempotencyKeys) -> AsyncGenerator[TestClient[Any, Any]]:
    async with TestClient(TestServer(app_of(keys))) as found:
        yield found


async def post(
    client: TestClient[Any, Any], path: str, key: str | None, body: str = "{}", who: str = "wang"
) -> tuple[int, Any, bool]:
    headers = {"X-Who": who} | ({} if key is None else {"Idempotency-Key": key})
    async with client.post(path, data=body, headers=headers) as found:
        return found.status, await found.json(), found.headers.get(REPLAYED) == "true"


async def test_a_repeat_is_answered_and_does_nothing(client: TestClient[Any, Any]) -> None:
    first = await post(client, "/api/dial/now", "k1")
    again = await post(client, "/api/dial/now", "k1")
    assert first == (202, {"dialled": 1}, False)
    assert again == (202, {"dialled": 1}, True)
    assert (await post(client, "/api/dial/now", "k2"))[1] == {"dialled": 2}
    assert (await post(client, "/api/dial/now", None))[1] == {"dialled": 3}


async def test_keys_of_others_are_others(client: TestClient[Any, Any]) -> None:
    assert (await post(client, "/api/dial/now", "k", who="wang"))[1] == {"dialled": 1}
    assert (await post(client, "/api/dial/now", "k", who="li"))[1] == {"dialled": 2}


@pytest.mark.parametrize(("path", "body"), [("/api/dial/now", '{"a": 1}'), ("/api/dial/other", "{}")])
async def test_another_request_under_the_key_is_refused(
    client: TestClient[Any, Any], path: str, body: str
) -> None:
    await post(client, "/api/dial/now", "k")
    status, told, _ = await post(client, path, "k", body)
    assert (status, told["type"]) == (422, "urn:hotline:idempotency.reused")
    assert len(client.app[ACTS]) == 1


async def test_of_two_at_once_one_acts(client: TestClient[Any, Any]) -> None:
    first = asyncio.create_task(post(client, "/api/dial/slow", "k"))
    await asyncio.wait_for(client.app[BEGUN].wait(), 30)
    status, told, _ = await post(client, "/api/dial/slow", "k")
    assert (status, told["type"], told["retryable"]) == (409, "urn:hotline:idempotency.busy", True)
    client.app[GATE].set()
    assert (await first)[1] == {"dialled": 1}
    assert (await post(client, "/api/dial/slow", "k")) == (202, {"dialled": 1}, True)


async def test_what_was_refused_may_be_tried_again(client: TestClient[Any, Any]) -> None:
    assert (await post(client, "/api/dial/busy", "k"))[0] == 409
    assert (await post(client, "/api/dial/busy", "k"))[1]["type"] == "urn:hotline:line.busy"
    assert len(client.app[ACTS]) == 2


async def test_after_an_unexpected_error_nothing_is_done_again(client: TestClient[Any, Any]) -> None:
    assert (await post(client, "/api/dial/broken", "k"))[0] == 500
    status, told, _ = await post(client, "/api/dial/broken", "k")
    assert (status, told["type"]) == (409, "urn:hotline:idempotency.busy")
    assert len(client.app[ACTS]) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "ключ"])
async def test_a_key_that_cannot_be_is_refused(client: TestClient[Any, Any], key: str) -> None:
    status, told, _ = await post(client, "/api/dial/now", key)
    assert (status, told["type"]) == (422, "urn:hotline:input.invalid")
    assert not client.app[ACTS]


async def test_what_may_be_done_twice_takes_no_key(client: TestClient[Any, Any]) -> None:
    await post(client, "/api/plain", "k")
    assert (await post(client, "/api/plain", "k"))[1] == {"done": 2}


async def test_a_key_is_free_again_after_a_day(client: TestClient[Any, Any], clock: Clock) -> None:
    await post(client, "/api/dial/now", "k")
    clock.now += KEPT - timedelta(seconds=1)
    assert (await post(client, "/api/dial/now", "k"))[2]
    clock.now += timedelta(seconds=1)
    assert await post(client, "/api/dial/now", "k", "other") == (202, {"dialled": 2}, False)


async def test_another_process_knows_the_key(store: Database, clock: Clock) -> None:
    async with TestClient(TestServer(app_of(IdempotencyKeys(store, clock=clock)))) as first:
        await post(first, "/api/dial/now", "k")
        await post(first, "/api/dial/broken", "ended-in-the-middle")
    async with TestClient(TestServer(app_of(IdempotencyKeys(store, clock=clock)))) as second:
        assert await post(second, "/api/dial/now", "k") == (202, {"dialled": 1}, True)
        assert (await post(second, "/api/dial/now", "k", "other"))[0] == 422
        assert (await post(second, "/api/dial/broken", "ended-in-the-middle"))[0] == 409
        assert not second.app[ACTS]


async def test_a_database_that_is_away_keeps_nobody_from_calling_for_help(clock: Clock) -> None:
    away = Database("postgresql+asyncpg://hotline@127.0.0.1:1/none")
    async with TestClient(TestServer(app_of(IdempotencyKeys(away, clock=clock)))) as client:
        assert await post(client, "/api/dial/now", "k") == (202, {"dialled": 1}, False)
        assert await post(client, "/api/dial/now", "k") == (202, {"dialled": 1}, True)
    await away.close()
