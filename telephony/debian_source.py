"""Finds where this machine gets Debian packages from, so that no mirror's name is written here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ..core.errors import HotlineError

_FORMAT = "$(REPO_URI)|$(ORIGIN)|$(LABEL)"
_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
)
_TRUSTED = Path("/etc/apt/trusted.gpg.d")
USE_INSTEAD = (
    "install it with the machine's own tools (Ubuntu 24.04: sudo apt-get install asterisk), "
    "or run the image: docker compose -f docker/compose.yaml up"
)


class InstallError(HotlineError):
    """Asterisk cannot be fetched or unpacked here."""

    error_id = "asterisk.install"
    retryable = True
    status = 503


def require_tools() -> None:
    """Raise ``InstallError`` when this is no machine with apt and dpkg."""
    missing = [tool for tool in ("apt-get", "dpkg", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        names = " and ".join(missing)
        raise InstallError(f"{names} not found: this is not Debian or Ubuntu", mend=USE_INSTEAD)


def mirrors() -> list[str]:
    """Return the Debian mirrors of the machine's apt, the surest first.

    ``HOTLINE_DEBIAN_MIRROR`` names one instead. A machine whose package lists were never fetched does
    not know yet which of its sources is Debian's: then all of them are returned, to be tried in turn.
    """
    given = os.environ.get("HOTLINE_DEBIAN_MIRROR")
    if given:
        return [given]
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = choose(done.stdout, _os_id(Path("/etc/os-release")))
    if not found:
        raise InstallError(
            "this machine's apt has no Debian mirror", mend=f"{USE_INSTEAD}; or set HOTLINE_DEBIAN_MIRROR"
        )
    return found


def choose(targets: str, os_id: str) -> list[str]:
    """Return the mirrors in the output of ``apt-get indextargets`` that can hold Debian's ``sid``."""
    sure: list[str] = []
    unknown: list[str] = []
    for line in targets.splitlines():
        uri, _, rest = line.partition("|")
        origin, _, label = rest.partition("|")
        if not uri or uri.startswith("cdrom:") or "security" in uri or "security" in label.lower():
            continue
        if origin == "Debian" and label in ("Debian", ""):
            sure.append(uri)
        elif not origin or origin.startswith("$("):
            unknown.append(uri)
    if os_id == "ubuntu":
        unknown = []
    return list(dict.fromkeys([*sure, *unknown]))


def signed_by() -> str:
    """Return the source line's option that names Debian's keys, or nothing when apt trusts them anyway."""
    for name in _KEYRINGS:
        if Path(name).exists():
            return f"[signed-by={name}]"
    if any(_TRUSTED.glob("debian-archive-*")):
        return ""
    raise InstallError(
        "Debian's archive keys are not on this machine", mend="sudo apt-get install debian-archive-keyring"
    )


def _os_id(release: Path) -> str:
    try:
        lines = release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return values.get("ID", "").strip('"')
