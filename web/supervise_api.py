"""Supervisors for programs: listen to a call, whisper to its agent, barge in, take over."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from ..core.roles import FLOOR
from ..telephony.supervise import Supervising
from .answers import answer
from .inputs import body_as
from .models.three_way import SuperviseBegun, SuperviseBody
from .routes import declared
from .switch_errors import SUPERVISE

routes = web.RouteTableDef()


class Supervises(Protocol):
    """What the API needs of ``telephony.supervise.Supervision``."""

    async def request(self, call: str, supervisor: str, mode: str) -> Supervising:
        """Ring a supervisor's telephone and lead it to a call."""
        ...


SUPERVISES: web.AppKey[Supervises] = web.AppKey("supervises", Supervises)


@routes.post("/api/v1/calls/{id}/supervise")
@declared(
    allow=FLOOR, body=SuperviseBody, answer=SuperviseBegun, status=202, errors=SUPERVISE, repeatable=True
)
async def supervise(request: web.Request) -> web.Response:
    """Ring the supervisor's telephone, which then hears the call or speaks in it."""
    body = await body_as(request, SuperviseBody)
    made = await request.app[SUPERVISES].request(request.match_info["id"], body.supervisor, body.mode)
    told = {"request": made.id, "supervisor": made.supervisor, "agent": made.agent, "mode": made.mode}
    return answer(told, 202)
