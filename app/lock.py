"""One service to a state folder: a second one would follow the same journal and fight over the switch."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ..core.errors import HotlineError
from ..core.private_folder import private_folder

NAME = "service.lock"


class AlreadyRunningError(HotlineError):
    """Another service works on the same state folder."""

    error_id = "service.already_running"
    status = 409


class StateFolderError(HotlineError):
    """The state folder cannot be written."""

    error_id = "service.state_folder"


class StateLock:
    """Held from ``take`` to ``give_back``; the kernel gives it back when the process dies, in any way."""

    def __init__(self, state: Path) -> None:
        self._file = state / NAME
        self._handle: int | None = None

    def take(self) -> None:
        """Take it, or raise ``AlreadyRunningError`` naming the process that has it."""
        try:
            private_folder(self._file.parent)
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateFolderError(
                f"{self._file} cannot be written: {error.strerror}",
                mend="give this user the folder, or change `state`",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            raise AlreadyRunningError(
                f"another service works on {self._file.parent} (process {holder})",
                mend="stop it, or give this node a `state` folder of its own",
                pid=holder,
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._handle = handle

    def give_back(self) -> None:
        """Let the next one have it; without having it, nothing happens."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
