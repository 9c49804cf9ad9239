"""Unfolds an archive from outside without trusting anything that it says about itself."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from zlib import error as ZlibError

from .errors import ModelError

_MOST_FILES = 2000
_CHUNK = 1 << 20


def unzip(
    archive: Path, into: Path, *, top: str, limit: int, progress: Callable[[int], None] | None = None
) -> Path:
    """Unfold ``archive``, whose files must all be under one folder ``top``, into an empty folder.

    ``limit`` bounds the bytes really written, whatever the archive declares. Absolute paths, ``..``, links,
    names given twice and special files are refused before anything is written. Returns ``into/top``.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not info.is_dir()]
            _check(members, top=top, limit=limit)
            written = 0
            for info in members:
                target = into / PurePosixPath(info.filename)
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(info) as source, target.open("xb") as sink:
                    while chunk := source.read(_CHUNK):
                        written += len(chunk)
                        if written > limit:
                            raise ModelError(f"{archive.name} unfolds to more than {limit} bytes; refused")
                        sink.write(chunk)
                        if progress is not None:
                            progress(len(chunk))
    except (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{archive.name} is not a whole zip file", mend="fetch it again") from error
    return into / top


def _check(members: list[zipfile.ZipInfo], *, top: str, limit: int) -> None:
    if len(members) > _MOST_FILES:
        raise ModelError(f"the archive has {len(members)} files, more than {_MOST_FILES}; refused")
    if sum(info.file_size for info in members) > limit:
        raise ModelError(f"the archive unfolds to more than {limit} bytes; refused")
    seen: set[str] = set()
    for info in members:
        path = PurePosixPath(info.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in info.filename:
            raise ModelError(f"the archive holds a path that leads outside: {info.filename!r}; refused")
        if len(path.parts) < 2 or path.parts[0] != top:
            raise ModelError(f"the archive holds {info.filename!r}, which is not under {top}/; refused")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise ModelError(f"the archive holds a link or special file: {info.filename!r}; refused")
        if str(path).casefold() in seen:
            raise ModelError(f"the archive holds {info.filename!r} twice; refused")
        seen.add(str(path).casefold())
