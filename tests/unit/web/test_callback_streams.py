"""The stream of a campaign: its progress, each change once, its end, and nothing read while nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, web

from hotline.callback_bot.outcome.progress import Progress
from hotline.core.events import EventBus
from hotline.web import callback_streams
from hotline.web.callback_streams import CampaignStreams
from hotline.web.problems import problems
from support.receiver import until
from support.streams import Viewer

BEGUN = Progress("november", "十一月回访", "running", 3, 0, {"waiting": 3, "done": 0}, 0, 0, 0, 0)


class Store:
    """A campaign that the test moves on."""

    def __init__(self) -> None:
        self.now: Progress | None = BEGUN
        self.looks = 0

    async def look(self, campaign: str) -> Progress | None:
        self.looks += 1
        return self.now if campaign == "november" else None


@asynccontextmanager
async def site(store: Store) -> AsyncGenerator[tuple[ClientSession, str, CampaignStreams]]:
    streams = CampaignStreams(EventBus(), store.look)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await streams.answer(request)

    app = web.Application(middlewares=[problems])
    app.router.add_get("/api/v1/campaigns/{id}/stream", answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    port = place._server.sockets[0].getsockname()[1]
    looking = asyncio.create_task(streams.run())
    try:
        async with ClientSession() as session:
            yield session, f"http://127.0.0.1:{port}/api/v1/campaigns", streams
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        streams.close()
        await runner.cleanup()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback_streams, "LOOK_EVERY_S", 0.01)


async def test_a_viewer_sees_each_change_and_the_end() -> None:
    store = Store()
    async with site(store) as (session, url, _), session.get(f"{url}/november/stream") as answer:
        viewer = Viewer(answer.content)
        name, first = await viewer.next()
        assert (name, first["open"], first["share"]) == ("state", 3, 0.0)
        store.now = replace(BEGUN, ended=2, states={"waiting": 1, "done": 2})
        name, second = await viewer.next()
        assert (name, second["ended"], second["open"]) == ("progress", 2, 1)
        store.now = replace(BEGUN, ended=3, state="ended")
        name, last = await viewer.next()
        assert (name, last["state"], last["campaign"]) == ("ended", "ended", "november")


async def test_one_that_is_over_is_told_and_ended_at_once_and_an_unknown_one_is_refused() -> None:
    store = Store()
    store.now = replace(BEGUN, state="cancelled")
    async with site(store) as (session, url, _):
        async with session.get(f"{url}/november/stream") as answer:
            viewer = Viewer(answer.content)
            names = [(await viewer.next())[0] for _ in range(2)]
            assert names == ["state", "ended"]
        async with session.get(f"{url}/x'%20OR%201=1/stream") as answer:
            body: dict[str, Any] = await answer.json()
            assert (answer.status, body["type"]) == (404, "urn:hotline:not_found")
            assert "campaign" in body["detail"]


async def test_nothing_is_read_while_nobody_looks() -> None:
    store = Store()
    async with site(store) as (session, url, streams):
        async with session.get(f"{url}/november/stream") as answer:
            await Viewer(answer.content).next()
            await until("it is looked at", lambda: store.looks >= 5)
        async with asyncio.timeout(30):
            while streams.watched():
                store.now = replace(BEGUN, ended=store.looks % 4)  # what is sent finds the viewer gone
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        looks = store.looks
        await asyncio.sleep(0.2)
        assert store.looks == looks
