"""Third lines for programs: bring one into a call, join, drop, leave, and follow it as it goes on.

A request is answered at once with its ids; what becomes of it comes as server-sent events and on the bus.
Targets are names and codes of the directory: no number is ever taken from outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import SIGNED_IN, STAFF
from ..telephony.conference_machine import Mode, Request
from .answers import answer
from .identity import for_agent
from .inputs import body_as, query_of
from .models.three_way import (
    AgentBody,
    AgentQuery,
    Dropped,
    Joined,
    Left,
    ThirdLinesAnswer,
    ThirdLinesQuery,
    ThreeWayBegun,
    ThreeWayBody,
)
from .routes import declared
from .switch_errors import ROOM, THREE_WAY

routes = web.RouteTableDef()

_LONGEST_WORD = 200


class RoomCommands(Protocol):
    """What can be done in a room that is there."""

    async def join(self, call: str, *, agent: str = "") -> None:
        """Bring the waiting citizen to the others."""
        ...

    async def leave(self, call: str, *, agent: str = "") -> None:
        """Let an agent go."""
        ...

    async def drop(self, call: str, line: str, *, agent: str = "") -> None:
        """End one line."""
        ...


class Commands(Protocol):
    """What the API needs of ``telephony.conference.Conference``."""

    @property
    def room(self) -> RoomCommands:
        """Return the commands on a room."""
        ...

    def directory(self, agent: str = "") -> Sequence[Mapping[str, Any]]:
        """Return the third lines as they stand now."""
        ...

    async def request(
        self, call: str, target: str, *, agent: str = "", mode: Mode = "direct", reason: str = ""
    ) -> Request:
        """Have a third line brought in."""
        ...


COMMANDS: web.AppKey[Commands] = web.AppKey("three_way_commands", Commands)


@routes.get("/api/v1/third-lines")
@declared(allow=SIGNED_IN, query=ThirdLinesQuery, answer=ThirdLinesAnswer)
async def third_lines(request: web.Request) -> web.Response:
    """Return the directory: what is open now, and with ``agent`` what that agent may call in."""
    asked = query_of(request, ThirdLinesQuery)
    return answer({"third_lines": list(request.app[COMMANDS].directory(asked.agent))})


@routes.post("/api/v1/calls/{id}/three-way")
@declared(allow=STAFF, body=ThreeWayBody, answer=ThreeWayBegun, status=202, errors=THREE_WAY, repeatable=True)
async def ask(request: web.Request) -> web.Response:
    """Have a third line brought into a call.

    It is begun at once; what becomes of it comes by ``stream``.
    """
    body = await body_as(request, ThreeWayBody)
    if not body.target:
        raise InvalidInputError("no target", mend='send {"target": "110"}, see GET /api/v1/third-lines')
    made = await request.app[COMMANDS].request(
        request.match_info["id"],
        body.target,
        agent=for_agent(request, body.agent),
        mode=body.mode,
        reason=body.reason,
    )
    stream = f"/api/v1/calls/{made.call}/three-way/stream"
    told = {"request": made.id, "line": made.line, "target": made.target, "stream": stream}
    return answer(told, 202)


@routes.post("/api/v1/calls/{id}/three-way/join")
@declared(allow=STAFF, body=AgentBody, body_required=False, answer=Joined, errors=ROOM)
async def join(request: web.Request) -> web.Response:
    """Bring the citizen who waits in a consultation to agent and third line."""
    agent = for_agent(request, (await body_as(request, AgentBody)).agent)
    await request.app[COMMANDS].room.join(request.match_info["id"], agent=agent)
    return answer({"joined": True})


@routes.post("/api/v1/calls/{id}/three-way/leave")
@declared(allow=STAFF, body=AgentBody, body_required=False, answer=Left, errors=ROOM)
async def leave(request: web.Request) -> web.Response:
    """Let the agent go; citizen and third line go on."""
    agent = for_agent(request, (await body_as(request, AgentBody)).agent)
    await request.app[COMMANDS].room.leave(request.match_info["id"], agent=agent)
    return answer({"left": True})


@routes.delete("/api/v1/calls/{id}/three-way/{line:[0-9]{1,32}}")
@declared(allow=STAFF, query=AgentQuery, answer=Dropped, errors=ROOM)
async def drop(request: web.Request) -> web.Response:
    """End one line, whether it rings or speaks."""
    agent = for_agent(request, query_of(request, AgentQuery).agent)
    line = request.match_info["line"]
    await request.app[COMMANDS].room.drop(request.match_info["id"], line, agent=agent)
    return answer({"dropped": line})


async def body_of(request: web.Request, *, example: str = '{"target": "110"}') -> Mapping[str, object]:
    """Return a request's body, an object, {} without one; raises ``InvalidInputError``."""
    if not request.can_read_body:
        return {}
    try:
        async with asyncio.timeout(10):
            body: object = await request.json()
    except (ValueError, LookupError, RecursionError, TimeoutError) as error:
        raise InvalidInputError("the body is not JSON", mend=f"send {example}") from error
    if not isinstance(body, dict):
        raise InvalidInputError("the body is no object", mend=f"send {example}")
    return cast("Mapping[str, object]", body)


def word(value: object, name: str) -> str:
    """Return a text of the request; refuses what is none, too long, or cannot be shown."""
    if not isinstance(value, str) or len(value) > _LONGEST_WORD or not value.isprintable():
        raise InvalidInputError(f"{name} must be a short text", mend=f'"{name}": "…"')
    return value
