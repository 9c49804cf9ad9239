"""The command ``hotline``: puts the groups together and turns errors into one clear line."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated

import typer

from .. import __version__
from ..core.errors import HotlineError
from ..core.log import setup_logging
from .common import print_json, progress_console

PARTS = {
    "init": ("init", "init"),
    "doctor": ("doctor", "doctor"),
    "up": ("up", "up"),
    "demo": ("demo", "demo"),
    "transcribe": ("asr", "transcribe"),
    "asterisk": ("asterisk", "app"),
    "agents": ("agents", "app"),
    "calls": ("calls", "app"),
    "queue": ("queue", "app"),
    "recordings": ("recordings", "app"),
    "three-way": ("three_way", "app"),
    "audit-log": ("audit_log", "app"),
    "user": ("user", "app"),
    "token": ("token", "app"),
    "access-log": ("access_log", "app"),
    "ivr": ("ivr", "app"),
    "ticket": ("ticket", "app"),
    "callback": ("callback", "app"),
    "web": ("web", "app"),
    "asr": ("asr", "asr_app"),
    "model": ("asr", "model_app"),
}
"""Every command with its module beside this one, and what in it is the command: a group or a function."""


class FileError(HotlineError):
    """A file or folder cannot be read or written."""

    error_id = "file.unusable"
    status = 500


def command_line(wanted: str | None = None) -> typer.Typer:
    """Return the command line; when ``wanted`` is one of ``PARTS``, with that part alone.

    A command then starts in half a second instead of two, and a part that cannot be imported
    does not keep the others from working.
    """
    app = typer.Typer(
        name="hotline",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        help="Telephony service of a Chinese 12345 hotline: calls, menus, queues, recordings, tickets.",
        epilog="Begin with:  hotline init .run && hotline doctor && hotline up",
    )
    app.callback()(_options)
    for name in [wanted] if wanted in PARTS else PARTS:
        module, attribute = PARTS[name]
        part = getattr(importlib.import_module(f".{module}", __package__), attribute)
        if isinstance(part, typer.Typer):
            app.add_typer(part, name=name)
        else:
            app.command(name)(part)
    return app


def main() -> None:
    """Run the command line; an error of ours, or of a file, ends it with one clear line and exit status 2.

    No file that a command makes, the switch's among them, can be read by the machine's other users.
    """
    os.umask(os.umask(0o077) | 0o007)  # what citizens said is written by many commands, exports among them
    first = next((argument for argument in sys.argv[1:2] if not argument.startswith("-")), None)
    try:
        command_line(first)()
    except HotlineError as error:
        _tell(error)
        sys.exit(2)
    except OSError as error:
        if error.filename is None:
            raise
        _tell(
            FileError(f"{error.filename}: {error.strerror}", mend="look at the path, its rights and the disk")
        )
        sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hotline {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before the command; results alone go to standard output."""
    setup_logging(level="WARNING")


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
        shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
        progress_console.print(f"hotline: {shown}", style="red", markup=False, soft_wrap=True)
