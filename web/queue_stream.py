"""The live view as server-sent events: one rendering shared by every viewer, the newest only.

A viewer who reads slowly misses views and never makes us hold any; one who does not read at all is
dropped. Nothing is rendered while nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import web

from ..core.aio import supervise
from ..core.errors import HotlineError
from . import sse
from .figures_view import LiveView

FASTEST_S = 0.25
"""The shortest time between two views."""
SLOWEST_S = 5.0
"""The longest; it keeps proxies from closing the connection and shows a viewer that we are there."""
LOOK_S = 0.5
"""How soon is seen what changes by time alone: a wait that passes 10 s."""
LONGEST_S = 3600.0
"""After so long a viewer has to come in again by the same door, with a token or session that still holds."""
MOST_VIEWERS = 1000


class TooManyViewersError(HotlineError):
    """More live views at a time than a node gives."""

    error_id = "queue.too_many_viewers"
    retryable = True
    status = 503


class LiveStream:
    """Renders the view for whoever looks; ``run`` is the one task that does it."""

    def __init__(
        self, figures: LiveView, *, fastest_s: float = FASTEST_S, slowest_s: float = SLOWEST_S
    ) -> None:
        self._figures = figures
        self._fastest_s = fastest_s
        self._slowest_s = slowest_s
        self._event = b""
        self._number = 0
        self._shown: object = None
        self._viewers = 0
        self._wanted = asyncio.Event()
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many look at the moment."""
        return self._viewers

    @property
    def number(self) -> int:
        """How many views were rendered."""
        return self._number

    async def run(self) -> None:
        """Look at the figures while there are viewers: a change, a new viewer and time make a new view."""
        loop = asyncio.get_running_loop()
        told, version = loop.time(), 0
        while True:
            if not self._viewers:
                self._wanted.clear()
                await self._wanted.wait()
            name, view = self._view()
            essence = _essence(view)
            if self._wanted.is_set() or essence != self._shown or loop.time() - told >= self._slowest_s:
                self._wanted.clear()
                self._shown, told = essence, loop.time()
                self._publish(name, view)
            await asyncio.sleep(self._fastest_s)
            version = await self._figures.changed(version, LOOK_S)

    def close(self) -> None:
        """End every viewer's stream."""
        self._closed = True
        self._changed.set()

    @contextmanager
    def viewer(self) -> Generator[AsyncGenerator[bytes]]:
        """Admit a viewer for the length of the block and give the views; raises ``TooManyViewersError``."""
        if self._viewers >= MOST_VIEWERS:
            raise TooManyViewersError(
                f"{MOST_VIEWERS} live views are open", mend="close some, or come again later"
            )
        self._viewers += 1
        self._wanted.set()
        try:
            yield self._views(self._number)
        finally:
            self._viewers -= 1

    async def _views(self, seen: int) -> AsyncGenerator[bytes]:
        while not self._closed:
            if self._number > seen:
                seen = self._number
                yield self._event
            else:
                await self._changed.wait()

    def _view(self) -> tuple[str, Mapping[str, Any]]:
        try:
            return "live", self._figures.live()
        except HotlineError as error:
            return "problem", {"error": error.error_id, "detail": str(error), "retryable": error.retryable}

    def _publish(self, name: str, view: Mapping[str, Any]) -> None:
        self._number += 1
        self._event = sse.encode(name, view, self._number)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _essence(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes two views differ: all but the moment and how long somebody has been waiting."""
    found = {name: value for name, value in view.items() if name not in ("at", "longest_wait_ms")}
    if "queues" in found:
        found["queues"] = [_essence(queue) for queue in found["queues"]]
    if "total" in found:
        found["total"] = _essence(found["total"])
    return found


async def answer(request: web.Request, stream: LiveStream) -> web.StreamResponse:
    """Give a viewer the stream until it goes, stops reading, or the service ends."""
    with stream.viewer() as views:
        return await sse.send(request, views, what="live view", longest_s=LONGEST_S, retry_ms=2000)


def attach(app: web.Application, stream: LiveStream) -> None:
    """Let an application run the stream; viewers are let go before its server ends."""

    async def context(_app: web.Application) -> AsyncGenerator[None]:
        task = asyncio.create_task(supervise("live view", stream.run), name="live view")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def end(_app: web.Application) -> None:
        stream.close()

    app.cleanup_ctx.append(context)
    app.on_shutdown.append(end)
