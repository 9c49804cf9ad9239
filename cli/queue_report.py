"""``hotline queue report``: the figures of a period as a table, JSON, CSV or an Excel workbook."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ..core.clock import utc_now
from ..queue.reports import make_report
from ..queue.reports_calls import calls_of
from ..queue.reports_period import By, read_period
from ..queue.reports_plan import plan_of
from . import common
from .report_tables import Format, Widths, form_of, give_report

_NARROWEST = frozenset(
    {
        ("offered", ""),
        ("outcome", "answered"),
        ("outcome", "abandoned"),
        ("sl15_offered", ""),
        ("connect_rate_24h", ""),
        ("connect_rate_24h_min", ""),
        ("wait_max", ""),
    }
)
_WIDTHS = Widths(
    _NARROWEST,
    _NARROWEST | {("sl15_answered", ""), ("asa", ""), ("wait_p95", ""), ("abandon_rate", "")},
    "接通率、放弃率为百分数，时长为秒；第二行为与上期之差",
)


def report(
    *,
    since: Annotated[
        str, typer.Option(help="2026-11-22, 2026-11-22T08:00, today, yesterday; site time.")
    ] = "today",
    until: Annotated[str, typer.Option(help="The same; a day is in the report with all its hours.")] = "now",
    by: Annotated[By, typer.Option(help="A row for each.")] = "day",
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write.", show_default=False)
    ] = None,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Report every figure of a period, beside the same period before.

    Example: hotline queue report --since 2026-11-01 --until 2026-11-30 --by day --format xlsx -o nov.xlsx
    """
    form = form_of(form, output, as_json=as_json)
    settings = common.load_settings(config)
    zone, now = ZoneInfo(settings.site.timezone), utc_now()
    plan = plan_of(settings, by, read_period(since, until, now, zone))

    made = common.ask_store(settings, lambda database: make_report(plan, partial(calls_of, database), now))
    give_report(made, _WIDTHS, form, output)
