"""Checks of the machine: Python, Asterisk, voice, tools of the demo, name, clock, calendar."""

from __future__ import annotations

import asyncio
import ctypes
import platform
import shutil
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable

from ..ivr.audio import PromptError
from ..ivr.prompts import synthesise
from ..telephony import installation
from .finding import Finding, fail, ok, warn

OLDEST_PYTHON = (3, 11)
_TIME_ERROR = 5
_RESOLVE_LIMIT_S = 3.0


def python() -> Iterable[Finding]:
    """Say which Python runs."""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        yield fail("python", f"{version} is too old", "use Python 3.11 or newer, then: make setup")
    else:
        yield ok("python", f"{version} ({sys.executable})")


def asterisk() -> Iterable[Finding]:
    """Say which Asterisk would be used."""
    found = installation.find()
    if found is not None:
        yield ok("asterisk", f"{found.version} ({found.binary})")
    else:
        yield warn("asterisk", "not on this machine", "hotline asterisk install   (without root, about 30 s)")


async def voice() -> Iterable[Finding]:
    """Speak a word, since a library without its data, or an old voice, only shows in use."""
    try:
        sound = await synthesise("doctor", "您好")
    except PromptError as error:
        return [fail("voice", error.message, error.mend)]
    return [ok("voice", f"espeak-ng speaks Mandarin ({sound.seconds:.1f} s for 您好)")]


def tools() -> Iterable[Finding]:
    """Say whether the demo's phones are there; a hotline in service does without."""
    missing = [package for tool, package in (("baresip", "baresip-core"),) if not shutil.which(tool)]
    if missing:
        names = " ".join(missing)
        yield warn("demo tools", f"not installed: {names}", f"for `hotline demo`: apt-get install {names}")
    else:
        yield ok("demo tools", "baresip")


async def host_name() -> Iterable[Finding]:
    """Resolve our own name: without an answer Asterisk waits 10 s at the first browser call."""
    name = socket.gethostname()
    mend = f"add to /etc/hosts: 127.0.1.1 {name}"
    try:
        async with asyncio.timeout(_RESOLVE_LIMIT_S):
            found = await asyncio.get_running_loop().getaddrinfo(name, None)
    except TimeoutError:
        return [warn("host name", f"{name} does not resolve within {_RESOLVE_LIMIT_S:.0f} s", mend)]
    except OSError:
        return [warn("host name", f"{name} does not resolve", mend)]
    return [ok("host name", f"{name} is {found[0][4][0]}")]


def clock_synchronised() -> bool | None:
    """Return what the kernel says of its clock; None when it cannot be asked."""
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(512)  # struct timex; modes = 0 only reads
    struct.pack_into("I", buffer, 0, 0)
    state = libc.adjtimex(buffer)
    return None if state < 0 else state != _TIME_ERROR


def time_source() -> Iterable[Finding]:
    """Say whether the clock is kept right: every wait is measured on it, across nodes too."""
    synchronised = clock_synchronised()
    if synchronised:
        yield ok("time source", "the clock is synchronised")
    else:
        what = "unknown" if synchronised is None else "not synchronised"
        yield warn("time source", f"the clock is {what}", "apt-get install systemd-timesyncd (or chrony)")


MACHINE_CHECKS: tuple[tuple[str, Callable[[], Iterable[Finding] | Awaitable[Iterable[Finding]]]], ...] = (
    ("python", python),
    ("asterisk", asterisk),
    ("voice", voice),
    ("demo tools", tools),
    ("host name", host_name),
    ("time source", time_source),
)
