"""Recording files on disk: what a file's name and header say, and mending what a crash cut short.

Blocking: call it in a thread. The switch writes the sizes into a WAV's header when it closes the file, so
a header that agrees with the file's length is the sign of a complete file.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(
    r"(?P<base>[A-Za-z0-9_.+-]+?)-"
    r"(?:(?P<kind>mix|citizen|agent|message|early)[0-9]{0,3}|(?P<party>room-(?:agent|line))-(?P<who>[A-Za-z0-9]{1,40}))"
    r"\.wav"
)
_RELATIVE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+:-]*(/[A-Za-z0-9_][A-Za-z0-9_.+:-]*){0,5}")
_HEADER = 44
_REPAIR = ".repair"
_JUST_NOW_NS = 2_000_000_000


@dataclass(frozen=True)
class Name:
    """What a recording's name says: the Uniqueid of the citizen's channel, and the kind.

    ``who`` is the agent's number or the line's id of a voice in a room (``room-agent``, ``room-line``).
    """

    base: str
    kind: str
    who: str = ""


@dataclass(frozen=True)
class State:
    """A file as it is now: ``data_bytes`` of sound by its length, and whether the header agrees."""

    path: str
    size: int
    changed_at: datetime
    sample_rate: int
    frame_bytes: int
    data_bytes: int
    is_complete: bool

    @property
    def is_sound(self) -> bool:
        """Whether it begins as a WAV file that can be read."""
        return self.sample_rate > 0


@dataclass(frozen=True)
class Checked:
    """A complete file with its checksum."""

    path: str
    kind: str
    sha256: str
    bytes: int
    duration_ms: int
    sample_rate: int
    is_sound: bool
    repaired: bool


def name_of(path: str) -> Name | None:
    """Return what a relative path's last part says, or None when it is no recording's name."""
    found = _NAME.fullmatch(path.rsplit("/", 1)[-1])
    if found is None:
        return None
    return Name(found["base"], found["kind"] or found["party"], found["who"] or "")


def is_safe(path: str) -> bool:
    """Tell whether a path from the journal is a plain relative one (no way out of the folder)."""
    return bool(_RELATIVE.fullmatch(path)) and ".." not in path.split("/")


def look(folder: Path, path: str) -> State | None:
    """Return the state of a file, None when there is none (a link, a folder or a pipe is none)."""
    try:
        descriptor = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        header = os.pread(descriptor, _HEADER, 0)
    finally:
        os.close(descriptor)
    changed = datetime.fromtimestamp(status.st_mtime, UTC)
    rate, frame = _format(header)
    data = max(status.st_size - _HEADER, 0) if rate else 0
    stated = struct.unpack("<I", header[40:44])[0] if rate else -1
    # A last odd byte is padding and not counted in the header.
    complete = bool(rate) and 0 <= data - stated <= (stated & 1)
    return State(path, status.st_size, changed, rate, frame, data, complete)


def _format(header: bytes) -> tuple[int, int]:
    """Return sample rate and bytes of a frame of a plain PCM header, else zeros."""
    if (
        len(header) < _HEADER
        or header[:4] != b"RIFF"
        or header[8:16] != b"WAVEfmt "
        or header[36:40] != b"data"
    ):
        return 0, 0
    size, kind, _channels, rate, _, frame, _ = struct.unpack("<IHHIIHH", header[16:36])
    return (rate, frame) if (size, kind) == (16, 1) and rate and frame else (0, 0)


def repair(folder: Path, state: State) -> None:
    """Give a file that was cut short a header that agrees with its length; all or nothing."""
    source = folder / state.path
    target = source.with_name(f".{source.name}{_REPAIR}")
    data = state.data_bytes - state.data_bytes % state.frame_bytes
    with source.open("rb") as old, target.open("wb") as new:
        header = bytearray(old.read(_HEADER))
        header[4:8] = struct.pack("<I", data + _HEADER - 8)
        header[40:44] = struct.pack("<I", data)
        new.write(header)
        left = data
        while left > 0 and (piece := old.read(min(left, 1 << 20))):
            new.write(piece)
            left -= len(piece)
        new.flush()
        os.fsync(new.fileno())
    os.replace(target, source)
    directory = os.open(source.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def check(folder: Path, path: str, *, repaired: bool = False) -> Checked | None:
    """Return checksum and length of a file, None when it is gone."""
    state = look(folder, path)
    name = name_of(path)
    if state is None or name is None:
        return None
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    frames = state.data_bytes // state.frame_bytes if state.frame_bytes else 0
    return Checked(
        path=path,
        kind=name.kind,
        sha256=digest,
        bytes=state.size,
        duration_ms=frames * 1000 // state.sample_rate if state.sample_rate else 0,
        sample_rate=state.sample_rate,
        is_sound=state.is_sound,
        repaired=repaired,
    )


def scan(folder: Path, seen: dict[str, int]) -> Iterator[str]:
    """Give the recordings of those folders that changed since ``seen`` (their times, kept up to date).

    A folder changed within the last seconds is looked at again the next time. What a killed repair left
    behind is removed.
    """
    for directory, _folders, files in os.walk(folder):
        status = os.stat(directory)
        if seen.get(directory) == status.st_mtime_ns:
            continue
        relative = os.path.relpath(directory, folder)
        for name in files:
            path = name if relative == "." else f"{relative}/{name}".replace(os.sep, "/")
            if name.startswith(".") and name.endswith(_REPAIR):
                Path(directory, name).unlink(missing_ok=True)
            elif name_of(path) is not None and is_safe(path):
                yield path
        if time.time_ns() - status.st_mtime_ns > _JUST_NOW_NS:
            seen[directory] = status.st_mtime_ns
