"""The files of one journal, oldest first: the one that is written now and the rotated ones beside it.

Rotated files are ``NAME.*`` and ``NAME-*``, plain or compressed (gzip, bzip2, xz). They are put in order by
the number that our own rotation gives them, else by the time of their first line, else by their own time.
Two files with the same beginning are one (a copy, or one that is just being compressed).
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import structlog

log = structlog.get_logger(__name__)

HEAD_BYTES = 512
_OPENERS: dict[str, Callable[[Path], object]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_UNREADABLE = (".zst", ".lz4", ".Z", ".zip")
_OURS = re.compile(r"\.\d{8}T\d{6}Z\.(\d{6,})(?:\.gz)?")
_TIME = re.compile(rb'(?:^|\n)(?:"[A-Za-z0-9_]{1,80}","(\d{9,11})\.(\d{6})","|(\d{9,11})\|)')

Key = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class JournalFile:
    """One file; ``head`` is the beginning of its content."""

    path: Path
    device: int
    inode: int
    bytes: int
    changed_ns: int
    head: bytes
    is_live: bool
    """Whether the switch writes to it now."""

    @property
    def begins_us(self) -> int | None:
        """Microseconds since 1970 of the first line that has a time."""
        found = _TIME.search(self.head)
        if found is None:
            return None
        return int(found[1] + found[2]) if found[1] else int(found[3]) * 1_000_000

    @property
    def number(self) -> int | None:
        """The number that our own rotation gave it."""
        return number_of(self.path.name)

    @property
    def is_compressed(self) -> bool:
        """Whether its content is not what stands on the disk."""
        return self.path.suffix in _OPENERS

    def starts_with(self, digest: str, count: int) -> bool:
        """Tell whether the SHA-256 of its first ``count`` bytes is ``digest``."""
        return 0 < count <= len(self.head) and hashlib.sha256(self.head[:count]).hexdigest() == digest


def number_of(name: str) -> int | None:
    """Return the number in a name that our own rotation made, or None."""
    found = _OURS.search(name)
    return int(found[1]) if found else None


def open_content(path: Path) -> IO[bytes]:
    """Open a journal file for reading what the switch wrote, whether compressed or not."""
    opener = _OPENERS.get(path.suffix)
    return path.open("rb") if opener is None else cast("IO[bytes]", opener(path))


class JournalFiles:
    """Lists the files of one journal; remembers the beginnings that it has seen. Blocking."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[Key, JournalFile | None] = {}

    def live(self) -> JournalFile | None:
        """Return the file that is written now, None when it is not there."""
        return self._look(self.path, is_live=True)

    def all(self) -> list[JournalFile]:
        """Return every file that holds something, oldest first, the live one last."""
        name = self.path.name
        beside = [path for sign in ".-" for path in self.path.parent.glob(f"{name}{sign}*")]
        files = [file for path in beside if (file := self._look(path)) is not None and file.head]
        live = self.live()
        self._seen = {key: file for key, file in self._seen.items() if Path(key[0]).exists()}
        files = _in_order(files)
        return _without_copies([*files, live] if live is not None and live.head else files)

    def _look(self, path: Path, *, is_live: bool = False) -> JournalFile | None:
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        key = (str(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if key in self._seen and not is_live:
            return self._seen[key]
        file: JournalFile | None = None
        if path.suffix in _UNREADABLE:
            log.warning("journal file cannot be read: unknown compression", file=str(path))
        elif path.is_file():
            try:
                with open_content(path) as stream:
                    head = stream.read(HEAD_BYTES)
            except FileNotFoundError:
                return None
            except (OSError, EOFError, lzma.LZMAError) as error:
                log.warning("journal file cannot be read", file=str(path), reason=str(error))
            else:
                file = JournalFile(path, *key[1:], head, is_live)
        if not is_live:
            self._seen[key] = file
        return file


def _in_order(files: list[JournalFile]) -> list[JournalFile]:
    if all(file.number is not None for file in files):
        return sorted(files, key=lambda file: (file.number or 0, file.path.name))
    if all(file.begins_us is not None for file in files):
        return sorted(files, key=lambda file: (file.begins_us or 0, file.path.name))
    return sorted(files, key=lambda file: (file.changed_ns, file.path.name))


def _without_copies(files: list[JournalFile]) -> list[JournalFile]:
    """Leave one of several files with the same beginning: the live one, else one that is not compressed."""
    kept: list[JournalFile] = []
    for file in files:
        twin = next(
            (
                index
                for index, other in enumerate(kept)
                if file.head.startswith(other.head) or other.head.startswith(file.head)
            ),
            None,
        )
        if twin is None:
            kept.append(file)
        elif file.is_live:
            del kept[twin]
            kept.append(file)
        elif _worth(file) > _worth(kept[twin]):
            kept[twin] = file
    return kept


def _worth(file: JournalFile) -> tuple[bool, int]:
    return (not file.is_compressed, file.bytes)
