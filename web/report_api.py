"""Reports to download: the figures of a period by row, with their definitions, as Excel, CSV or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args

from aiohttp import web

from ..callback_bot.outcome.report import By as CallbackBy
from ..core.errors import InvalidInputError
from ..core.roles import OVERSIGHT
from ..queue.reports_period import By, PeriodError
from .desk import DESK
from .report_view import File, Form, TooManyReportsError
from .routes import declared

routes = web.RouteTableDef()

_ANY_FILE = "*/*"
_LONGEST = 40


@dataclass(frozen=True)
class CallReportQuery:
    """The period as typed (``2026-11-01``, ``2026-11-01T08:00``, today, yesterday, now), rows and form."""

    since: str = "today"
    until: str = "now"
    by: By = "day"
    format: Form = "xlsx"


@dataclass(frozen=True)
class CallbackReportQuery:
    """The same for callbacks."""

    since: str = "today"
    until: str = "now"
    by: CallbackBy = "unit"
    format: Form = "xlsx"


@routes.get("/api/v1/reports/calls")
@declared(allow=OVERSIGHT, query=CallReportQuery, media=_ANY_FILE, errors=(PeriodError, TooManyReportsError))
async def calls(request: web.Request) -> web.Response:
    """Return the report of a period's calls as a file: every figure, beside the period before."""
    since, until, form = _asked(request)
    by = _one_of(request, "by", "day", get_args(By))
    return _answer(await request.app[DESK].reports.calls(since, until, cast("By", by), form))


@routes.get("/api/v1/reports/callbacks")
@declared(
    allow=OVERSIGHT, query=CallbackReportQuery, media=_ANY_FILE, errors=(PeriodError, TooManyReportsError)
)
async def callbacks(request: web.Request) -> web.Response:
    """Return the report of the callbacks that ended in a period as a file."""
    since, until, form = _asked(request)
    by = _one_of(request, "by", "unit", get_args(CallbackBy))
    return _answer(await request.app[DESK].reports.callbacks(since, until, cast("CallbackBy", by), form))


def _asked(request: web.Request) -> tuple[str, str, Form]:
    since, until = request.query.get("since", "today"), request.query.get("until", "now")
    if len(since) > _LONGEST or len(until) > _LONGEST:
        raise InvalidInputError("no date or moment", mend="give a date such as 2026-11-22")
    return since, until, cast("Form", _one_of(request, "format", "xlsx", get_args(Form)))


def _one_of(request: web.Request, name: str, default: str, known: tuple[str, ...]) -> str:
    value = request.query.get(name, default)
    if value not in known:
        raise InvalidInputError(f"{name} is not known", mend=f"one of {', '.join(known)}")
    return value


def _answer(file: File) -> web.Response:
    headers = {
        "Content-Type": file.content_type,
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=file.body, headers=headers)
