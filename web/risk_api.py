"""The re-check of risk marks for programs: which wait for a person, and what people made of others (R-R-5).

A mark is confirmed or corrected as every field of a ticket is: ``PATCH /api/v1/tickets/ID``.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Literal, cast, get_args

from aiohttp import web

from ..core.errors import InvalidInputError
from ..core.roles import FLOOR, Role
from ..ticket_bridge.checks.risk_marks import MarkState, RiskMarks
from .desk import DESK
from .looks import looked
from .masking import told_to
from .routes import declared

routes = web.RouteTableDef()

MOST = 200
_LIMIT = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)


@dataclass(frozen=True)
class RiskQuery:
    """Which marks: those that wait (``open``), or those checked last; 1 to 200 of them."""

    state: Literal["open", "checked"] = "open"
    limit: int = 50


@routes.get("/api/v1/tickets/risks")
@declared(allow=FLOOR | {Role.AUDITOR}, query=RiskQuery, answer=RiskMarks)
async def risks(request: web.Request) -> web.Response:
    """Return the risk marks that wait for a person, the gravest first, or those checked last."""
    state, limit = request.query.get("state", "open"), request.query.get("limit", "50")
    if state not in get_args(MarkState):
        raise InvalidInputError("no such state of a mark", mend=f"one of {', '.join(get_args(MarkState))}")
    if not _LIMIT.fullmatch(limit) or int(limit) > MOST:
        raise InvalidInputError("limit must be a whole number", mend=f"give limit=1 to {MOST}")
    found = await request.app[DESK].risks.marks(cast("MarkState", state), limit=int(limit))
    await looked(request, "risk-marks")
    return told_to(request, asdict(found))
