"""The supervisor's floor for programs: who does what now, as a stream too; agents moved between queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import FLOOR
from ..queue.agent_moves import Move
from ..queue.agents import NotSignedInError
from .answers import answer
from .figures_view import LiveView
from .floor_state import Floor
from .identity import acting
from .queue_stream import LiveStream, TooManyViewersError
from .queue_stream import answer as answer_stream
from .routes import declared
from .three_way_api import body_of, word

routes = web.RouteTableDef()

_EXAMPLE = '{"queues": ["public"]}'
_MOST_QUEUES = 100
FASTEST_S = 0.5
"""A floor of hundreds of agents and calls is 140 kB: twice a second is as fast as anybody looks."""


class Moving(Protocol):
    """What the API needs of ``queue.agent_moves.Moves``."""

    async def place(self, number: str, queues: Sequence[str], *, who: str) -> Move:
        """Make these the queues of a signed-in agent."""
        ...


class FloorParts:
    """What the floor is made of; ``stream`` is run by the application."""

    def __init__(self, view: LiveView, moves: Moving) -> None:
        self.view = view
        self.moves = moves
        self.stream = LiveStream(view, fastest_s=FASTEST_S)


@dataclass(frozen=True)
class Placed:
    """The queues that an agent is to be in, by name; ``who`` asks, where a program speaks for people."""

    queues: list[str]
    who: str = ""


FLOOR_PARTS: web.AppKey[FloorParts] = web.AppKey("floor", FloorParts)


@routes.get("/api/v1/floor")
@declared(allow=FLOOR, answer=Floor)
async def floor(request: web.Request) -> web.Response:
    """Return the floor: agents, calls in progress with their risk, queues and who waits; numbers masked."""
    return answer(request.app[FLOOR_PARTS].view.live())


@routes.get("/api/v1/floor/stream")
@declared(allow=FLOOR, media="text/event-stream", errors=(TooManyViewersError,))
async def stream(request: web.Request) -> web.StreamResponse:
    """Send the floor at every change, as server-sent events.

    ``live`` holds a whole ``Floor``, at least every 5 s; ``problem`` says why it cannot be told.
    """
    return await answer_stream(request, request.app[FLOOR_PARTS].stream)


@routes.put("/api/v1/agents/{number}/queues")
@declared(allow=FLOOR, body=Placed, answer=Move, errors=(NotSignedInError,))
async def place(request: web.Request) -> web.Response:
    """Put a signed-in agent into these queues and no others, until it signs out.

    Its pause goes along. A call in progress goes on.
    """
    body = await body_of(request, example=_EXAMPLE)
    named = body.get("queues")
    if not isinstance(named, list) or len(cast("list[object]", named)) > _MOST_QUEUES:
        raise InvalidInputError("queues must be a list of names", mend=f"send {_EXAMPLE}")
    queues = [word(one, "queues") for one in cast("list[object]", named)]
    who = acting(request, word(body.get("who", ""), "who"))
    return answer(await request.app[FLOOR_PARTS].moves.place(request.match_info["number"], queues, who=who))
