"""``hotline audit-log``: who asked for what in which call, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ..core.action_log import Action, actions
from ..core.clock import utc_now
from ..core.db import Database
from ..core.log import mask
from ..queue.reports_period import read_moment
from .common import ConfigOption, JsonOption, console, load_settings, print_json, run
from .tables import table

app = typer.Typer(no_args_is_help=True, help="See what was asked for in calls, by whom, and what came of it.")

_NUMBER = re.compile(r"\+?[0-9][0-9 -]{5,}[0-9]")
"""What may be somebody's telephone number in a typed text."""


@app.callback()
def group() -> None:
    """See what was asked for in calls, by whom, and what came of it."""


@app.command("list", epilog="Example:  hotline audit-log list --since 2026-11-22T08:00 --json")
def list_(  # noqa: PLR0917  # typer passes them by name
    since: Annotated[
        str, typer.Option("--since", help="From a date, a moment, today or yesterday.")
    ] = "today",
    call: Annotated[str, typer.Option("--call", help="Only those of one call.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")] = 1000,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show telephone numbers in typed reasons (personal data).")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the entries, the oldest first: what was refused is there too."""
    settings = load_settings(config)
    zone = ZoneInfo(settings.site.timezone)
    begin = read_moment(since, utc_now(), zone)

    async def read() -> Sequence[Action]:
        database = Database(settings.database)
        try:
            return await actions(database, since=begin, call=call, limit=limit)
        finally:
            await database.close()

    found = [_shown(entry, reveal=reveal) for entry in run(read())]
    if as_json:
        print_json(found)
        return
    listed = table("at", "who", "action", "result", "call", "details", whole=0)
    for entry in found:
        details = " ".join(f"{name}={_word(value)}" for name, value in entry["details"].items())
        at = f"{entry['at'].astimezone(zone):%m-%d %H:%M:%S.%f}"[:-3]
        listed.add_row(
            at, escape(entry["who"]), entry["action"], entry["result"], entry["call"], escape(details)
        )
    console.print(listed)


def _shown(entry: Action, *, reveal: bool) -> dict[str, Any]:
    details = dict(entry.details or {})
    told = {name: value for name, value in vars(entry).items() if name != "place"}
    return {**told, "details": details if reveal else _masked(details)}


def _masked(details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _NUMBER.sub(lambda found: mask(found[0]), value)
        if isinstance(value, str) and name not in ("line", "request")
        else value
        for name, value in details.items()
    }


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
