"""A real HTTP server that takes webhooks as badly as a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from hotline.core.settings import WebhookTarget

Given = int | str | float | asyncio.Event


@dataclass
class Receiver:
    """``answers`` are given one after the other, then 204; a number is a status, a text a redirect."""

    port: int = 0
    answers: list[Given] = field(default_factory=list["Given"])
    """A float is a time in seconds before 204, an event what 204 waits for."""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    refused: dict[str, int] = field(default_factory=dict[str, int])
    """Messages that are answered with a status as long as they stand here, by the first part of their id."""
    taken: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    elsewhere: int = 0
    """How often the place of a redirect was asked for."""

    def target(self, name: str = "duty") -> WebhookTarget:
        return WebhookTarget(name=name, url=f"http://127.0.0.1:{self.port}/hook")

    def ids(self) -> list[str]:
        return [message["id"] for message in self.taken]


@asynccontextmanager
async def receiver(*answers: Given) -> AsyncGenerator[Receiver]:
    """Give a server for the length of the block."""
    found = Receiver(answers=list(answers))

    async def hook(request: web.Request) -> web.Response:
        body = await request.read()
        found.requests.append((dict(request.headers), body))
        name = json.loads(body)["id"].partition("-")[0] if found.refused else ""
        if name in found.refused:
            return web.Response(status=found.refused[name])
        answer = found.answers.pop(0) if found.answers else 204
        if isinstance(answer, str):
            return web.Response(status=302, headers={"Location": answer})
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = 204
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = 204
        if 200 <= answer < 300:
            found.taken.append(json.loads(body))
        return web.Response(status=answer)

    async def elsewhere(_request: web.Request) -> web.Response:
        found.elsewhere += 1
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", hook)
    app.router.add_route("*", "/elsewhere", elsewhere)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.port = runner.addresses[0][1]
    try:
        yield found
    finally:
        await runner.cleanup()


async def until(what: str, true: Callable[[], object], limit_s: float = 20) -> None:
    """Wait until something is true; the test fails when it never is."""
    try:
        async with asyncio.timeout(limit_s):
            while not true():  # noqa: ASYNC110  # another task changes it
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not in {limit_s:g} s: {what}") from None
