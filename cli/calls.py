"""``hotline calls``: what became of the citizens' calls."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from ..core.log import mask
from ..telephony import call_queries
from .common import ConfigOption, JsonOption, ask_store, console, load_settings, print_json
from .tables import table

app = typer.Typer(no_args_is_help=True, help="See the citizens' calls and what became of them.")

_MOMENTS = frozenset(
    {"at", "t0", "t1", "t2", "t3", "t4", "created_at", "asked_at", "answered_at", "joined_at", "ended_at"}
) | {"evaluation_asked_at"}

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="At most so many.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show callers' numbers in full (personal data).")]


def seconds(value: int | None) -> str:
    """Return microseconds as seconds for people, empty when unknown."""
    return "" if value is None else f"{value / 1_000_000:.3f}"


def clock(value: str | None, zone: ZoneInfo) -> str:
    """Return a stored moment as the site's date and time, to the second."""
    return f"{datetime.fromisoformat(value).astimezone(zone):%m-%d %H:%M:%S}" if value else ""


def shown(name: str, value: object, zone: ZoneInfo) -> str:
    """Return a stored value for people: moments in the site's time, durations in seconds, a mark's words."""
    match value:
        case None:
            return ""
        case dict():
            return "  ".join(f"{key}={word}" for key, word in value.items())
        case str() if name in _MOMENTS and value:
            return f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        case int() if name.endswith("_us"):
            return f"{seconds(value)} s"
        case _:
            return str(value)


@app.command("list", epilog="Example:  hotline calls list -n 20 --json")
def list_(
    limit: Limit = 50,
    only_open: Annotated[bool, typer.Option("--open", help="Only calls in progress.")] = False,
    reveal: Reveal = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the newest calls: waits in seconds, outcome, who ended them."""
    settings = load_settings(config)

    show = str if reveal else mask
    calls = ask_store(
        settings,
        lambda database: call_queries.list_calls(database, limit=limit, only_open=only_open, show=show),
    )
    if as_json:
        print_json(calls)
        return
    zone = ZoneInfo(settings.site.timezone)
    listed = table(
        "call", "arrived", "number", "queue", "agent", "waited s", "talked s", "outcome", "ended by"
    )
    for call in calls:
        result = call["outcome"] or call["apart"] or ("in progress" if not call["ended_at"] else "")
        listed.add_row(
            escape(call["id"]),
            clock(call["t0"], zone),
            *(escape(str(call[name] or "")) for name in ("number", "queue", "agent")),
            seconds(call["wait_human_us"]),
            seconds(call["talk_us"]),
            escape(result),
            escape(call["ended_by"] or ""),
        )
    console.print(listed)


@app.command(epilog="Example:  hotline calls show node1-1795318464.0")
def show(
    call: Annotated[str, typer.Argument(help="The call's id (Linkedid), as in `hotline calls list`.")],
    reveal: Reveal = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show one call: its clock points in the site's time, steps, legs and recordings."""
    settings = load_settings(config)

    show = str if reveal else mask
    found = ask_store(settings, lambda database: call_queries.show_call(database, call, show=show))
    if as_json:
        print_json(found)
        return
    parts = {name: found.pop(name) for name in ("steps", "legs", "three_way", "recordings")}
    zone = ZoneInfo(settings.site.timezone)
    for name, value in found.items():
        if value not in (None, ""):
            console.print(f"{name.removesuffix('_us'):<14}{escape(shown(name, value, zone))}", soft_wrap=True)
    for name, columns in (
        ("steps", ("at", "name", "params")),
        ("legs", ("role", "agent", "channel", "created_at", "answered_at", "ended_at")),
        ("three_way", ("target", "state", "why", "asked_at", "answered_at", "joined_at", "ended_at")),
        ("recordings", ("path", "kind", "state", "duration_ms")),
    ):
        if name == "three_way" and not parts[name]:
            continue
        listed = table(*columns, whole=0, title=name)
        for row in parts[name]:
            listed.add_row(*(escape(shown(column, row[column], zone)) for column in columns))
        console.print(listed)
