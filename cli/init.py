"""``hotline init``: the files of a new node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..app.first_files import write_first_files
from .common import JsonOption, command_name, console, print_json


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to write into; made when it is not there.")],
    as_json: JsonOption = False,
) -> None:
    """Write a commented hotline.toml with fresh secrets, a voice menu and a prompts folder.

    Nothing that exists is overwritten.

    Example: hotline init .run
    """
    written = write_first_files(folder)
    config = written[0]
    if as_json:
        print_json({"config": str(config), "written": [str(path) for path in written]})
        return
    for path in written:
        console.print(f"written: {path}", markup=False, soft_wrap=True)
    for begin, command in (("next:   ", "doctor"), ("        ", "up")):
        console.print(f"{begin} {command_name()} {command} --config {config}", markup=False, soft_wrap=True)
