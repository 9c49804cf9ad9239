"""The command line of what counts a table from labelled calls and judges it (``bench/``)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from support.entity_calls import STRANGERS


class Options(argparse.Namespace):
    """What was asked for."""

    write: bool
    json: bool
    quick: bool
    files: list[Path]


def options_of(description: str | None, arguments: Sequence[str]) -> Options:
    """Read the arguments; the strangers' calls when no file is named."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--write", action="store_true", help="write the table counted from all batches")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--quick", action="store_true", help="judge the last batch only")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args(arguments, Options())
    options.files = options.files or [STRANGERS]
    return options
