"""Callbacks of the robot for programs: add, follow, pause, check; campaigns, quiet list, report (R-CB-*).

Lists mask numbers; one callback is shown whole. Everything that changes something is in the action log
under ``who`` (``api`` when nobody is named).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast, get_args
from zoneinfo import ZoneInfo

from aiohttp import web

from ..callback_bot.desk import ACTS, Act, Desk
from ..callback_bot.desk_checks import callback_state, checked_who
from ..callback_bot.outcome.rates import DEFINITIONS
from ..callback_bot.outcome.report import By, Wanted, plan_of
from ..callback_bot.reason_names import reason_names
from ..core.clock import Clock
from ..core.errors import InvalidInputError
from ..core.roles import FLOOR, OVERSIGHT, RUNNING, SIGNED_IN, STAFF, Role
from ..core.settings import Settings
from ..queue.reports_json import to_json
from ..queue.reports_period import read_period
from .answers import answer
from .callback_body import EXAMPLE, flag, new_callbacks, texts
from .callback_streams import CampaignStreams
from .routes import declared
from .three_way_api import body_of, word

routes = web.RouteTableDef()

BASE = "/api/v1/callbacks"
ID = "{id:[0-9A-Z]{26}}"
_ACT = f"{{act:{'|'.join(ACTS)}}}"
_COUNT = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_CHECK = '{"who": "2001", "reopen": false, "note": "已现场核实", "level": "基本满意"}'


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
@declared(allow=OVERSIGHT)
async def listed(request: web.Request) -> web.Response:
    """Return the newest callbacks (``?campaign= &state= &ticket= &limit=``), numbers masked."""
    query = request.query
    found = await _desk(request).list(
        campaign=word(query.get("campaign", ""), "campaign"),
        state=callback_state(query.get("state", "")),
        ticket=word(query.get("ticket", ""), "ticket"),
        limit=_limit(request),
    )
    return answer({"callbacks": found})


@routes.post(BASE)
@declared(allow=RUNNING)
async def add(request: web.Request) -> web.Response:
    """Add callbacks to a campaign, which is made when there is none; each matter once."""
    body = await body_of(request, example=EXAMPLE)
    campaign = word(body.get("campaign", ""), "campaign")
    added = await _desk(request).add(campaign, new_callbacks(body), who=_who(body))
    return answer({"campaign": campaign, "callbacks": [vars(one) for one in added]}, 201)


@routes.get(f"{BASE}/definitions")
@declared(allow=SIGNED_IN)
async def definitions(_request: web.Request) -> web.Response:
    """Return id, version, title and formula of each figure."""
    return answer({"definitions": list(DEFINITIONS.values())})


@routes.get(f"{BASE}/report")
@declared(allow=OVERSIGHT)
async def report(request: web.Request) -> web.Response:
    """Return the figures of a period: ``?since= &until= &by=unit &unit= &kind= &campaign=``."""
    query, callbacks = request.query, request.app[CALLBACKS]
    by = query.get("by", "unit")
    if by not in get_args(By):
        raise InvalidInputError("by is not known", mend=f"one of {', '.join(get_args(By))}")
    zone = ZoneInfo(callbacks.settings.site.timezone)
    period = read_period(query.get("since", "today"), query.get("until", "now"), callbacks.clock(), zone)
    wanted_plan = plan_of(callbacks.settings, cast("By", by), period, callbacks.reasons)
    wanted = Wanted(*(word(query.get(name, ""), name) for name in ("unit", "kind", "campaign")))
    return answer(to_json(await callbacks.desk.report(wanted_plan, wanted)))


@routes.get(f"{BASE}/plan")
@declared(allow=OVERSIGHT)
async def plan(request: web.Request) -> web.Response:
    """Return whom the robot would call when (``?campaign= &limit=``): a dry run, nothing is dialled."""
    campaign = word(request.query.get("campaign", ""), "campaign")
    found = await _desk(request).plan(campaign=campaign, most=_limit(request))
    return answer({"plan": found})


@routes.get(f"{BASE}/quiet")
@declared(allow=FLOOR | {Role.AUDITOR})
async def quiet(request: web.Request) -> web.Response:
    """Return the newest numbers that are never called again; personal data."""
    people = await _desk(request).quiet_people(limit=_limit(request))
    told = ({"phone": p.phone, "since": p.quiet_at, "why": p.quiet_why, "by": p.quiet_by} for p in people)
    return answer({"quiet": list(told)})


@routes.post(f"{BASE}/quiet")
@declared(allow=STAFF)
async def never_again(request: web.Request) -> web.Response:
    """Never call a number again: ``{"who": …, "phone": …, "why": …}``."""
    body = await body_of(request, example='{"who": "2001", "phone": "13800138000", "why": "来电要求"}')
    phone, why = word(body.get("phone", ""), "phone"), word(body.get("why", ""), "why")
    return answer({"ended": await _desk(request).quiet(phone, who=_who(body), why=why)})


@routes.post(f"{BASE}/quiet/remove")
@declared(allow=FLOOR)
async def allow(request: web.Request) -> web.Response:
    """Take a number off the quiet list, at its person's own wish; paths, which are logged, hold none."""
    body = await body_of(request, example='{"who": "2001", "phone": "13800138000"}')
    phone = word(body.get("phone", ""), "phone")
    return answer({"removed": await _desk(request).allow(phone, who=_who(body))})


