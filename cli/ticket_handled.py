"""``hotline ticket handled``: the unit is done with a matter, and its citizen is called back."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ..core.clock import new_id, utc_now
from ..core.db import Database
from ..core.errors import InvalidInputError
from ..queue.reports_period import read_moment
from ..ticket_bridge.handling import Handling, set_handled
from .common import ConfigOption, JsonOption, ask_store, console, load_settings, print_json


def handled(  # noqa: PLR0917  # typer passes them by name
    ticket: Annotated[str, typer.Argument(help="A ticket's number or id, or its call.")],
    unit: Annotated[str, typer.Option("--unit", help="The unit that handled it, such as 城管局.")],
    who: Annotated[str, typer.Option("--who", help="Who says so: an agent's number or a name.")],
    at: Annotated[str, typer.Option("--at", help="When it was done: a date, a moment, today.")] = "now",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a ticket was handled: with a robot that is on, the citizen is called back.

    Example: hotline ticket handled 20261122-7Q2M9XKD --unit 城管局 --who 2001
    """
    settings = load_settings(config)
    if not who.strip() or not who.isprintable() or len(who) > 60:
        raise InvalidInputError("--who must be a short text", mend="give an agent's number or a name")
    now, zone = utc_now(), ZoneInfo(settings.site.timezone)
    handling = Handling(unit, read_moment(at, now, zone), who.strip())

    async def say(database: Database) -> dict[str, Any]:
        async with database.write() as session:
            row = await set_handled(
                session, ticket, handling, entry_id=new_id(), node=settings.site.node, now=now
            )
            return row.overview()

    told = ask_store(settings, say)
    if as_json:
        print_json(told)
        return
    done = told["handled_at"].astimezone(zone)
    console.print(f"工单 {told['number']} 已办结（{unit.strip()}，{done:%Y-%m-%d %H:%M}）。", markup=False)
    if not settings.robot.trunks or told["status"] not in settings.robot.ticket_statuses:
        console.print("回访机器人未启用，不会自动回访。", markup=False)
