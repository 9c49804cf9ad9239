"""``hotline queue``: the figures of the two legal limits, their reports, audit, alarms and agents."""

from __future__ import annotations

import typer

from .queue_agents import agents
from .queue_alarms import alarms
from .queue_audit import audit
from .queue_report import report

app = typer.Typer(no_args_is_help=True, help="Figures of the queues: reports, audit, alarms, agents.")
app.command("agents")(agents)
app.command("alarms")(alarms)
app.command("audit", epilog="Example:  hotline queue audit --since 2026-11-01 --json")(audit)
app.command("report")(report)
