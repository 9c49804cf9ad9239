"""Follows one file of the switch's journal from the last committed position, through everything.

A position names the file by the checksum of its beginning (its device and inode only make finding it
quick), so that a rotated, compressed, truncated, restored or copied file is told from the one that was
read. Blocking: call it in a thread.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import structlog

from .journal_files import HEAD_BYTES, JournalFile, JournalFiles, open_content

log = structlog.get_logger(__name__)

CHUNK_BYTES = 1_000_000

Split = Callable[[bytes], tuple[list[tuple[int, bytes]], int]]


@dataclass(frozen=True)
class Position:
    """How far a file was read. ``head`` is the SHA-256 of its first ``head_bytes`` bytes.

    Without ``head_bytes`` nothing was read at all: reading begins with the oldest file there is.
    """

    device: int = 0
    inode: int = 0
    offset: int = 0
    head_bytes: int = 0
    head: str = ""


@dataclass(frozen=True)
class Batch:
    """Records (file offset, bytes) of one file, the position behind them, whether there is ``more``.

    ``bytes`` is how much of the file was taken, as a measure of progress.
    """

    records: list[tuple[int, bytes]]
    position: Position
    more: bool
    file: JournalFile | None = None
    bytes: int = 0


def locate(files: list[JournalFile], position: Position) -> int | None:
    """Return the index of the file that a position is in, None when it is none of them."""
    matching = [
        index
        for index, file in enumerate(files)
        if file.starts_with(position.head, position.head_bytes)
        and (not file.is_live or file.bytes >= position.offset)
    ]
    same = [index for index in matching if files[index].inode == position.inode]
    return same[0] if same else matching[-1] if matching else None


def begin_of(file: JournalFile) -> Position:
    """Return the position before the first byte of a file."""
    return Position(
        file.device, file.inode, 0, len(file.head), hashlib.sha256(file.head).hexdigest() if file.head else ""
    )


class Follower:
    """Reads the records of a file that another process appends to.

    Rotated files beside it (``journal_files``) are read to their end first, compressed ones too.
    """

    def __init__(self, path: Path, split: Split) -> None:
        self.path = path
        self.files = JournalFiles(path)
        self._split = split
        self._unpacking: tuple[int, int, IO[bytes], bytes] | None = None
        """Inode and offset of the compressed file that is being read, it, and what was read too far."""

    def read(self, position: Position, *, limit: int = CHUNK_BYTES) -> Batch:
        """Return what stands behind a position, at most about ``limit`` bytes."""
        live = self.files.live()
        if live is not None and live.inode == position.inode and locate([live], position) == 0:
            return self._read_file(live, position, limit)
        files = self.files.all()
        if not files:
            return Batch([], position, more=False)
        index = locate(files, position)
        if index is None:
            if position.head_bytes:
                log.warning("journal file is gone, reading all that is there", file=str(self.path))
            index, position = 0, begin_of(files[0])
        file = files[index]
        if not file.is_compressed and file.bytes < position.offset:
            log.warning("journal file is shorter than it was, reading it again", file=str(file.path))
            position = begin_of(file)
        batch = self._read_file(file, position, limit)
        if not batch.more and index + 1 < len(files) and _has_begun(files[index + 1]):
            log.info("rotated journal file read to its end", file=str(file.path))
            return replace(batch, position=begin_of(files[index + 1]), more=True)
        return batch

    def _read_file(self, file: JournalFile, position: Position, limit: int) -> Batch:
        try:
            data, head, rest = self._content(file, position, limit)
        except FileNotFoundError:  # renamed or compressed just now: the next look finds it
            return Batch([], position, more=True)
        records, used = self._split(data)
        full = len(data) >= limit
        if not used and full:
            log.error(
                "journal holds no record where one must be", file=str(file.path), offset=position.offset
            )
            records, used = [(0, data)], len(data)
        offset = position.offset + used
        if rest is not None:
            self._unpacking = (file.inode, offset, rest, data[used:])
        begun = [(position.offset + at, record) for at, record in records]
        head = head[: max(offset, position.head_bytes)]
        behind = Position(
            file.device, file.inode, offset, len(head), hashlib.sha256(head).hexdigest() if head else ""
        )
        return Batch(begun, behind, full, file, used)

    def _content(
        self, file: JournalFile, position: Position, limit: int
    ) -> tuple[bytes, bytes, IO[bytes] | None]:
        """Return the bytes behind a position, the file's beginning, and a compressed file's stream."""
        offset = position.offset
        if not file.is_compressed:
            with file.path.open("rb") as stream:
                if os.fstat(stream.fileno()).st_ino != file.inode:
                    raise FileNotFoundError(file.path)
                head = os.pread(stream.fileno(), HEAD_BYTES, 0)
                stream.seek(offset)
                return stream.read(limit), head, None
        known = self._unpacking
        self._unpacking = None
        if known is not None and known[:2] == (file.inode, offset):
            _, _, stream, data = known
        else:
            if known is not None:
                known[2].close()
            stream, data = open_content(file.path), b""
        try:
            if not data:
                stream.seek(offset)
            data += stream.read(max(limit - len(data), 0))
        except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
            log.error("compressed journal file is damaged", file=str(file.path), reason=str(error))
        return data, file.head, stream


def _has_begun(file: JournalFile) -> bool:
    """Tell whether the switch has gone over to this file: no line can follow in the one before it."""
    return b"\n" in file.head or len(file.head) == HEAD_BYTES
