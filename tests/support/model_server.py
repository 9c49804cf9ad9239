"""A real model server of the OpenAI chat protocol, which answers as well or as badly as a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from hotline.core.ticket_settings import ModelServerSettings

Answer = Callable[[list[dict[str, Any]]], object]
"""Makes the JSON that the model writes, from the utterances that it was shown."""

KEY = "key-of-the-tests"


def said(name: str, value: object, *evidence: tuple[int, str]) -> dict[str, Any]:
    """One field of an answer."""
    pieces = [{"utterance": index, "words": words} for index, words in evidence]
    return {"field": name, "value": value, "evidence": pieces}


@dataclass
class Model:
    """``answer`` makes what is written; ``badly`` is how the server misbehaves instead, see ``_BADLY``."""

    answer: Answer = lambda _call: {"fields": []}
    badly: str = ""
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    elsewhere: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the test is over: what hangs may end."""
    stop: Callable[[], Any] = lambda: None

    def settings(self, **more: Any) -> ModelServerSettings:
        values: dict[str, Any] = {"url": f"{self.url}/v1", "name": "test-model", "key": KEY, "timeout_s": 5}
        return ModelServerSettings(**(values | more))

    def shown(self) -> list[dict[str, Any]]:
        """The utterances that the last request held."""
        return json.loads(self.requests[-1]["messages"][1]["content"])["通话"]


def completion(content: object, **more: Any) -> dict[str, Any]:
    """A chat completion whose text is ``content``."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": content},
        **more,
    }
    return {"id": "c", "object": "chat.completion", "choices": [choice]}


async def _stream(request: web.Request, chunk: bytes, model: Model, pause_s: float) -> web.StreamResponse:
    """Answer for ever."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while not model.gone.is_set():
        await response.write(chunk)
        await asyncio.sleep(pause_s)
    return response


async def _half(request: web.Request, _model: Model) -> web.StreamResponse:
    """Promise more than is sent, and hang up."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.abort()
    return response


async def _hang(_request: web.Request, model: Model) -> web.StreamResponse:
    await model.gone.wait()
    return web.Response(status=500)


async def _reply(response: web.Response) -> web.Response:
    return response


_BADLY: dict[str, Callable[[web.Request, Model], Any]] = {
    "error": lambda _r, _m: _reply(web.Response(status=500, text="x" * 1000)),
    "unauthorised": lambda _r, _m: _reply(web.Response(status=401)),
    "redirect": lambda _r, m: _reply(web.Response(status=307, headers={"Location": f"{m.url}/elsewhere"})),
    "empty": lambda _r, _m: _reply(web.Response(status=200)),
    "garbage": lambda _r, _m: _reply(web.Response(body=b"\xff\xfe<html>\x00")),
    "list": lambda _r, _m: _reply(web.json_response([1, 2])),
    "no-choice": lambda _r, _m: _reply(web.json_response({"choices": []})),
    "prose": lambda _r, _m: _reply(web.json_response(completion("好的，我来填写工单。"))),
    "no-form": lambda _r, _m: _reply(web.json_response(completion('{"kind": "表扬"}'))),
    "null": lambda _r, _m: _reply(web.json_response(completion(None))),
    "refusal": lambda _r, _m: _reply(web.json_response(completion("{}", finish_reason="content_filter"))),
    "cut": lambda _r, _m: _reply(web.json_response(completion('{"fields": [', finish_reason="length"))),
    "deep": lambda _r, _m: _reply(web.Response(body=b"[" * 100_000)),
    "gzip": lambda _r, _m: _reply(web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})),
    "huge": lambda r, m: _stream(r, b" " * 65_536, m, 0),
    "endless": lambda r, m: _stream(r, b" ", m, 0.05),
    "half": _half,
    "hang": _hang,
}


@asynccontextmanager
async def model_server(answer: Answer | None = None, badly: str = "") -> AsyncGenerator[Model]:
    """Give a model server for the length of the block."""
    model = Model(badly=badly)
    if answer is not None:
        model.answer = answer

    async def chat(request: web.Request) -> web.StreamResponse:
        model.headers.append(dict(request.headers))
        model.requests.append(await request.json())
        model.asked.set()
        if model.badly:
            return await _BADLY[model.badly](request, model)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.Response(status=401)
        written = json.dumps(model.answer(model.shown()), ensure_ascii=False)
        return web.json_response(completion(written))

    async def models(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.Response(status=401)
        return web.json_response({"object": "list", "data": [{"id": "test-model"}]})

    async def elsewhere(_request: web.Request) -> web.Response:
        model.elsewhere += 1
        return web.json_response(completion('{"fields": []}'))

    app = web.Application(client_max_size=1 << 20)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    app.router.add_route("*", "/elsewhere", elsewhere)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    model.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    model.stop = runner.cleanup
    try:
        yield model
    finally:
        model.gone.set()
        await runner.cleanup()
