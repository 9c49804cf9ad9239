"""``hotline ticket risk-form``: what a matter's risk asks for, until when, and the form to report it by."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ..app.site_calendar import site_calendar
from ..core.db import Database
from ..core.errors import InvalidInputError, NotFoundError
from ..ticket_bridge import tables
from ..ticket_bridge.risk_form import Reporting, as_text, form_of
from ..ticket_bridge.risk_response import RiskResponse, response_to
from .common import ConfigOption, JsonOption, ask_store, console, load_settings, print_json


def risk_form(
    ticket: Annotated[str, typer.Argument(help="A ticket's number or id, or its call.")],
    who: Annotated[str, typer.Option("--who", help="Who reports: a name, or an agent's number.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a ticket's risk asks for by when, with the form 应急事项报备单 filled in (LN 6.2, annex C).

    Example: hotline ticket risk-form 20261122-7Q2M9XKD --who 王芳
    """
    settings = load_settings(config)
    if len(who) > 60 or not who.isprintable():
        raise InvalidInputError("--who must be a short text", mend="give a name or an agent's number")

    async def read(database: Database) -> tables.TicketRow | None:
        async with database.read() as session:
            return await tables.find(session, ticket)

    row = ask_store(settings, read)
    if row is None:
        raise NotFoundError(f"no ticket {ticket[:60]!r}", mend="`hotline ticket list` shows the newest")
    zone = ZoneInfo(settings.site.timezone)
    told: dict[str, Any] = {
        "number": row.number,
        "risk_grade": row.risk_grade,
        "response": None,
        "form": form_of(row.draft().fields, Reporting(settings.site.name, who.strip())),
    }
    due = "没有风险标记，无须报备"
    if row.risk_grade is not None:
        response = response_to(row.risk_grade, row.created_at, site_calendar(settings), zone)
        told["response"] = asdict(response)
        due = f"{row.risk_grade} 级：{response.action}，{_until(response, zone)}（{response.clause}）"
    if as_json:
        print_json(told)
        return
    console.print(f"工单 {row.number}  {due}\n", markup=False)
    console.print(as_text(told["form"]), markup=False, soft_wrap=True)


def _until(response: RiskResponse, zone: ZoneInfo) -> str:
    if response.form:
        return "立即"
    return "持续" if response.due is None else f"{response.due.astimezone(zone):%Y-%m-%d %H:%M} 前"
