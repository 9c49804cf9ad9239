"""Lets an error about one setting name the line to change."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..core import config_file
from ..core.errors import HotlineError
from .common import config_path


@contextmanager
def placed(config: Path | None) -> Generator[None]:
    """Begin the message of an error that has the field ``setting`` with file and line of that setting."""
    try:
        yield
    except HotlineError as error:
        if isinstance(setting := error.fields.get("setting"), str):
            error.message = f"{config_file.place(config_path(config), setting)}: {error.message}"
        raise
