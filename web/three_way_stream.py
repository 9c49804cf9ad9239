"""A call's third lines as server-sent events: requests, lines and the room, each as the bus tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import web

from ..core.events import EventBus
from ..core.roles import CASES
from ..telephony.calls import CallRecord
from ..telephony.conference_events import RequestChanged
from ..telephony.conference_machine import Request
from ..telephony.events import CallEnded, LineChanged, RoomChanged
from ..telephony.rooms import lines, room
from .answers import answer
from .call_streams import ENDED, CallStreams, Kind, TooManyStreamsError
from .models.three_way import RoomAnswer
from .routes import Reach, declared

routes = web.RouteTableDef()


class TooManyThreeWayStreamsError(TooManyStreamsError):
    """More streams at a time than a node gives."""

    error_id = "three_way.too_many_streams"


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


class Streams(CallStreams):
    """Gives the streams of a node; ``close`` ends them all."""

    def __init__(self, bus: EventBus, calls: FindCall, requests: Requests) -> None:
        self._calls = calls
        self._requests = requests
        super().__init__(
            bus,
            Kind(
                "three-way",
                {RequestChanged: "request", LineChanged: "line", RoomChanged: "room", CallEnded: ENDED},
                lambda call: None if calls.find(call) is None else self.view(call),
                is_over=lambda call: (record := calls.find(call)) is not None and not record.is_open,
                too_many=TooManyThreeWayStreamsError,
            ),
        )

    def view(self, call: str) -> dict[str, Any]:
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


STREAMS: web.AppKey[Streams] = web.AppKey("three_way_streams", Streams)


@routes.get("/api/v1/calls/{id}/three-way/stream")
@declared(
    allow=CASES,
    agents=Reach.OWN,
    media="text/event-stream",
    events={"state": RoomAnswer},
    errors=(TooManyThreeWayStreamsError,),
)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send what becomes of a call's third lines, as server-sent events."""
    return await request.app[STREAMS].answer(request)


@routes.get("/api/v1/calls/{id}/three-way")
@declared(allow=CASES, answer=RoomAnswer, agents=Reach.OWN)
async def state(request: web.Request) -> web.Response:
    """Return who is in the call's room now, its lines, and the requests that are being carried out."""
    return answer(request.app[STREAMS].view(request.match_info["id"]))
