"""Which Asterisk is on this machine: the one on PATH, or the one in the user's cache folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import HotlineError

OLDEST = 20
"""The oldest major version whose modules, variables and events ours are written for."""

_VERSION = re.compile(r"^Asterisk (?P<text>(?:certified[/-])?(?P<major>\d+)\.(?P<minor>\d+)\S*)")


class AsteriskMissingError(HotlineError):
    """No Asterisk that can be used is on this machine."""

    error_id = "asterisk.missing"
    status = 503


@dataclass(frozen=True)
class Asterisk:
    """An Asterisk that starts; build command lines with ``command``.

    ``loader`` and ``libraries`` are set for an unpacked one, which runs with its own libc.
    ``modules`` is None when the binary's own built-in folder is right; ``data`` is where it keeps its
    documentation and English sounds.
    """

    binary: Path
    version: str
    data: Path
    modules: Path | None = None
    loader: Path | None = None
    libraries: tuple[Path, ...] = ()

    @property
    def number(self) -> tuple[int, int]:
        """Return (major, minor)."""
        match = _VERSION.match(f"Asterisk {self.version}")
        return (int(match["major"]), int(match["minor"])) if match else (0, 0)

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs it with these arguments."""
        if self.loader is None:
            return [str(self.binary), *arguments]
        path = ":".join(str(folder) for folder in self.libraries)
        return [str(self.loader), "--library-path", path, str(self.binary), *arguments]

    def module_names(self) -> frozenset[str] | None:
        """Return the modules it has (``app_queue`` …), or None when their folder is not known."""
        folders = [self.modules] if self.modules else list(Path("/usr").glob("lib*/**/asterisk/modules"))
        names = frozenset(file.stem for folder in folders if folder for file in folder.glob("*.so"))
        return names or None


def cache_folder() -> Path:
    """Return the folder of everything that can be fetched again; ``HOTLINE_CACHE`` moves it."""
    given = os.environ.get("HOTLINE_CACHE")
    if given:
        return Path(given).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hotline"


def asterisk_folder() -> Path:
    """Return the folder with one sub-folder per unpacked version."""
    return cache_folder() / "asterisk"


def version_of(command: list[str]) -> str | None:
    """Return the version a binary reports, or None when it does not start."""
    try:
        done = subprocess.run(  # noqa: S603  # an argument list and no shell
            [*command, "-V"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.match(done.stdout)
    return match["text"] if done.returncode == 0 and match else None


def unpacked(prefix: Path) -> Asterisk | None:
    """Return the Asterisk in an unpacked prefix; the loader and the libraries' folder are looked for."""
    binary = prefix / "usr/sbin/asterisk"
    modules = next(iter(sorted(prefix.glob("usr/lib/*/asterisk/modules"))), None)
    if modules is None or not binary.exists():
        return None
    libraries = modules.parent.parent
    loader = next(iter(sorted(libraries.glob("ld-linux*.so*"))), None)
    if loader is None:
        return None
    folders = (libraries, *(folder for folder in (prefix / "lib" / libraries.name,) if folder.is_dir()))
    found = Asterisk(binary, "", prefix / "usr/share/asterisk", modules, loader, folders)
    version = version_of(found.command())
    return None if version is None else _with_version(found, version)


def on_path() -> Asterisk | None:
    """Return the Asterisk on PATH (``/usr/sbin`` too), when it is new enough."""
    binary = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        return None
    version = version_of([binary])
    if version is None:
        return None
    found = Asterisk(Path(binary), version, _first_folder(("/usr/share/asterisk", "/var/lib/asterisk")))
    return found if found.number[0] >= OLDEST else None


def in_cache() -> Asterisk | None:
    """Return the newest unpacked Asterisk that starts."""
    found = [unpacked(folder) for folder in _prefixes()]
    return max((one for one in found if one), key=lambda one: (one.number, one.version), default=None)


def find() -> Asterisk | None:
    """Return the Asterisk to use: PATH first, then the cache folder."""
    return on_path() or in_cache()


def require() -> Asterisk:
    """Return the Asterisk to use, or say how to get one."""
    found = find()
    if found is None:
        raise AsteriskMissingError("no Asterisk on this machine", mend="run: hotline asterisk install")
    return found


def _prefixes() -> Iterable[Path]:
    folder = asterisk_folder()
    return [] if not folder.is_dir() else (one for one in folder.iterdir() if not one.name.startswith("."))


def _first_folder(candidates: Iterable[str]) -> Path:
    folders = [Path(one) for one in candidates]
    return next((one for one in folders if (one / "documentation").is_dir()), folders[0])


def _with_version(found: Asterisk, version: str) -> Asterisk:
    return Asterisk(found.binary, version, found.data, found.modules, found.loader, found.libraries)
