"""A private PostgreSQL cluster for tests: made, started and thrown away, as a user who is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    if (initdb := shutil.which("initdb")) is not None:
        return Path(initdb).parent
    raise RuntimeError("PostgreSQL's initdb is missing; mend it with: sudo apt-get install postgresql")


def _user() -> str | None:
    """The user to run the cluster as; None is the present one. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Cluster:
    """A running cluster, reached by a socket in its folder."""

    def __init__(self, folder: Path, user: str | None, binaries: Path) -> None:
        self.folder = folder
        self._user = user
        self._binaries = binaries

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        if self._user is not None:
            command = ["runuser", "-u", self._user, "--", *command]
        done = subprocess.run(
            command,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    def start(self) -> None:
        self.run(
            "initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", "hotline", "-E", "UTF8", "-N"
        )
        self.start_again()

    def start_again(self) -> None:
        """Start what was made and stopped before."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-o", options, "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def new_database(self) -> str:
        """Make an empty database; return its URL for SQLAlchemy."""
        name = f"t{uuid4().hex[:12]}"
        self.run("createdb", "-h", str(self.folder), "-U", "hotline", name)
        return f"postgresql+asyncpg://hotline@/{name}?host={self.folder}"


@contextmanager
def running_cluster() -> Generator[Cluster]:
    user = _user()
    with tempfile.TemporaryDirectory(prefix="hotline-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        cluster = Cluster(folder, user, _binaries())
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
