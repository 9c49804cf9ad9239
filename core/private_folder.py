"""Folders that hold what citizens said: closed to the other users of the machine."""

from __future__ import annotations

import stat
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


def private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, or take the rights of all others from one that is there.

    A group that was let in on purpose (a backup) stays; a folder of another owner is only warned of.
    Raises ``OSError`` when it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not mode & stat.S_IRWXO:
        return
    try:
        folder.chmod(mode & ~stat.S_IRWXO)
    except PermissionError:
        log.warning("other users can look into a folder", folder=str(folder), mode=f"{mode:04o}")
