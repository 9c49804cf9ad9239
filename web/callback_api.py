"""Callbacks of the robot for programs: add, follow, pause, check; campaigns, quiet list, report (R-CB-*).

Lists mask numbers; one callback is shown whole. Everything that changes something is in the action log
under who is signed in; programs may name somebody (``api`` when they do not).
"""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

from aiohttp import web

from ..callback_bot.desk import ACTS, Act, Desk
from ..callback_bot.desk_checks import checked_who
from ..callback_bot.outcome.rates import DEFINITIONS
from ..callback_bot.outcome.report import Wanted, plan_of
from ..callback_bot.reason_names import reason_names
from ..callback_bot.schedule.campaigns import AlreadyDialledError, CampaignStateError
from ..callback_bot.schedule.new_callback import NewCallback
from ..core.clock import Clock
from ..core.errors import NotFoundError
from ..core.roles import FLOOR, OVERSIGHT, RUNNING, SIGNED_IN, STAFF, Role
from ..core.settings import Settings
from ..queue.reports_json import to_json
from ..queue.reports_period import read_period
from .answers import answer
from .call_streams import TooManyStreamsError
from .callback_cursor import checked_id, cut
from .callback_streams import CampaignStreams
from .identity import WHO, acting, answerable
from .inputs import body_as, query_of
from .looks import looked
from .masking import told_to
from .models import callbacks as models
from .models.agents import DefinitionsAnswer
from .paging import CursorError
from .routes import declared

routes = web.RouteTableDef()

BASE = "/api/v1/callbacks"
ID = "{id:[0-9A-Z]{26}}"
_ACT = f"{{act:{'|'.join(ACTS)}}}"


class Callbacks:
    """What the API needs: the desk, the streams, and what a report is made by."""

    def __init__(self, settings: Settings, desk: Desk, streams: CampaignStreams, *, clock: Clock) -> None:
        self.settings = settings
        self.desk = desk
        self.streams = streams
        self.clock = clock
        self.reasons = reason_names(settings)


CALLBACKS: web.AppKey[Callbacks] = web.AppKey("callbacks", Callbacks)


@routes.get(BASE)
@declared(allow=OVERSIGHT, query=models.CallbackQuery, answer=models.CallbackPage, errors=(CursorError,))
async def listed(request: web.Request) -> web.Response:
    """Return callbacks, the newest first, numbers masked."""
    asked = query_of(request, models.CallbackQuery)
    found = await _desk(request).list(
        campaign=asked.campaign,
        state=asked.state,
        ticket=asked.ticket,
        limit=asked.limit + 1,
        before=checked_id(asked.after),
    )
    shown, after = cut(found, asked.limit)
    return answer({"callbacks": shown, "next": after})


@routes.post(BASE)
@declared(
    allow=RUNNING,
    body=models.AddBody,
    answer=models.AddAnswer,
    status=201,
    errors=(CampaignStateError,),
    repeatable=True,
)
async def add(request: web.Request) -> web.Response:
    """Add callbacks to a campaign, which is made when there is none; each matter once."""
    body = await body_as(request, models.AddBody)
    news = [NewCallback(**one.model_dump(exclude_none=True)) for one in body.callbacks]
    added = await _desk(request).add(body.campaign, news, who=_who(request, body.who))
    return answer({"campaign": body.campaign, "callbacks": [vars(one) for one in added]}, 201)


@routes.get(f"{BASE}/definitions")
@declared(allow=SIGNED_IN, answer=DefinitionsAnswer)
async def definitions(_request: web.Request) -> web.Response:
    """Return id, version, title and formula of each figure."""
    return answer({"definitions": [one.as_json() for one in DEFINITIONS.values()]})


