"""Where a command's result goes: the terminal, or the file named with ``--output``."""

from __future__ import annotations

import io
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from ..core.errors import HotlineError
from . import common


class OutputError(HotlineError):
    """The result cannot be written where it was asked for."""

    error_id = "report.output"


def give(content: bytes, output: Path | None) -> None:
    """Write bytes to a file, or to standard output; raises ``OutputError``."""
    if output is None:
        typer.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise OutputError(
            f"cannot write {output}: {error.strerror}", mend="name another file with --output"
        ) from error
    common.progress_console.print(f"written: {output}", markup=False)


def give_tables(shown: list[Table], output: Path | None) -> None:
    """Print tables, or write them to a file as plain text; raises ``OutputError``."""
    if output is None:
        for part in shown:
            common.console.print(part)
        return
    file = io.StringIO()  # without the colours that a terminal would be sent
    console = Console(file=file, width=common.console.width, color_system=None, highlight=False)
    for part in shown:
        console.print(part)
    give(file.getvalue().encode(), output)
