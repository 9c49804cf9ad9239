"""The wall page behind its own door, fed by a stream that the test writes itself."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Handler
from playwright.async_api import Browser, Page

from hotline.core.settings import WebSettings
from hotline.web.auth import Gate
from hotline.web.desk import Desk
from hotline.web.server import build_app
from support.asterisk import free_ports
from support.browser import Watched, watch
from support.pages import TOKEN, FakeDesk

STREAM = "/api/v1/queue/stream"


def pass_of(token: str) -> str:
    """What `/wall/link` shows: the pass of a service with this token."""
    return Gate(token, monotonic=time.monotonic).wall_pass


class WallSite:
    """A server that can die and come back on its port; ``send`` is what the service would tell."""

    def __init__(self) -> None:
        self.port = free_ports(1, socket.SOCK_STREAM)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = TOKEN
        self.arrivals = 0
        """How many times a viewer came for the stream."""
        self._last: bytes | None = None
        self._viewers: set[asyncio.Queue[bytes | None]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def entry(self) -> str:
        """The address that a screen's browser is started with."""
        return f"{self.url}/wall/open?token={pass_of(self.token)}"

    async def start(self) -> None:
        """Listen; a start after ``die`` is a new process as far as a browser can tell."""
        app = build_app(WebSettings(token=self.token), cast(Desk, FakeDesk()))
        app.middlewares.append(self._stream)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def die(self) -> None:
        """Close the port and every connection."""
        self._last = None
        for viewer in self._viewers:
            viewer.put_nowait(None)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def send(self, view: Mapping[str, Any], *, event: str = "live") -> None:
        """Send an event to all viewers, and to those who come later."""
        self._last = f"event: {event}\ndata: {json.dumps(view, ensure_ascii=False)}\n\n".encode()
        for viewer in self._viewers:
            viewer.put_nowait(self._last)

    def drop(self) -> None:
        """End every stream in order, as the service does now and then; the server stays."""
        for viewer in self._viewers:
            viewer.put_nowait(None)

    @web.middleware
    async def _stream(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != STREAM:
            return await handler(request)
        self.arrivals += 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        viewer: asyncio.Queue[bytes | None] = asyncio.Queue()
        if self._last is not None:
            viewer.put_nowait(self._last)
        self._viewers.add(viewer)
        try:
            while (event := await viewer.get()) is not None:
                await response.write(event)
        finally:
            self._viewers.discard(viewer)
        return response


def rate(identity: str, value: float | None, **more: Any) -> dict[str, Any]:
    """A figure as the service publishes it."""
    return {"value": value, "definition": identity, "version": 1, "limit": 0.95, **more}


def queue(
    name: str, label: str, *, waiting: int = 0, longest_s: float | None = None, **agents: int
) -> dict[str, Any]:
    """One line of the queues; with ``longest_s`` somebody waits."""
    ms = None if longest_s is None else int(longest_s * 1000)
    return {
        "queue": name,
        "label": label,
        "waiting": waiting,
        "longest_wait_ms": ms,
        "waiting_over_10s": int((longest_s or 0) > 10),
        "waiting_over_15s": int((longest_s or 0) > 15),
        "agents": agents,
    }


def view(
    *,
    waiting: int = 0,
    longest_s: float | None = None,
    sl15: float | None = 0.9731,
    connect: float | None = 0.9864,
    at: datetime | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What the stream tells in one ``live`` event; ``more`` takes the place of whole parts."""
    at = at or datetime.now(UTC)
    counts = {"ready": 3, "ringing": 1, "talking": 6, "wrapup": 2, "paused": 1, "signed_out": 4}
    total = {**queue("all", "", waiting=waiting, longest_s=longest_s), "agents": counts}
    del total["label"]
    made = {
        "at": at.isoformat(),
        "queues": [
            queue("public", "综合受理", waiting=waiting, longest_s=longest_s, ready=2, talking=4),
            queue("enterprise", "涉企服务", ready=1, talking=2),
        ],
        "total": total,
        "sl15_offered": rate("sl15_offered", sl15),
        "connect_rate_24h": rate("connect_rate_24h", connect),
        "connect_rate_24h_min_today": rate(
            "connect_rate_24h_min", None if connect is None else connect - 0.02
        ),
        "agents": [],
        "alarms": [],
        "curve": curve(at),
    }
    return {**made, **more}


def curve(end: datetime) -> list[dict[str, Any]]:
    """A day with a quiet night, a busy morning and a dip in the afternoon."""
    begin = end.replace(minute=end.minute // 15 * 15, second=0, microsecond=0) - timedelta(minutes=15 * 95)
    points: list[dict[str, Any]] = []
    for index in range(96):
        at = begin + timedelta(minutes=15 * index)
        hour = (at.hour + 8) % 24 + at.minute / 60
        offered = round(60 * max(0.08, 1 - abs(hour - 10.5) / 4.5, 0.8 - abs(hour - 15.5) / 4))
        dip = 0.09 if 15 <= hour < 16 else 0.0
        sl15 = 0.985 - dip - 0.012 * (index % 5) / 4
        points.append(
            {
                "at": at.isoformat(),
                "offered": offered,
                "answered": round(offered * (sl15 + 0.01)),
                "sl15_offered": sl15,
                "connect_rate_24h": 0.988 - dip / 6 - 0.002 * (index % 7) / 6,
            }
        )
    return points


async def screen(browser: Browser, site: WallSite, **context: Any) -> Watched:
    """A screen on which the wall was opened with its pass once."""
    opened = await browser.new_context(viewport={"width": 1366, "height": 768}, **context)
    watched = watch(await opened.new_page())
    await watched.page.goto(site.entry)
    assert watched.page.url == f"{site.url}/wall", "the pass stays in the address"
    return watched


async def text(page: Page, selector: str) -> str:
    return (await page.inner_text(selector)).strip()


async def shows(page: Page, selector: str, words: str) -> None:
    """Wait until an element shows these words."""
    await page.wait_for_function(
        "([selector, words]) => document.querySelector(selector).innerText.includes(words)",
        arg=[selector, words],
    )


async def banner(page: Page, title: str | None) -> None:
    """Wait until the band over the page says this, or is gone."""
    await page.wait_for_function(
        "title => { const band = document.getElementById('banner');"
        "return title === null ? band.hidden : !band.hidden && band.innerText.includes(title); }",
        arg=title,
    )