@routes.get(f"{BASE}/report")
@declared(allow=OVERSIGHT, query=models.CallbackReportQuery, answer=models.ReportAnswer)
async def report(request: web.Request) -> web.Response:
    """Return the figures of a period by unit, kind, campaign and so on."""
    asked, callbacks = query_of(request, models.CallbackReportQuery), request.app[CALLBACKS]
    zone = ZoneInfo(callbacks.settings.site.timezone)
    period = read_period(asked.since, asked.until, callbacks.clock(), zone)
    wanted_plan = plan_of(callbacks.settings, asked.by, period, callbacks.reasons)
    wanted = Wanted(asked.unit, asked.kind, asked.campaign)
    return answer(to_json(await callbacks.desk.report(wanted_plan, wanted)))


@routes.get(f"{BASE}/plan")
@declared(allow=OVERSIGHT, query=models.PlanQuery, answer=models.PlanAnswer, errors=(NotFoundError,))
async def plan(request: web.Request) -> web.Response:
    """Return whom the robot would call when: a dry run, nothing is dialled."""
    asked = query_of(request, models.PlanQuery)
    return answer({"plan": await _desk(request).plan(campaign=asked.campaign, most=asked.limit)})


@routes.get(f"{BASE}/quiet")
@declared(allow=FLOOR | {Role.AUDITOR}, query=models.QuietQuery, answer=models.QuietAnswer)
async def quiet(request: web.Request) -> web.Response:
    """Return the newest numbers that are never called again; personal data."""
    people = await _desk(request).quiet_people(limit=query_of(request, models.QuietQuery).limit)
    told = ({"phone": p.phone, "since": p.quiet_at, "why": p.quiet_why, "by": p.quiet_by} for p in people)
    await looked(request, "quiet-list")
    return told_to(request, {"quiet": list(told)})


@routes.post(f"{BASE}/quiet")
@declared(allow=STAFF, body=models.QuietBody, answer=models.EndedAnswer)
async def never_again(request: web.Request) -> web.Response:
    """Never call a number again."""
    body = await body_as(request, models.QuietBody)
    ended = await _desk(request).quiet(body.phone, who=_who(request, body.who), why=body.why)
    return answer({"ended": ended})


@routes.post(f"{BASE}/quiet/remove")
@declared(allow=FLOOR, body=models.PhoneBody, answer=models.RemovedAnswer)
async def allow(request: web.Request) -> web.Response:
    """Take a number off the quiet list, at its person's own wish; paths, which are logged, hold none."""
    body = await body_as(request, models.PhoneBody)
    return answer({"removed": await _desk(request).allow(body.phone, who=_who(request, body.who))})


@routes.get(f"{BASE}/campaigns")
@declared(allow=OVERSIGHT, answer=models.CampaignsAnswer)
async def campaigns(request: web.Request) -> web.Response:
    """Return every campaign with how many callbacks it has in each state."""
    return answer({"campaigns": await _desk(request).campaigns()})


@routes.post(f"{BASE}/campaigns")
@declared(
    allow=RUNNING,
    body=models.CampaignBody,
    answer=models.ProgressTold,
    status=201,
    more_statuses=(200,),
    repeatable=True,
)
async def create(request: web.Request) -> web.Response:
    """Make a campaign; 200 when there is one of this id."""
    body = await body_as(request, models.CampaignBody)
    made = await _desk(request).create(
        body.id,
        who=_who(request, body.who),
        name=body.name,
        lines=body.lines,
        hours=tuple(body.hours),
        paused=body.paused,
    )
    return answer(await _desk(request).progress(body.id), 201 if made else 200)


@routes.get(f"{BASE}/campaigns/{{id}}")
@declared(allow=OVERSIGHT, answer=models.ProgressTold)
async def campaign(request: web.Request) -> web.Response:
    """Return how far a campaign is."""
    return answer(await _desk(request).progress(request.match_info["id"]))


