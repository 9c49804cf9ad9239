"""The command ``hotline``: puts the groups together and turns errors into one clear line."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Annotated

import typer

from .. import __version__
from ..core.errors import HotlineError
from .common import print_json, progress_console

app = typer.Typer(
    name="hotline",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
    help="Telephony service of a Chinese 12345 hotline: calls, menus, queues, recordings, draft tickets.",
    epilog="Begin with:  hotline init .run && hotline doctor && hotline up",
)

GROUPS = ("asterisk", "agents", "calls", "recordings", "ivr", "asr", "model", "ticket")
COMMANDS = ("init", "doctor", "up", "demo", "transcribe")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hotline {__version__}")
        raise typer.Exit


@app.callback()
def _options(  # pyright: ignore[reportUnusedFunction]  # typer calls it
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before the command."""


def _wire() -> None:
    """Add ``cli/<name>.py`` as it is there: its ``app`` as a group, its function ``<name>`` as a command."""
    package = __name__.rpartition(".")[0]
    for name in COMMANDS + GROUPS:
        if importlib.util.find_spec(f"{package}.{name}") is None:
            continue
        module = importlib.import_module(f"{package}.{name}")
        if (command := getattr(module, name, None)) is not None and callable(command):
            app.command(name)(command)
        elif (group := getattr(module, "app", None)) is not None:
            app.add_typer(group, name=name)


_wire()


def main() -> None:
    """Run the command line; a ``HotlineError`` ends it with one clear line and exit status 2."""
    try:
        app()
    except HotlineError as error:
        _tell(error)
        sys.exit(2)


def _tell(error: HotlineError) -> None:
    if "--json" in sys.argv:
        print_json(
            {
                "error": error.error_id,
                "message": error.message,
                "mend": error.mend,
                "retryable": error.retryable,
                **error.fields,
            }
        )
    for line in str(error).splitlines():
        progress_console.print(f"hotline: {line}", style="red", markup=False, soft_wrap=True)