@routes.get(f"{BASE}/campaigns")
@declared(allow=OVERSIGHT)
async def campaigns(request: web.Request) -> web.Response:
    """Return every campaign with how many callbacks it has in each state."""
    return answer({"campaigns": await _desk(request).campaigns()})


@routes.post(f"{BASE}/campaigns")
@declared(allow=RUNNING)
async def create(request: web.Request) -> web.Response:
    """Make a campaign: ``{"id": …, "lines": 5, "hours": ["工作日 09:00-12:00"], "paused": true}``."""
    body = await body_of(request, example='{"who": "2001", "id": "november", "paused": true}')
    lines = body.get("lines")
    if lines is not None and type(lines) is not int:
        raise InvalidInputError("lines must be a whole number")
    campaign = word(body.get("id", ""), "id")
    made = await _desk(request).create(
        campaign,
        who=_who(body),
        name=word(body.get("name", ""), "name"),
        lines=lines,
        hours=texts(body, "hours", 20),
        paused=flag(body, "paused", default=False),
    )
    return answer(await _desk(request).progress(campaign), 201 if made else 200)


@routes.get(f"{BASE}/campaigns/{{id}}")
@declared(allow=OVERSIGHT)
async def campaign(request: web.Request) -> web.Response:
    """Return how far a campaign is."""
    return answer(await _desk(request).progress(request.match_info["id"]))


@routes.get(f"{BASE}/campaigns/{{id}}/stream")
@declared(allow=OVERSIGHT)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send how far a campaign is, then every change, as server-sent events."""
    return await request.app[CALLBACKS].streams.answer(request)


@routes.post(f"{BASE}/campaigns/{{id}}/{_ACT}")
@declared(allow=RUNNING)
async def act(request: web.Request) -> web.Response:
    """Pause, resume or cancel a campaign."""
    what, who = await _asked(request)
    return answer(await _desk(request).act(what, request.match_info["id"], who=who))


@routes.get(f"{BASE}/{ID}")
@declared(allow=FLOOR | {Role.AUDITOR})
async def one(request: web.Request) -> web.Response:
    """Return a callback with its attempts, answers and result; personal data."""
    return answer(await _desk(request).show(request.match_info["id"]))


@routes.post(f"{BASE}/{ID}/{_ACT}")
@declared(allow=RUNNING)
async def act_on_one(request: web.Request) -> web.Response:
    """Pause, resume or cancel one callback."""
    what, who = await _asked(request)
    return answer(await _desk(request).act_on_one(what, request.match_info["id"], who=who))


@routes.post(f"{BASE}/{ID}/number")
@declared(allow=FLOOR)
async def renumber(request: web.Request) -> web.Response:
    """Have a callback whose number cannot be right dialled under another: ``{"who": …, "phone": …}``."""
    body = await body_of(request, example='{"who": "2001", "phone": "13800138000"}')
    phone = word(body.get("phone", ""), "phone")
    return answer(await _desk(request).renumber(request.match_info["id"], phone, who=_who(body)))


@routes.post(f"{BASE}/{ID}/check")
@declared(allow=FLOOR)
async def check(request: web.Request) -> web.Response:
    """Decide a bad mark that waits for a person: handled again, or closed, maybe corrected (R-CB-6)."""
    body = await body_of(request, example=_CHECK)
    found = await _desk(request).check(
        request.match_info["id"],
        who=checked_who(word(body.get("who", ""), "who")),
        reopen=flag(body, "reopen"),
        text=word(body.get("note", ""), "note"),
        level=word(body.get("level", ""), "level"),
        solved=word(body.get("solved", ""), "solved"),
    )
    return answer(found)


async def _asked(request: web.Request) -> tuple[Act, str]:
    body = await body_of(request, example='{"who": "2001"}')
    return cast("Act", request.match_info["act"]), _who(body)


def _desk(request: web.Request) -> Desk:
    return request.app[CALLBACKS].desk


def _who(body: Mapping[str, object]) -> str:
    return checked_who(word(body.get("who", "api"), "who"))


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", "50")
    if not _COUNT.fullmatch(text):
        raise InvalidInputError("limit must be a whole number", mend="give limit=1 to 999")
    return int(text)
