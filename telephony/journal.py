"""Follows one file of the switch's journal from the last committed position, through everything.

A position names the file by the checksum of its beginning (and its device and inode), so that a rotated,
truncated, restored or copied file is told from the one that was read. Blocking: call it in a thread.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

HEAD_BYTES = 512
CHUNK_BYTES = 1_000_000

Split = Callable[[bytes], tuple[list[tuple[int, bytes]], int]]


@dataclass(frozen=True)
class Position:
    """How far a file was read. ``head`` is the SHA-256 of its first ``head_bytes`` bytes."""

    device: int = 0
    inode: int = 0
    offset: int = 0
    head_bytes: int = 0
    head: str = ""


@dataclass(frozen=True)
class Batch:
    """Records (file offset, bytes) and the position behind them; ``more`` when there is more to read."""

    records: list[tuple[int, bytes]]
    position: Position
    more: bool


class Follower:
    """Reads the records of a file that another process appends to.

    Rotated files are looked for beside it (``NAME.*``, not compressed) and read to their end first.
    """

    def __init__(self, path: Path, split: Split) -> None:
        self.path = path
        self._split = split

    def read(self, position: Position, *, limit: int = CHUNK_BYTES) -> Batch:
        """Return what stands behind a position, at most about ``limit`` bytes."""
        files = self._files()
        if not files:
            return Batch([], position, more=False)
        index = next((i for i, path in enumerate(files) if _is_at(path, position)), None)
        if index is None:
            if position.offset:
                log.warning("journal file replaced, reading from its beginning", file=str(self.path))
            # A first start reads what is there; a lost place reads the present file again, which is harmless.
            index, position = (len(files) - 1 if position.offset else 0), Position()
        path = files[index]
        batch = self._read_file(path, position, limit)
        if not batch.more and index + 1 < len(files):
            log.info("rotated journal file read to its end", file=str(path))
            return replace(batch, position=_begin_of(files[index + 1]), more=True)
        return batch

    def _files(self) -> list[Path]:
        beside = [
            path
            for path in self.path.parent.glob(self.path.name + ".*")
            if path.suffix not in (".gz", ".bz2", ".xz", ".zst") and path.is_file()
        ]
        beside.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [*beside, self.path] if self.path.is_file() else beside

    def _read_file(self, path: Path, position: Position, limit: int) -> Batch:
        with path.open("rb") as file:
            file.seek(position.offset)
            data = file.read(limit)
            records, used = self._split(data)
            if not used and len(data) >= limit:
                log.error("journal holds no record where one must be", file=str(path), offset=position.offset)
                records, used = [(0, data)], len(data)
            offset = position.offset + used
            begun = [(position.offset + at, record) for at, record in records]
            return Batch(begun, _position(file.fileno(), offset), more=len(data) >= limit)


def _position(descriptor: int, offset: int) -> Position:
    status = os.fstat(descriptor)
    size = min(HEAD_BYTES, offset)
    head = os.pread(descriptor, size, 0)
    return Position(status.st_dev, status.st_ino, offset, size, hashlib.sha256(head).hexdigest())


def _begin_of(path: Path) -> Position:
    status = path.stat()
    return Position(status.st_dev, status.st_ino)


def _is_at(path: Path, position: Position) -> bool:
    """Tell whether a position is one in this file."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not position.head_bytes:
            return bool(position.inode) and (status.st_dev, status.st_ino) == (
                position.device,
                position.inode,
            )
        if status.st_size < position.offset:
            return False
        return hashlib.sha256(file.read(position.head_bytes)).hexdigest() == position.head
