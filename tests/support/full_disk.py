"""Takes the room from a folder while a program works in it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def full_disk(folder: Path) -> Generator[None]:
    """Let nothing be written in a folder for the length of the block.

    As root a small disk without room is put in its place; without the right to do so it is closed to writing.
    """
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs", str(folder)]
    if os.geteuid() == 0:
        subprocess.run(mount, check=True)
        with suppress(OSError), (folder / "fills-the-disk").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    was = folder.stat().st_mode
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(was)
