"""``hotline recordings``: the registered files, those of no call, and whether all are as they were."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from ..telephony import call_queries
from ..telephony.asterisk_config import Paths
from ..telephony.recordings import verify as verify_files
from .common import ConfigOption, JsonOption, ask_store, console, load_settings, print_json
from .tables import table

app = typer.Typer(no_args_is_help=True, help="See the recordings and check that they are whole.")


@app.command("list", epilog="Example:  hotline recordings list --orphans")
def list_(
    call: Annotated[str | None, typer.Option("--call", help="Only those of one call.")] = None,
    orphans: Annotated[bool, typer.Option("--orphans", help="Only files that belong to no call.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List registered recordings, the newest first."""
    settings = load_settings(config)

    rows = ask_store(
        settings,
        lambda database: call_queries.list_recordings(database, limit=limit, call=call, orphans=orphans),
    )
    if as_json:
        print_json(rows)
        return
    listed = table("path", "call", "kind", "state", "seconds", "bytes", "sha256", whole=0)
    for row in rows:
        listed.add_row(
            escape(row["path"]),
            escape(row["call"] or ""),
            row["kind"],
            row["state"],
            f"{row['duration_ms'] / 1000:.2f}",
            str(row["bytes"]),
            row["sha256"][:12],
        )
    console.print(listed)


@app.command(epilog="Example:  hotline recordings verify --json")
def verify(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Compute every checksum again; exit status 1 when a file was changed or is gone."""
    settings = load_settings(config)

    folder, node = Paths.of(settings).recordings, settings.site.node
    count, faults = ask_store(settings, lambda database: verify_files(database, folder, node=node))
    if as_json:
        print_json({"checked": count, "faults": faults})
    else:
        for fault in faults:
            console.print(f"{fault['fault']:<8} {escape(fault['path'])}  {escape(fault['call'])}")
        console.print(f"{count} checked, {len(faults)} not as they were")
    if faults:
        raise typer.Exit(1)
