"""Recognition servers for tests: ours in this loop, and one that says what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import Any

from aiohttp import web

from hotline.asr.engine import Heard, Partial, Session, Spoken
from hotline.asr.server_client import ServerEngine
from hotline.asr.transcripts import Word
from hotline.core.asr_settings import AsrServerSettings

Talk = Callable[[web.WebSocketResponse, web.Request], Awaitable[None]]
WORD = Word("路灯", 0.1, 0.5, 0.9)


class FakeSession:
    """Guesses the seconds it has heard, and says one word when it ends."""

    def __init__(self, engine: FakeEngine, rate: int) -> None:
        self._engine = engine
        self._rate = rate
        self._bytes = 0

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        if self._engine.error is not None:
            raise self._engine.error
        self._bytes += len(pcm)
        self._engine.pieces.append(len(pcm))
        return (Partial(f"{self._bytes / 2 / self._rate:g}"),)

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        assert seconds >= 0
        return self.finish()

    def finish(self) -> tuple[Heard, ...]:
        return (Spoken(WORD.start_s, WORD.end_s, WORD.text, (WORD,)),) if self._bytes else ()


class FakeEngine:
    """An engine without a model; ``opened`` has what each session was opened with."""

    name, language, sample_rate = "fake", "zh-CN", 8000

    def __init__(self) -> None:
        self.opened: list[tuple[int | None, tuple[str, ...]]] = []
        self.pieces: list[int] = []
        self.error: Exception | None = None

    def load(self) -> None:
        """Nothing is to be loaded."""

    def open(self, *, rate: int | None = None, partials: bool = False, phrases: Any = ()) -> Session:
        assert partials
        self.opened.append((rate, tuple(phrases)))
        return FakeSession(self, rate or 8000)

    def recognise(self, pcm_frames: Any) -> list[Spoken]:
        return [Spoken(0, 1, WORD.text, ()) for _ in pcm_frames]


def client(*urls: str, **settings: Any) -> ServerEngine:
    """The client's engine for servers at these addresses."""
    return ServerEngine(AsrServerSettings(urls=urls, **{"answer_seconds": 2.0} | settings))


@asynccontextmanager
async def talking(talk: Talk, *, ssl: SSLContext | None = None) -> AsyncGenerator[str]:
    """Serve a WebSocket that ``talk`` leads; gives its address."""

    async def handle(request: web.Request) -> web.StreamResponse:
        connection = web.WebSocketResponse(timeout=0.5)
        await connection.prepare(request)
        await talk(connection, request)
        return connection

    async with serving(handle, ssl=ssl) as url:
        yield url


@asynccontextmanager
async def serving(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]], *, ssl: SSLContext | None = None
) -> AsyncGenerator[str]:
    """Serve HTTP by one handler; gives the address for a recognition client."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'ws' if ssl is None else 'wss'}://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def heard_by(engine: ServerEngine, pcm: bytes, **options: Any) -> tuple[Heard, ...]:
    """Give sound to a session of an engine, in a thread, and return all that it heard."""

    def work() -> tuple[Heard, ...]:
        session = engine.open(rate=8000, **options)
        heard: tuple[Heard, ...] = ()
        for start in range(0, len(pcm), 3200):
            heard += session.accept(pcm[start : start + 3200])
        return heard + session.finish()

    return await asyncio.to_thread(work)
