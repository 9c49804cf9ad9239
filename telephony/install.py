"""Gets Asterisk 22 from Debian's ``sid`` into the user's cache folder, without root (docs/adr/0010).

A private apt root and ``dpkg -x`` touch nothing of the machine's own packages; the unpacked Asterisk
brings its own libc and runs with its own loader.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from . import installation
from .debian_source import USE_INSTEAD, InstallError, mirrors, require_tools, signed_by
from .installation import Asterisk

SUITE, COMPONENT, PACKAGE = "sid", "main", "asterisk"
SPACE_NEEDED = 700 << 20
"""Bytes: lists, packages and the unpacked files, with room to spare."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how much of how much (0 of 0 when not known)."""

_SAFE = re.compile(r"[^A-Za-z0-9.+~-]")


def install(progress: Progress, *, upgrade: bool = False) -> Asterisk:
    """Return an Asterisk that starts: one that is here already, or one that is fetched now.

    ``upgrade`` fetches even when the cache holds one. Blocking, about 30 s; at most one at a time.
    """
    if (found := installation.on_path()) is not None or (not upgrade and (found := installation.in_cache())):
        return found
    require_tools()
    folder = installation.asterisk_folder()
    with _locked(folder):
        if not upgrade and (found := installation.in_cache()) is not None:
            return found  # another process has just done it
        free = shutil.disk_usage(folder).free
        if free < SPACE_NEEDED:
            raise InstallError(
                f"{folder} has {free >> 20} MB free, {SPACE_NEEDED >> 20} MB are needed",
                mend="make room, or set HOTLINE_CACHE to another folder",
            )
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as temporary:
            return _fetch(Path(temporary), folder, progress)


def _fetch(work: Path, folder: Path, progress: Progress) -> Asterisk:
    options = ["-c", str(_apt_root(work))]
    _update(work, options, progress)
    _download(options, progress)
    packages = sorted((work / "var/cache/apt/archives").glob("*.deb"))
    prefix = work / "prefix"
    prefix.mkdir()
    _unpack(packages, prefix, progress)
    progress("trying it", 0, 0)
    if installation.unpacked(prefix) is None:
        raise InstallError("the unpacked Asterisk does not start here", mend=USE_INSTEAD)
    main = next(file for file in packages if file.name.startswith(f"{PACKAGE}_"))
    target = folder / _SAFE.sub(
        "_", _run(["dpkg-deb", "-f", str(main), "Version"]).strip().rpartition(":")[2]
    )
    if target.exists():
        shutil.rmtree(target)
    prefix.rename(target)
    found = installation.unpacked(target)
    if found is None:
        raise InstallError(f"Asterisk in {target} does not start", mend=f"remove {target} and install again")
    return found


def _apt_root(work: Path) -> Path:
    """Make a private apt root and return its configuration; the machine's proxy settings stay in force."""
    for name in ("etc/apt/sources.list.d", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
        (work / name).mkdir(parents=True)
    for name in ("etc/apt/preferences.d", "var/lib/dpkg", "var/log/apt"):
        (work / name).mkdir(parents=True)
    (work / "var/lib/dpkg/status").touch()
    architecture = _run(["dpkg", "--print-architecture"]).strip()
    config = work / "apt.conf"
    config.write_text(
        f"""\
#clear APT::Update;
#clear APT::Architectures;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
Dir::State "{work}/var/lib/apt";
Dir::State::status "{work}/var/lib/dpkg/status";
Dir::Cache "{work}/var/cache/apt";
Dir::Log "{work}/var/log/apt";
Dir::Etc::sourcelist "{work}/etc/apt/sources.list";
Dir::Etc::sourceparts "{work}/etc/apt/sources.list.d";
Dir::Etc::preferences "{work}/etc/apt/preferences";
Dir::Etc::preferencesparts "{work}/etc/apt/preferences.d";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "{_user()}";
APT::Install-Recommends "false";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Binary::apt-get::APT::Keep-Downloaded-Packages "true";
APT::Keep-Downloaded-Packages "true";
""",
        encoding="utf-8",
    )
    return config


def _user() -> str:
    """Return the user apt stays: root would step down to one who cannot enter the cache folder."""
    return "root" if os.geteuid() == 0 else ""


def _update(work: Path, options: list[str], progress: Progress) -> None:
    failures: list[str] = []
    for mirror in mirrors():
        progress("reading the package lists", 0, 0)
        line = f"deb {signed_by()} {mirror} {SUITE} {COMPONENT}\n".replace("  ", " ")
        (work / "etc/apt/sources.list").write_text(line, encoding="utf-8")
        done = _apt([*options, "--error-on=any", "update"])
        if done.returncode == 0:
            return
        failures.append(_reason(done.stdout))
    raise InstallError(
        f"the package lists of {SUITE} cannot be read: {'; '.join(failures)}",
        mend="check the network and the machine's apt proxy, then run it again",
    )


def _download(options: list[str], progress: Progress) -> None:
    arguments = [*options, "install", "--download-only", "--yes", "--no-install-recommends", PACKAGE]
    total, got, lines = 0, 0, list[str]()
    with subprocess.Popen(
        ["apt-get", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=_environment(),
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if match := re.search(r"(\d+) newly installed", line):
                total = int(match[1])
            elif line.startswith("Get:"):
                got += 1
                progress("downloading packages", got, total)
    if process.returncode != 0:
        raise InstallError(
            f"the packages cannot be downloaded: {_reason(''.join(lines))}",
            mend="run it again; when it stays so, sid is being changed: try in an hour",
        )


def _unpack(packages: list[Path], prefix: Path, progress: Progress) -> None:
    def unpack(package: Path) -> None:
        _run(["dpkg-deb", "-x", str(package), str(prefix)])

    # Base packages first: they lay down the links (lib -> usr/lib) that others unpack through.
    first = [file for file in packages if file.name.startswith(("base-files_", "usr-is-merged_"))]
    for package in first:
        unpack(package)
    rest = [file for file in packages if file not in first]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for done, _ in enumerate(pool.map(unpack, rest), 1 + len(first)):
            progress("unpacking", done, len(packages))


def _apt(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=600,
        env=_environment(),
        check=False,
    )


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300, check=False)
    if done.returncode != 0:
        raise InstallError(f"{' '.join(command[:2])} failed: {_reason(done.stderr)}", mend="run it again")
    return done.stdout


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    bad = [line for line in lines if line.startswith(("E:", "Err:", "dpkg"))]
    return (bad or lines or ["no reason given"])[0][:300]


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / ".lock").open("w")
    except OSError as error:
        raise InstallError(
            f"{folder} cannot be written: {error.strerror}", mend="set HOTLINE_CACHE"
        ) from error
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