@routes.get(f"{BASE}/campaigns/{{id}}/stream")
@declared(
    allow=OVERSIGHT,
    media="text/event-stream",
    events={"state": models.ProgressTold, "progress": models.ProgressEvent, "ended": models.ProgressEvent},
    errors=(TooManyStreamsError,),
)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send how far a campaign is, then every change, as server-sent events."""
    return await request.app[CALLBACKS].streams.answer(request)


@routes.post(f"{BASE}/campaigns/{{id}}/{_ACT}")
@declared(
    allow=RUNNING,
    body=models.WhoBody,
    body_required=False,
    answer=models.ProgressTold,
    errors=(CampaignStateError,),
)
async def act(request: web.Request) -> web.Response:
    """Pause, resume or cancel a campaign."""
    what, who = await _asked(request)
    return answer(await _desk(request).act(what, request.match_info["id"], who=who))


@routes.get(f"{BASE}/{ID}")
@declared(allow=FLOOR | {Role.AUDITOR}, answer=models.WholeCallback)
async def one(request: web.Request) -> web.Response:
    """Return a callback with its attempts, answers and result; personal data."""
    return await _whole(request, await _desk(request).show(request.match_info["id"]))


@routes.patch(f"{BASE}/{ID}")
@declared(allow=FLOOR, body=models.PhoneBody, answer=models.WholeCallback, errors=(AlreadyDialledError,))
async def correct(request: web.Request) -> web.Response:
    """Correct the number of a callback that nobody was dialled for yet."""
    phone, who = await _numbered(request)
    return await _whole(request, await _desk(request).correct(request.match_info["id"], phone, who=who))


@routes.post(f"{BASE}/{ID}/{_ACT}")
@declared(
    allow=RUNNING,
    body=models.WhoBody,
    body_required=False,
    answer=models.WholeCallback,
    errors=(CampaignStateError,),
)
async def act_on_one(request: web.Request) -> web.Response:
    """Pause, resume or cancel one callback."""
    what, who = await _asked(request)
    return await _whole(request, await _desk(request).act_on_one(what, request.match_info["id"], who=who))


@routes.post(f"{BASE}/{ID}/number")
@declared(allow=FLOOR, body=models.PhoneBody, answer=models.WholeCallback, errors=(CampaignStateError,))
async def renumber(request: web.Request) -> web.Response:
    """Have a callback whose number cannot be right dialled under another one."""
    phone, who = await _numbered(request)
    return await _whole(request, await _desk(request).renumber(request.match_info["id"], phone, who=who))


@routes.post(f"{BASE}/{ID}/check")
@declared(allow=FLOOR, body=models.ResultCheckBody, answer=models.WholeCallback, errors=(CampaignStateError,))
async def check(request: web.Request) -> web.Response:
    """Decide a bad mark that waits for a person: handled again, or closed, maybe corrected (R-CB-6)."""
    body = await body_as(request, models.ResultCheckBody)
    found = await _desk(request).check(
        request.match_info["id"],
        who=checked_who(answerable(request, body.who)),
        reopen=body.reopen,
        text=body.note,
        level=body.level,
        solved=body.solved,
    )
    return await _whole(request, found)


async def _whole(request: web.Request, found: dict[str, Any]) -> web.Response:
    """Answer with a callback; operations, who read nothing of citizens, are told what lists tell."""
    if request[WHO].role is Role.OPS:
        return told_to(request, found | {"person": "", "matter": "", "attempts": [], "result": None})
    await looked(request, f"callback/{found['id']}")
    return told_to(request, found)


async def _asked(request: web.Request) -> tuple[Act, str]:
    body = await body_as(request, models.WhoBody)
    return cast("Act", request.match_info["act"]), _who(request, body.who)


async def _numbered(request: web.Request) -> tuple[str, str]:
    body = await body_as(request, models.PhoneBody)
    return body.phone, _who(request, body.who)


def _desk(request: web.Request) -> Desk:
    return request.app[CALLBACKS].desk


def _who(request: web.Request, named: str) -> str:
    return checked_who(acting(request, named or "api"))
