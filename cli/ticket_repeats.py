"""``hotline ticket repeats``: many callers on one matter and place, one caller again and again (R-R-4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ..core.clock import utc_now
from ..core.db import Database
from ..core.log import mask
from ..queue.reports_period import Period, read_period
from ..ticket_bridge.repeats.repeat_report import Asked, repeats_of
from . import common, tables


def repeats(
    *,
    since: Annotated[
        str | None,
        typer.Option(help="2026-11-22, today, …; site time. The window of the settings when not given."),
    ] = None,
    until: Annotated[str, typer.Option(help="The same; a day is in it with all its hours.")] = "now",
    callers: Annotated[
        int, typer.Option(min=1, max=9999, help="Groups of at least so many independent callers.")
    ] = 2,
    calls: Annotated[
        int | None,
        typer.Option(min=1, max=9999, help="Callers with at least so many calls; default: the watch list's."),
    ] = None,
    config: common.ConfigOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Show matters that several callers told of, and callers who told again and again; numbers are masked.

    Example: hotline ticket repeats --since 2026-11-15 --callers 5
    """
    settings = common.load_settings(config)
    zone, now, rules = ZoneInfo(settings.site.timezone), utc_now(), settings.tickets.repeats
    if since is None:
        period = Period(now - timedelta(days=rules.place_days), now)
    else:
        period = read_period(since, until, now, zone)
    asked = Asked(period.since, period.until, callers, calls or rules.watch_from)

    async def read(database: Database) -> dict[str, Any]:
        async with database.read() as session:
            return await repeats_of(session, asked)

    found = common.ask_store(settings, read)
    found["callers"] = [{**one, "caller": mask(one["caller"])} for one in found["callers"]]
    if as_json:
        common.print_json(found)
        return
    _show(found, zone)


def _show(found: dict[str, Any], zone: ZoneInfo) -> None:
    groups = tables.table("地点", "事项", "归口", "诉求人", "工单", "风险等级", "最早", "最近")
    groups.title = "多人同诉"
    for one in found["groups"]:
        groups.add_row(
            *(_cell(one[name]) for name in ("place", "title", "domain", "callers", "tickets", "grade")),
            *(_when(one[name], zone) for name in ("first_at", "last_at")),
        )
    callers = tables.table("号码", "来电", "同类", "最近一次", "工单", "事项")
    callers.title = "一人多诉（重点关注）"
    for one in found["callers"]:
        callers.add_row(
            *(_cell(one[name]) for name in ("caller", "tickets", "same_domain")),
            _when(one["last_at"], zone),
            *(_cell(one[name]) for name in ("number", "title")),
        )
    common.console.print(groups)
    common.console.print(callers)


def _cell(value: object) -> str:
    """Return a value as plain text: nothing a citizen says becomes markup or control."""
    text = "" if value is None else str(value)
    return escape("".join(char if char.isprintable() else " " for char in text))


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%m-%d %H:%M}"
