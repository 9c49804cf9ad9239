"""What every command shares: its options, its two consoles, and how it finds the configuration."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from ..core import config_file
from ..core.errors import ConfigError, HotlineError
from ..core.settings import Settings

if TYPE_CHECKING:
    from ..core.db import Database

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="HOTLINE_CONFIG",
        help="The configuration file.  [default: ./hotline.toml, else ./.run/hotline.toml]",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]

console = Console(highlight=False)
"""Results, on standard output."""
progress_console = Console(stderr=True, highlight=False)
"""What is going on, warnings and errors, on standard error."""

DEFAULT_FILES = (Path("hotline.toml"), Path(".run/hotline.toml"))

T = TypeVar("T")


def config_path(config: Path | None) -> Path:
    """Return the configuration file to use; raises ``ConfigError`` when none was named and none is here."""
    if config is not None:
        return config
    for path in DEFAULT_FILES:
        if path.exists():
            return path
    raise ConfigError(
        f"no configuration here: neither {DEFAULT_FILES[0]} nor {DEFAULT_FILES[1]} exists",
        mend="run: hotline init .run   (or name a file with --config)",
    )


def load_settings(config: Path | None) -> Settings:
    """Return the settings a command works with, after a warning when others can read its secrets."""
    path = config_path(config)
    settings = config_file.load(path)
    for warning in config_file.warnings(path):
        progress_console.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    return settings


def command_name() -> str:
    """Return what to type for this command: ``hotline``, or the path it was called by when PATH lacks it."""
    return "hotline" if shutil.which("hotline") else sys.argv[0]


def print_json(value: object) -> None:
    """Print a value as JSON on standard output, Chinese as it is, one document to a call."""
    typer.echo(json_text(value))


def json_text(value: object) -> str:
    """Return a value as JSON for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class StoreAwayError(HotlineError):
    """The database cannot be read."""

    error_id = "store.away"
    retryable = True
    status = 503


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end; raises ``StoreAwayError`` when the database cannot be read."""
    try:
        return asyncio.run(coroutine)
    except Exception as error:
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415  # most commands start without a database

        if not isinstance(error, SQLAlchemyError):
            raise
        why = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
        raise StoreAwayError(
            f"the database cannot be read: {why[:200]}",
            mend="`hotline doctor` looks at it; the service makes it at its first start",
        ) from error


def ask_store(settings: Settings, ask: Callable[[Database], Awaitable[T]]) -> T:
    """Open the store, return what ``ask`` reads of it, and close it; raises ``StoreAwayError``."""
    from ..core.db import Database  # noqa: PLC0415  # most commands start without a database

    async def asked() -> T:
        database = Database(settings.database)
        try:
            return await ask(database)
        finally:
            await database.close()

    return run(asked())
