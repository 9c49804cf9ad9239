"""What a check of ``hotline doctor`` says: fine, to be looked at, or broken, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """The result of one check; ``mend`` is what to do next, empty when nothing is to be done."""

    check: str
    status: Status
    message: str
    mend: str = ""
    setting: str = ""
    """The setting that it is about, when it is about one: ``web.port``."""


def ok(check: str, message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, "ok", message)


def warn(check: str, message: str, mend: str) -> Finding:
    """Return a finding of something that works and yet should be looked at."""
    return Finding(check, "warn", message, mend)


def fail(check: str, message: str, mend: str, *, setting: str = "") -> Finding:
    """Return a finding of something that keeps the hotline from working."""
    return Finding(check, "fail", message, mend, setting)
