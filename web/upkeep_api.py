"""What keeps the hotline running, for programs: menus, alarms, deliveries, and the node's own health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from ..core.action_log import ActionLog
from ..core.roles import FLOOR, OVERSIGHT, RUNNING, Role
from ..ivr.audio import PromptError
from ..ivr.load import ApplyError
from ..ivr.versions import MenuBusyError
from .alarm_list import AlarmList
from .answers import answer
from .deliveries import Deliveries, UnknownTargetError
from .identity import acting
from .inputs import body_as, query_of
from .menu_view import MenuChangedError, Menus, MenuTextError
from .models import service as models
from .models.alarms import AcknowledgeBody, AlarmPage, AlarmQuery, SeenAlarm
from .paging import CursorError
from .routes import declared
from .switch_errors import SWITCH

routes = web.RouteTableDef()

_BASE = "/api/v1/webhooks/deliveries"


class SystemLook(Protocol):
    """Looks at the node."""

    async def look(self, *, findings: bool) -> dict[str, Any]:
        """Return the node's health; with ``findings`` what the doctor says, too."""
        ...


@dataclass(frozen=True)
class Upkeep:
    """What the API needs to keep the hotline running."""

    menus: Menus
    alarms: AlarmList
    deliveries: Deliveries
    system: SystemLook
    log: ActionLog


UPKEEP: web.AppKey[Upkeep] = web.AppKey("upkeep", Upkeep)


@routes.get("/api/v1/menus")
@declared(allow=OVERSIGHT, answer=models.MenuAnswer)
async def menu(request: web.Request) -> web.Response:
    """Return the menu file with its tree and problems, and the version that new calls enter."""
    return answer(await request.app[UPKEEP].menus.read())


@routes.post("/api/v1/menus/check")
@declared(allow=RUNNING, body=models.MenuBody, answer=models.MenuCheckAnswer)
async def check_menu(request: web.Request) -> web.Response:
    """Return what the check says of a menu file; nothing is changed."""
    body = await body_as(request, models.MenuBody)
    return answer(request.app[UPKEEP].menus.check(body.text))


@routes.post("/api/v1/menus/apply")
@declared(
    allow=RUNNING,
    body=models.MenuApplyBody,
    answer=models.MenuApplied,
    errors=(MenuChangedError, MenuTextError, MenuBusyError, ApplyError, PromptError, *SWITCH),
    repeatable=True,
)
async def apply_menu(request: web.Request) -> web.Response:
    """Let a menu file be the one that new calls enter; calls in progress stay in theirs.

    What the check refuses is told in ``problems``. New prompts are spoken first, in up to half a minute.
    """
    body = await body_as(request, models.MenuApplyBody)
    menus, who = request.app[UPKEEP].menus, acting(request, body.who)
    return answer(await menus.apply(body.text, body.base, who=who))


@routes.get("/api/v1/alarms")
@declared(allow=OVERSIGHT, query=AlarmQuery, answer=AlarmPage, errors=(CursorError,))
async def alarms(request: web.Request) -> web.Response:
    """Return alarms that stand and stood, the newest first, with who has seen them."""
    found, after = await request.app[UPKEEP].alarms.read(query_of(request, AlarmQuery))
    return answer({"alarms": found, "next": after})


@routes.post("/api/v1/alarms/{id}/acknowledge")
@declared(allow=RUNNING, body=AcknowledgeBody, body_required=False, answer=SeenAlarm)
async def acknowledge(request: web.Request) -> web.Response:
    """Say that an alarm was seen; who said so first stays. The alarm stands until its cause is over."""
    body = await body_as(request, AcknowledgeBody)
    who, upkeep = acting(request, body.who), request.app[UPKEEP]
    alarm = request.match_info["id"]
    found, first = await upkeep.alarms.acknowledge(alarm, who=who, note=body.note)
    if first:
        upkeep.log.note(who, "alarm.acknowledge", request=alarm, details={"kind": found["kind"]})
    return answer(found)


@routes.get(_BASE)
@declared(allow=OVERSIGHT, query=models.DeliveryQuery, answer=models.DeliveryPage, errors=(CursorError,))
async def deliveries(request: web.Request) -> web.Response:
    """Return what was sent to other systems, the newest first, without the messages."""
    found, after = await request.app[UPKEEP].deliveries.read(query_of(request, models.DeliveryQuery))
    return answer({"deliveries": found, "next": after})


@routes.get(f"{_BASE}/{{id}}")
@declared(allow=FLOOR | {Role.AUDITOR}, answer=models.WholeDelivery)
async def delivery(request: web.Request) -> web.Response:
    """Return a delivery with its message, which may tell of a citizen."""
    return answer(await request.app[UPKEEP].deliveries.one(request.match_info["id"]))


@routes.post(f"{_BASE}/{{id}}/redeliver")
@declared(
    allow=RUNNING,
    body=models.RedeliverBody,
    body_required=False,
    answer=models.DeliveryTold,
    status=202,
    errors=(UnknownTargetError,),
    repeatable=True,
)
async def redeliver(request: web.Request) -> web.Response:
    """Send a message again: one that waits is tried now, another is put in once more.

    The message keeps its id, by which the receiver tells a repeat. The answer is the delivery under way.
    """
    body = await body_as(request, models.RedeliverBody)
    who, upkeep = acting(request, body.who), request.app[UPKEEP]
    found = await upkeep.deliveries.again(request.match_info["id"])
    upkeep.log.note(who, "webhook.redeliver", request=found["id"], details={"target": found["target"]})
    return answer(found, 202)


@routes.get("/api/v1/system")
@declared(allow=OVERSIGHT, query=models.SystemQuery, answer=models.SystemAnswer, tags=("service",))
async def system(request: web.Request) -> web.Response:
    """Return the node's own health: parts, disk, database, switch; with ``findings`` the doctor's too."""
    asked = query_of(request, models.SystemQuery)
    return answer(await request.app[UPKEEP].system.look(findings=asked.findings))
