"""``hotline callback report``: how callbacks ended, the marks, and the rates with their denominators."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ..callback_bot.outcome.report import By, Wanted, make_report, plan_of
from ..callback_bot.outcome.report_source import ended_in
from ..callback_bot.reason_names import reason_names
from ..core.clock import utc_now
from ..queue.reports_period import read_period
from . import common
from .report_tables import Format, Widths, form_of, give_report

_NARROWEST = frozenset(
    {
        ("cb_ended", ""),
        ("cb_end", "rated"),
        ("cb_end", "unrated"),
        ("cb_satisfied_rate", ""),
        ("cb_satisfied_basic_rate", ""),
        ("cb_solved_rate", ""),
    }
)
_WIDTHS = Widths(
    _NARROWEST,
    _NARROWEST
    | {
        ("cb_end", "refused"),
        ("cb_called_rate", ""),
        ("cb_response_rate", ""),
        ("cb_unrated_rate", ""),
        ("cb_contacted_rate", ""),
    },
    "各率为百分数，分母见 --format json 或 docs/callbacks.md；第二行为与上期之差",
)


def report(
    *,
    since: Annotated[
        str, typer.Option(help="2026-11-22, 2026-11-22T08:00, today, yesterday; site time.")
    ] = "today",
    until: Annotated[str, typer.Option(help="The same; a day is in the report with all its hours.")] = "now",
    by: Annotated[By, typer.Option(help="A row for each.")] = "unit",
    unit: Annotated[str, typer.Option(help="Only this handling unit.", show_default=False)] = "",
    kind: Annotated[str, typer.Option(help="Only this kind of ticket.", show_default=False)] = "",
    campaign: Annotated[str, typer.Option(help="Only this campaign.", show_default=False)] = "",
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write.", show_default=False)
    ] = None,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Report the callbacks that ended in a period, beside the same period before.

    Example: hotline callback report --since 2026-11-01 --until 2026-11-30 --by unit --format xlsx -o nov.xlsx
    """
    form = form_of(form, output, as_json=as_json)
    settings = common.load_settings(config)
    zone, now = ZoneInfo(settings.site.timezone), utc_now()
    period = read_period(since, until, now, zone)
    wanted = plan_of(settings, by, period, reason_names(settings))
    only = Wanted(unit, kind, campaign)

    made = common.ask_store(
        settings, lambda database: make_report(wanted, partial(ended_in, database, only), now)
    )
    give_report(made, _WIDTHS, form, output)
