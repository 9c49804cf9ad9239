"""Connections of strangers who say nothing: let go, and never so many that the service lacks files."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakSet

import pytest
from aiohttp import web

from hotline.web.connections import ASKED, FILES, Guarded, asked, most_connections

ASK = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: here\r\nX-Slow: "
LIMIT_S = 30.0

Open = Callable[[bytes], "asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]"]


@asynccontextmanager
async def serving(*, most: int, first_request_s: float) -> AsyncGenerator[Open]:
    """Serve "here" at a free port; gives what opens a connection and says something."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="here")

    app = web.Application(middlewares=[asked])
    app[ASKED] = WeakSet()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server is not None
    guarded = Guarded(runner.server, app[ASKED], most=most, first_request_s=first_request_s)
    listener = await asyncio.get_running_loop().create_server(guarded, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        stack.callback(listener.close)

        async def open_(words: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            writer.write(words)
            return reader, writer

        yield lambda words: asyncio.ensure_future(open_(words))


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Return what came until the other side closed."""
    async with asyncio.timeout(LIMIT_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def answered(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(LIMIT_S):
        return await reader.readuntil(b"here")


async def let_in(open_: Open) -> bytes:
    """Try until a connection is taken."""
    while True:
        reader, _ = await open_(ASK)
        try:
            return await answered(reader)
        except (asyncio.IncompleteReadError, ConnectionResetError):
            await asyncio.sleep(0)


@pytest.mark.parametrize("words", [b"", HALF])
async def test_who_asks_nothing_in_time_is_let_go(words: bytes) -> None:
    async with serving(most=9, first_request_s=0.05) as open_:
        reader, _writer = await open_(words)
        assert await ended(reader) == b""


async def test_who_has_asked_stays_and_may_ask_again() -> None:
    async with serving(most=9, first_request_s=0.2) as open_:
        reader, writer = await open_(ASK)
        assert b"200 OK" in await answered(reader)
        silent, _ = await open_(b"")
        assert await ended(silent) == b""  # and so the first one's time is over, too
        writer.write(ASK)
        assert b"200 OK" in await answered(reader)


async def test_one_too_many_is_closed_and_comes_in_when_another_has_gone() -> None:
    async with serving(most=2, first_request_s=LIMIT_S) as open_:
        first, first_writer = await open_(ASK)
        second, _ = await open_(ASK)
        assert b"200 OK" in await answered(first)
        assert b"200 OK" in await answered(second)
        third, _ = await open_(ASK)
        assert await ended(third) == b""
        first_writer.close()
        async with asyncio.timeout(LIMIT_S):
            assert b"200 OK" in await let_in(open_)


def test_half_of_the_open_files_are_left_for_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _which, pair: given.append(pair))  # pyright: ignore
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 4096))  # pyright: ignore
    assert most_connections() == 2048
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 1 << 20))  # pyright: ignore
    assert most_connections() == FILES // 2
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1 << 20, 1 << 20))  # pyright: ignore
    assert most_connections() == 1 << 19
    assert given == [(4096, 4096), (FILES, 1 << 20)]
