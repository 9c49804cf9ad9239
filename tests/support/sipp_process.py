"""Starts SIPp for whoever plays phones with it, and reads the moments that it wrote down itself."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from support.ports import free_ports, sipp_media

AGREED = """\
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>"""
"""The step of a scenario that answers the request just received (BYE, CANCEL) with 200."""


class Moment(NamedTuple):
    """A line of SIPp's own log: what happened, to whom, and when (seconds since 1970)."""

    name: str
    words: tuple[str, ...]
    at: float


def noted(name: str, *words: str) -> str:
    """Return the action that writes a ``Moment`` within a step; words may be SIPp's ``[keywords]``."""
    text = escape(" ".join((name, *words)))
    return (
        '<action><gettimeofday assign_to="seconds,microseconds"/>'
        f'<log message="{text} [$seconds] [$microseconds]"/></action>'
    )


def moment(name: str, *words: str) -> str:
    """Return the step of a scenario that only writes a ``Moment``.

    SIPp may look at the network between two steps: what comes in then must be expected here.
    """
    return f"<nop>{noted(name, *words)}</nop>"


@dataclass(frozen=True)
class Sipp:
    """A SIPp at work, in a folder of its own."""

    folder: Path
    process: asyncio.subprocess.Process

    async def ended(self, limit_s: float) -> int:
        """Wait for its own end; returns its status, 0 when every call went as the scenario says."""
        async with asyncio.timeout(limit_s):
            return await self.process.wait()

    def moments(self) -> list[Moment]:
        """Return what it wrote down so far."""
        found: list[Moment] = []
        for line in _text(self.folder / "moments.log").splitlines():
            match line.split():
                case [name, *words, seconds, microseconds]:
                    found.append(Moment(name, tuple(words), float(seconds) + float(microseconds) / 1e6))
        return found

    def errors(self) -> str:
        """Return what it complained about."""
        return _text(self.folder / "errors.log")


@asynccontextmanager
async def sipp_running(
    scenario: str, *arguments: str, port: int | None = None, files: Mapping[str, str] | None = None
) -> AsyncGenerator[Sipp]:
    """Run SIPp for the length of the block; ``arguments`` may name the ``files`` that are written for it."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-sipp-"))
    for name, text in {"scenario.xml": scenario, **(files or {})}.items():
        (folder / name).write_text(text, encoding="utf-8")
    process = None
    try:
        process = await asyncio.create_subprocess_exec(
            *(_binary(), *arguments, "-sf", "scenario.xml", "-nostdin"),
            *("-i", "127.0.0.1", "-p", str(port or free_ports(1)[0]), "-mp", str(sipp_media())),
            *("-trace_logs", "-log_file", "moments.log", "-trace_err", "-error_file", "errors.log"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
        )
        yield Sipp(folder, process)
    finally:
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _binary() -> str:
    found = shutil.which("sipp")
    if found is None:
        raise FileNotFoundError("sipp is not installed; run: sudo apt-get install sip-tester")
    return found


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
