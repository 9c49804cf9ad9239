"""Installs a model from its publisher or from a file: an operator's command, never done at run time."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .catalogue import ModelEntry
from .errors import ModelError
from .model_pins import Pin, check_pin, read_pin, write_pin
from .safe_unzip import unzip
from .vosk_engine import check_folder

Progress = Callable[[str, int, int | None], None]
"""Called with the step (``fetch``, ``unpack``, ``check``), bytes so far, and the whole when known."""

_CHUNK = 1 << 18
_ANSWER_LIMIT_S = 30
_CHECK_LIMIT_S = 600
_DAY_S = 86_400
_TRY_MODEL = """
import sys, vosk
vosk.SetLogLevel(-1)
recogniser = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16000)
recogniser.AcceptWaveform(bytes(range(256)) * 250)
recogniser.FinalResult()
"""


@dataclass(frozen=True)
class Installed:
    """Where a model is now and what was recorded of its archive."""

    folder: Path
    sha256: str
    size: int
    first_use: bool
    """The digest was neither given nor known: it is trusted from now on."""


def install(
    one: ModelEntry,
    place: Path,
    *,
    source: Path | None = None,
    sha256: str | None = None,
    progress: Progress | None = None,
) -> Installed:
    """Put a model into ``place``, from its publisher or from the archive ``source``; all or nothing.

    Raises ``ModelError`` for what cannot be reached, is not what was expected or is no working model.
    """
    if one.embedded:
        raise ModelError(f"{one.name} is embedded and needs no installation")
    report = progress or _silent
    place.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(place)
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=place) as work_name:
        work = Path(work_name)
        archive = source or _fetch(one, work / "model.zip", report)
        digest, size = _digest(archive, one.archive_limit)
        pin = read_pin(place, one.name)
        check_pin(pin, name=one.name, sha256=digest, size=size, expected=sha256)
        unpacked = 0

        def count(more: int) -> None:
            nonlocal unpacked
            unpacked += more
            report("unpack", unpacked, None)

        folder = unzip(archive, work, top=one.folder, limit=one.unpacked_limit, progress=count)
        report("check", 0, None)
        check_folder(folder)
        _try(folder, one.name)
        target = place / one.folder
        if target.exists():
            target.rename(work / "replaced")
        folder.rename(target)
        write_pin(place, one.name, Pin(digest, size, given=sha256 is not None))
    return Installed(target, digest, size, first_use=pin is None and sha256 is None)


def _fetch(one: ModelEntry, target: Path, report: Progress) -> Path:
    try:
        request = urllib.request.Request(one.url, headers={"User-Agent": "hotline"})  # noqa: S310  # https, ours
        with (
            urllib.request.urlopen(request, timeout=_ANSWER_LIMIT_S) as answer,  # noqa: S310  # the same
            target.open("xb") as sink,
        ):
            length = answer.headers.get("Content-Length", "")
            whole = int(length) if length.isdigit() else None
            fetched = 0
            while chunk := answer.read(_CHUNK):
                fetched += len(chunk)
                if fetched > one.archive_limit:
                    raise ModelError(f"{one.url} sends more than {one.archive_limit} bytes; refused")
                sink.write(chunk)
                report("fetch", fetched, whole)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise ModelError(
            f"cannot fetch {one.url}: {reason}",
            mend=f"fetch it on another machine and run: hotline model install {one.name} --from FILE.zip",
        ) from error
    if whole is not None and fetched != whole:
        raise ModelError(f"{one.url} broke off after {fetched} of {whole} bytes", mend="try again")
    return target


def _digest(archive: Path, limit: int) -> tuple[str, int]:
    try:
        size = archive.stat().st_size
        if size > limit:
            raise ModelError(f"{archive} has {size} bytes, more than {limit}; refused")
        with archive.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), size
    except OSError as error:
        raise ModelError(f"cannot read {archive}: {error.strerror}", mend="check the path") from error


def _try(folder: Path, name: str) -> None:
    """Let a child process recognise something: a damaged model can end the whole process that loads it."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        tried = subprocess.run(  # noqa: S603  # our own interpreter, an argument list, no shell
            [sys.executable, "-c", _TRY_MODEL, str(folder)],
            env=environment,
            capture_output=True,
            timeout=_CHECK_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"the model {name} does not load within {_CHECK_LIMIT_S} s") from error
    if tried.returncode != 0:
        said = tried.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ModelError(
            f"the model {name} does not work: {said[-1] if said else f'status {tried.returncode}'}",
            mend="fetch it again; if it is whole, the machine may lack memory for it",
        )


def _silent(_step: str, _now: int, _whole: int | None) -> None:
    """Report to nobody."""


def _remove_leftovers(place: Path) -> None:
    """Remove what an installation killed more than a day ago left behind."""
    for leftover in place.glob(".installing-*"):
        if time.time() - leftover.stat().st_mtime > _DAY_S:
            shutil.rmtree(leftover, ignore_errors=True)
