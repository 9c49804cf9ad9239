"""``hotline queue``: the figures of the two legal limits, their reports, audit, alarms and agents."""

from __future__ import annotations

import typer

from .queue_report import report

app = typer.Typer(no_args_is_help=True, help="Figures of the queues: reports, audit, alarms, agents.")
app.command("report")(report)
