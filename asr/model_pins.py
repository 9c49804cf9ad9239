"""What a model's archive was when it was first installed: trust on first use, checked ever after.

The publisher gives no SHA-256, so none is built in. The first install records the archive's digest (or
checks the one that the operator gives); a later install of the same name must bring the same bytes.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import ModelError

_FILE = "pins.json"


@dataclass(frozen=True)
class Pin:
    """Digest and size of an archive; ``given`` when an operator named the digest beforehand."""

    sha256: str
    size: int
    given: bool


def read_pin(place: Path, name: str) -> Pin | None:
    """Return the recorded pin of a model, None when it was never installed here."""
    found = _read(place).get(name)
    return Pin(**found) if found else None


def write_pin(place: Path, name: str, pin: Pin) -> None:
    """Record a model's pin; the file is replaced as a whole."""
    pins = _read(place) | {name: asdict(pin)}
    new = place / f".{_FILE}.{os.getpid()}"
    new.write_text(json.dumps(pins, indent=2, sort_keys=True) + "\n", "utf-8")
    new.replace(place / _FILE)


def check_pin(pin: Pin | None, *, name: str, sha256: str, size: int, expected: str | None) -> None:
    """Raise ``ModelError`` unless an archive is what the operator or the pin says."""
    if expected is not None:
        if not re.fullmatch(r"[0-9a-f]{64}", expected.lower()):
            raise ModelError("--sha256 takes 64 hexadecimal digits")
        if expected.lower() != sha256:
            raise ModelError(
                f"the archive of {name} has SHA-256 {sha256}, not the one you gave",
                mend="do not use it; compare the digest with your source",
            )
    elif pin is not None and (pin.sha256, pin.size) != (sha256, size):
        raise ModelError(
            f"the archive of {name} is not the one first installed here "
            f"(SHA-256 {sha256}, {size} bytes; then {pin.sha256}, {pin.size} bytes)",
            mend="if the publisher replaced it, give the new digest with --sha256",
        )


def _read(place: Path) -> dict[str, Any]:
    try:
        return json.loads((place / _FILE).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ModelError(f"{place / _FILE} is damaged", mend="remove it to begin anew") from error
