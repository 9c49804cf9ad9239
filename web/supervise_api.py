"""Supervisors for programs: listen to a call, whisper to its agent, barge in, take over."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from ..core.roles import FLOOR
from ..telephony.supervise import Supervising
from .answers import answer
from .routes import declared
from .three_way_api import body_of, word

routes = web.RouteTableDef()


class Supervises(Protocol):
    """What the API needs of ``telephony.supervise.Supervision``."""

    async def request(self, call: str, supervisor: str, mode: str) -> Supervising:
        """Ring a supervisor's telephone and lead it to a call."""
        ...


SUPERVISES: web.AppKey[Supervises] = web.AppKey("supervises", Supervises)


@routes.post("/api/v1/calls/{id}/supervise")
@declared(allow=FLOOR)
async def supervise(request: web.Request) -> web.Response:
    """Ring the supervisor's telephone: ``{"supervisor": "1009", "mode": "listen"}``; 202 with the request."""
    body = await body_of(request, example='{"supervisor": "1009", "mode": "listen"}')
    supervisor, mode = (word(body.get(name, ""), name) for name in ("supervisor", "mode"))
    made = await request.app[SUPERVISES].request(request.match_info["id"], supervisor, mode)
    told = {"request": made.id, "supervisor": made.supervisor, "agent": made.agent, "mode": made.mode}
    return answer(told, 202)
