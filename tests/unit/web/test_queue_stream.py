"""The shared live view: who gets what, how often, and what is never rendered or kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hotline.core.errors import NotFoundError
from hotline.web import queue_stream
from hotline.web.queue_stream import LiveStream, TooManyViewersError
from support.pages import FakeFigures, live_view


@asynccontextmanager
async def running(figures: FakeFigures, *, slowest_s: float = 60.0) -> AsyncIterator[LiveStream]:
    stream = LiveStream(figures, fastest_s=0.01, slowest_s=slowest_s)
    task = asyncio.create_task(stream.run())
    yield stream
    task.cancel()
    await asyncio.wait({task})


async def following(views: AsyncGenerator[bytes]) -> tuple[str, dict[str, Any]]:
    async with asyncio.timeout(10):
        event = (await anext(views)).decode()
    name, _, data = event.rstrip("\n").split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def test_nothing_is_rendered_while_nobody_looks() -> None:
    figures = FakeFigures()
    async with running(figures):
        for _ in range(5):
            figures.change(at="later")
            await asyncio.sleep(0.01)
        assert figures.rendered == 0


async def test_a_new_viewer_sees_the_present_at_once_and_then_each_change() -> None:
    figures = FakeFigures()
    async with running(figures) as stream, AsyncViewer(stream) as views:
        assert await following(views) == ("live", figures.view)
        figures.change(**live_view(waiting=7))
        assert (await following(views))[1]["total"]["waiting"] == 7
        async with AsyncViewer(stream) as others:
            assert (await following(others))[1]["total"]["waiting"] == 7
        assert stream.viewers == 1
    assert stream.viewers == 0


async def test_all_viewers_share_one_rendering() -> None:
    figures = FakeFigures()
    async with running(figures) as stream:
        viewers = [AsyncViewer(stream) for _ in range(200)]
        views = [await viewer.__aenter__() for viewer in viewers]
        first = await asyncio.gather(*(anext(view) for view in views))
        assert len({id(event) for event in first}) == 1
        figures.change(**live_view(waiting=2))
        second = await asyncio.gather(*(anext(view) for view in views))
        assert len({id(event) for event in second}) == 1
        assert stream.number == 2
        for viewer in viewers:
            await viewer.__aexit__()


async def test_time_alone_is_no_change_but_a_sign_of_life_comes() -> None:
    figures = FakeFigures()
    async with running(figures) as stream, AsyncViewer(stream) as views:
        await following(views)
        later = live_view()
        later["total"] = {**later["total"], "longest_wait_ms": 12_000}
        for n in range(5):
            figures.change(**{**later, "at": f"later {n}"})
            await asyncio.sleep(0.02)
        assert stream.number == 1
    async with running(figures, slowest_s=0.05) as stream, AsyncViewer(stream) as views:
        for _ in range(4):
            assert (await following(views))[0] == "live"


async def test_a_viewer_who_is_slow_gets_the_newest_and_no_backlog() -> None:
    figures = FakeFigures()
    async with running(figures) as stream, AsyncViewer(stream) as slow, AsyncViewer(stream) as quick:
        await following(slow)
        await following(quick)
        for waiting in range(2, 8):
            figures.change(**live_view(waiting=waiting))
            assert (await following(quick))[1]["total"]["waiting"] == waiting
        assert (await following(slow))[1]["total"]["waiting"] == 7


async def test_figures_that_cannot_be_read_are_told_and_come_back() -> None:
    figures = FakeFigures()
    figures.error = NotFoundError("no figures yet")
    async with running(figures) as stream, AsyncViewer(stream) as views:
        assert (await following(views)) == (
            "problem",
            {"error": "not_found", "detail": "no figures yet", "retryable": False},
        )
        figures.error = None
        figures.change()
        assert (await following(views))[0] == "live"


async def test_closing_ends_every_viewer() -> None:
    figures = FakeFigures()
    async with running(figures) as stream, AsyncViewer(stream) as views:
        await following(views)
        stream.close()
        async with asyncio.timeout(10):
            assert [event async for event in views] == []


async def test_more_viewers_than_a_node_serves_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_stream, "MOST_VIEWERS", 2)
    async with running(FakeFigures()) as stream:
        with stream.viewer(), stream.viewer(), pytest.raises(TooManyViewersError), stream.viewer():
            pass
        assert stream.viewers == 0


class AsyncViewer:
    """A viewer for the length of a block."""

    def __init__(self, stream: LiveStream) -> None:
        self._entered = stream.viewer()

    async def __aenter__(self) -> AsyncGenerator[bytes]:
        self._views = self._entered.__enter__()
        return self._views

    async def __aexit__(self, *_: object) -> None:
        await self._views.aclose()
        self._entered.__exit__(None, None, None)
