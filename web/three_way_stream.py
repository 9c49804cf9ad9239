"""A call's third lines as server-sent events: requests, lines and the room, each as the bus tells it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog
from aiohttp import web

from ..core.errors import HotlineError, NotFoundError
from ..core.events import DomainEvent, EventBus, Subscription
from ..telephony.calls import CallRecord
from ..telephony.conference_events import RequestChanged
from ..telephony.conference_machine import Request
from ..telephony.events import CallEnded, CallEvent, LineChanged, RoomChanged
from ..telephony.rooms import lines, room
from .answers import answer

log = structlog.get_logger(__name__)

routes = web.RouteTableDef()

HEARTBEAT_S = 10.0
"""So often at least something is sent: it keeps proxies from closing the connection."""
WRITE_LIMIT_S = 10.0
LONGEST_S = 4 * 3600.0
MOST_VIEWERS = 300
_KEPT = 200
_NAMES: Mapping[type[DomainEvent], str] = {
    RequestChanged: "request",
    LineChanged: "line",
    RoomChanged: "room",
    CallEnded: "ended",
}


class TooManyStreamsError(HotlineError):
    """More streams at a time than a node gives."""

    error_id = "three_way.too_many_streams"
    retryable = True
    status = 503


class Requests(Protocol):
    """What the stream needs of ``telephony.conference.Conference``."""

    def requests(self, call: str) -> Sequence[Request]:
        """Return the requests of a call that are being carried out."""
        ...


class FindCall(Protocol):
    """Looks a call up in memory."""

    def find(self, call: str) -> CallRecord | None:
        """Return a call in progress, or one that ended a short while ago."""
        ...


class Streams:
    """Gives the streams of a node; ``close`` ends them all."""

    def __init__(self, bus: EventBus, calls: FindCall, requests: Requests) -> None:
        self._bus = bus
        self._calls = calls
        self._requests = requests
        self._open: set[asyncio.Task[None]] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Send what is there, then every change, until the call ends or the viewer goes."""
        call = request.match_info["id"]
        if len(self._open) >= MOST_VIEWERS:
            raise TooManyStreamsError(f"{MOST_VIEWERS} streams are open", mend="close some")
        if self._calls.find(call) is None:
            raise NotFoundError(f"there is no call {call[:60]!r} in progress", mend="see GET /api/v1/calls")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        )
        with self._bus.subscribe(limit=_KEPT) as news:
            task = asyncio.create_task(self._send(request, response, call, news), name="three-way stream")
            self._open.add(task)
            task.add_done_callback(self._open.discard)
            try:
                async with asyncio.timeout(LONGEST_S):
                    await task
            except TimeoutError:
                log.info("three-way stream ended, its viewer does not read", call=call)
                if request.transport is not None:
                    request.transport.abort()
            except ConnectionError:
                log.debug("three-way stream gone", call=call)
            except asyncio.CancelledError:
                task.cancel()
                if (own := asyncio.current_task()) is not None and own.cancelling():
                    raise
        return response

    def close(self) -> None:
        """End every stream."""
        for task in self._open:
            task.cancel()

    def state(self, call: str) -> dict[str, Any]:
        """Return what is there of a call's third lines now; no numbers."""
        record = self._calls.find(call)
        there = None if record is None else room(record)
        return {
            "call": call,
            "room": None if there is None else there.state,
            "parties": []
            if there is None
            else [{"who": one.who, "agent": one.agent, "held": one.held} for one in there.parties],
            "lines": []
            if record is None
            else [
                {"line": one.id, "target": one.target, "state": one.state, "why": one.why, "how": one.how}
                for one in lines(record)
            ],
            "requests": [
                {"request": one.id, "line": one.line, "target": one.target, "state": one.state.value}
                for one in self._requests.requests(call)
            ],
        }

    async def _send(
        self, request: web.Request, response: web.StreamResponse, call: str, news: Subscription
    ) -> None:
        await response.prepare(request)
        await self._write(response, b"retry: 1000\n\n" + _event("state", self.state(call)))
        events = aiter(news)
        waiting = asyncio.ensure_future(anext(events))
        try:
            while True:
                done, _ = await asyncio.wait([waiting], timeout=HEARTBEAT_S)
                if not done:
                    await self._write(response, b": still here\n\n")
                    continue
                event = waiting.result()
                waiting = asyncio.ensure_future(anext(events))
                if not isinstance(event, CallEvent) or event.call != call:
                    continue
                if (name := _NAMES.get(type(event))) is not None:
                    await self._write(response, _event(name, _told(event)))
                if isinstance(event, CallEnded):
                    return
        finally:
            waiting.cancel()

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        async with asyncio.timeout(WRITE_LIMIT_S):
            await response.write(data)


STREAMS: web.AppKey[Streams] = web.AppKey("three_way_streams", Streams)


@routes.get("/api/v1/calls/{id}/three-way/stream")
async def stream(request: web.Request) -> web.StreamResponse:
    """Send what becomes of a call's third lines, as server-sent events."""
    return await request.app[STREAMS].answer(request)


@routes.get("/api/v1/calls/{id}/three-way")
async def state(request: web.Request) -> web.Response:
    """Return who is in the call's room now, its lines, and the requests that are being carried out."""
    return answer(request.app[STREAMS].state(request.match_info["id"]))


def _told(event: CallEvent) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in dataclasses.asdict(event).items()
        if value not in ("", None)
    }


def _event(name: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
