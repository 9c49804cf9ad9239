"""``hotline web``: what the API is made of, for programs that are built against it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..web.openapi import document_of
from ..web.tables import documented
from .output import give

app = typer.Typer(no_args_is_help=True, help="See what the API of this version is.")


@app.callback()
def group() -> None:
    """See what the API of this version is."""


@app.command("openapi", epilog="Example:  hotline web openapi --output hotline-openapi.json")
def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="On one line, for programs; without it the same for people.")
    ] = False,
) -> None:
    """Print the OpenAPI 3.1 document of the API; no running service is needed."""
    text = json.dumps(document_of(documented()), ensure_ascii=False, indent=None if json_ else 2)
    give(f"{text}\n".encode(), output)
