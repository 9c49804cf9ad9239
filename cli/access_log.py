"""``hotline access-log``: who looked at what and why, and whether anybody edited the log."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ..core.access.access_log import entries, told, verify
from ..core.clock import utc_now
from ..queue.reports_period import read_moment
from .common import ConfigOption, JsonOption, ask_store, console, load_settings, print_json
from .tables import table

app = typer.Typer(no_args_is_help=True, help="See who looked at personal data, and prove the log.")


@app.command("list", epilog="Example:  hotline access-log list --since today --who wangfang")
def list_(  # noqa: PLR0917  # typer passes them by name
    since: Annotated[str, typer.Option(help="A date or a moment (site time), or today.")] = "today",
    who: Annotated[str, typer.Option(help="Only of one user or token.")] = "",
    action: Annotated[str, typer.Option(help="Only actions that begin so, such as reveal.")] = "",
    subject: Annotated[str, typer.Option(help="Only of what begins so, such as call/ID.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")] = 200,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List entries, the newest first."""
    settings = load_settings(config)
    zone = ZoneInfo(settings.site.timezone)
    begin = read_moment(since, utc_now(), zone)
    found = ask_store(
        settings,
        lambda store: entries(store, who=who, action=action, subject=subject, since=begin, limit=limit),
    )
    if as_json:
        print_json([told(one) for one in found])
        return
    listed = table("at", "who", "role", "address", "action", "subject", "reason", "result", whole=0)
    for one in found:
        words = vars(one.entry)
        names = ("who", "role", "address", "action", "subject", "reason", "result")
        listed.add_row(f"{one.at.astimezone(zone):%m-%d %H:%M:%S}", *(escape(words[name]) for name in names))
    console.print(listed)


@app.command("verify", epilog="Example:  hotline access-log verify --json")
def verify_(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Compute every hash again; exit status 1 when an entry was changed, removed or put in."""
    settings = load_settings(config)
    counts, faults = ask_store(settings, lambda database: verify(database, state=settings.state))
    if as_json:
        print_json({"whole": not faults, "entries": counts, "faults": [vars(one) for one in faults]})
    else:
        for one in faults:
            console.print(f"{one.fault:<8} node {one.node} entry {one.seq}", markup=False)
        console.print(f"{sum(counts.values())} entries, {len(faults)} not as they were written")
    if faults:
        raise typer.Exit(1)
