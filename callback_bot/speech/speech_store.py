"""Files of the robot's filled-in prompts, beside the switch's other sounds; no name tells anything.

``robot-own-…`` belongs to one callback: only the service and the switch may read it, and it goes with the
callback. ``robot-all-…`` names nobody (a unit, a day). The names are hashes with a key that stays in a closed
folder: nobody finds out a name by trying all names.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from ...core.private_folder import private_folder
from ...ivr import audio
from ...ivr.audio import Sound

MOST_SHARED = 2000
"""Files of prompts that name nobody; about 60 kB each."""
SPARED_S = 24 * 3600
"""Whatever was used within the last day stays: a call may be about to play it."""


class PromptStore:
    """The robot's prompts in a folder of the switch's sounds (``hotline/``). All methods block for a moment.

    A group that was let into ``closed`` on purpose (a switch of another user) may read the files too.
    """

    def __init__(self, folder: Path, *, most_shared: int = MOST_SHARED) -> None:
        self._folder = folder
        self.closed = folder / ".robot"
        """What nobody else may see: the key, and sounds that are being made."""
        self._most_shared = most_shared
        self._key = b""

    def open(self) -> None:
        """Make the closed folder and the key of the names, or find those that are there."""
        private_folder(self.closed)
        file = self.closed / "key"
        if not file.is_file():
            part = self.closed / f".{secrets.token_hex(8)}"
            part.touch(mode=0o600)
            part.write_bytes(secrets.token_bytes(32))
            with suppress(
                FileExistsError
            ):  # the first of two services that begin at once makes the key of both
                os.link(part, file)
            part.unlink()
        self._key = file.read_bytes()

    def own(self, callback: str, voiced: str) -> Path:
        """Return the file of one callback's own words."""
        return self._folder / f"{self._own(callback)}{self._mark(voiced)}.wav"

    def shared(self, voiced: str) -> Path:
        """Return the file of words that name nobody."""
        return self._folder / f"robot-all-{self._mark(voiced)}.wav"

    def has(self, file: Path) -> bool:
        """Tell whether a file can be played, and note that it is used."""
        if not audio.is_playable(file):
            return False
        os.utime(file)
        return True

    def write(self, sound: Sound, file: Path) -> None:
        """Write a sound in one step."""
        for_group = stat.S_IMODE(self.closed.stat().st_mode) & stat.S_IRGRP
        is_own = file.name.startswith("robot-own-")
        audio.write(sound, file, mode=(0o640 if for_group else 0o600) if is_own else 0o644)

    def remove(self, callback: str) -> int:
        """Remove all that one callback says; returns how many files."""
        return _removed(self._folder.glob(f"{self._own(callback)}*.wav"))

    def owners(self) -> set[str]:
        """Return marks of the callbacks that have words of their own here."""
        length = len(self._own(""))
        return {file.name[:length] for file in self._folder.glob("robot-own-*.wav")}

    def marks(self, callbacks: Iterable[str]) -> set[str]:
        """Return the marks of callbacks."""
        return {self._own(callback) for callback in callbacks}

    def sweep(self, nobodys: Collection[str]) -> int:
        """Remove what belongs to the marks, what was left by a crash, and the oldest shared files.

        ``nobodys`` are marks of callbacks that are open no more. Returns how many files.
        """
        length = len(self._own(""))
        gone = [file for file in self._folder.glob("robot-own-*.wav") if file.name[:length] in nobodys]
        before = time.time() - SPARED_S
        shared = sorted((_used(file), file) for file in self._folder.glob("robot-all-*.wav"))
        gone += [file for at, file in shared[: max(0, len(shared) - self._most_shared)] if at < before]
        gone += [file for file in self.closed.glob(".*") if _used(file) < before]
        gone += [file for file in self._folder.glob(".robot-*.part") if _used(file) < before]
        return _removed(gone)

    def _own(self, callback: str) -> str:
        return f"robot-own-{self._mark(f'callback {callback}')}-"

    def _mark(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()[:20]


def _used(file: Path) -> float:
    with suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def _removed(files: Iterable[Path]) -> int:
    count = 0
    for file in list(files):
        with suppress(FileNotFoundError):
            file.unlink()
            count += 1
    return count
