"""Runs an Asterisk of our own: start, stop, status, reload, and commands for its console.

It runs in a session of its own and belongs to nobody: it outlives the service that started it, and the
next one adopts it by its control socket.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from ..core.errors import HotlineError
from ..core.priority import FullPriority
from ..core.settings import Settings
from . import asterisk_config
from .asterisk_config import Paths
from .console import ConsoleError, ask
from .installation import Asterisk
from .ports import check_ports
from .process import alive, gone

log = structlog.get_logger(__name__)

START_LIMIT_S = 30.0
CALLS_LIMIT_S = 60.0
"""So long a graceful stop waits for the calls, unless told otherwise."""
NOW_LIMIT_S = 10.0
"""A switch that is to end at once is killed by then: one that had just begun hung for a minute at times."""
_UPTIME = re.compile(r"System uptime: (\d+)")
_CALLS = re.compile(r"^(\d+)(?: of \d+ max)? active calls?", re.MULTILINE)
_CHANNELS = re.compile(r"^(\d+) active channels?", re.MULTILINE)
_STREAM = re.compile(r"^AudioSocket/", re.MULTILINE)
"""A channel of live audio, which is part of no call."""

# `sh` writes its own process id, then becomes Asterisk; `setsid --fork` takes it out of our session and
# gives it to init, so that neither our death nor a closed terminal reaches it.
_DETACH = ("setsid", "--fork", "sh", "-c", 'echo $$ >"$0" && exec "$@"')


class StartError(HotlineError):
    """Asterisk ended, or was not ready in time, at its start."""

    error_id = "asterisk.start_failed"
    retryable = True
    status = 503


class StopError(HotlineError):
    """The switch did not end in the time given."""

    error_id = "asterisk.stop_failed"
    retryable = True
    status = 503


class NotRunningError(HotlineError):
    """The switch is not running."""

    error_id = "asterisk.not_running"
    retryable = True
    status = 503


@dataclass(frozen=True)
class Status:
    """What the switch is doing; counts are None when it is not running."""

    running: bool
    pid: int | None = None
    version: str | None = None
    since: datetime | None = None
    channels: int | None = None
    calls: int | None = None
    """Calls processed at this moment."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {**asdict(self), "since": self.since.isoformat() if self.since else None}


class Runtime:
    """One Asterisk for one ``Settings``; ``asterisk`` None for one that runs elsewhere on the same state.

    With ``priority`` the switch is started at full priority by a service that gives way itself.
    """

    def __init__(
        self, settings: Settings, asterisk: Asterisk | None, *, priority: FullPriority | None = None
    ) -> None:
        self.settings = settings
        self.asterisk = asterisk
        self._priority = priority
        self.paths = Paths.of(settings, asterisk)

    async def console(self, command: str, *, limit_s: float = 10.0) -> str:
        """Run a console command (``rasterisk -rx``) and return what it prints."""
        try:
            return (await ask(self.paths.socket, command, limit_s=limit_s)).text
        except ConsoleError as error:
            raise NotRunningError(
                "the switch does not answer on its control socket", mend="hotline asterisk start"
            ) from error

    async def pid(self) -> int | None:
        """Return the process id of the running switch, or None; a stale pid file is no running switch."""
        try:
            return (await ask(self.paths.socket, "core show version", limit_s=5)).pid
        except ConsoleError:
            return None

    async def status(self) -> Status:
        """Return what the switch is doing."""
        try:
            answer = await ask(self.paths.socket, "core show uptime seconds", limit_s=5)
            counts = (await ask(self.paths.socket, "core show channels count", limit_s=5)).text
            listed = (await ask(self.paths.socket, "core show channels concise", limit_s=5)).text
        except ConsoleError:
            return Status(running=False)
        uptime = _UPTIME.search(answer.text)
        now = datetime.now(UTC).replace(microsecond=0)
        since = datetime.fromtimestamp(now.timestamp() - int(uptime[1]), UTC) if uptime else None
        calls, channels = _CALLS.search(counts), _CHANNELS.search(counts)
        return Status(
            running=True,
            pid=answer.pid,
            version=answer.version,
            since=since,
            channels=max(int(channels[1]) - len(_STREAM.findall(listed)), 0) if channels else None,
            calls=int(calls[1]) if calls else None,
        )

    async def start(self, *, limit_s: float = START_LIMIT_S) -> int:
        """Render, start and wait until it is fully booted; return its process id. Running: adopt it.

        Raises ``PortInUseError`` before anything is started, ``StartError`` with the log's last lines.
        """
        running = await self.pid()
        await asyncio.to_thread(asterisk_config.render, self.settings, self.asterisk)
        if running is not None:
            return running
        if self.asterisk is None:
            raise NotRunningError("the switch runs elsewhere and does not answer", mend="start its container")
        await asyncio.to_thread(check_ports, self.settings)
        mark = self._log_size()
        await self._spawn(self.asterisk)
        try:
            async with asyncio.timeout(limit_s):
                pid = await self._ready()
        except TimeoutError:
            raise StartError(
                f"Asterisk was not ready after {limit_s:.0f} s", mend=f"see {self.paths.messages}"
            ) from None
        except _EndedError:
            last = self._log_since(mark)
            raise StartError(
                f"Asterisk ended at its start: {last}", mend=f"see {self.paths.messages}"
            ) from None
        log.info("switch started", pid=pid)
        return pid

    async def stop(self, *, graceful: bool = False, limit_s: float | None = None) -> bool:
        """Stop the switch and wait until it is gone; False when it was not running.

        ``graceful`` takes no new call and waits for the running ones to end, at most ``limit_s``;
        otherwise they are hung up at once, and a switch that does not end by then is killed.
        """
        if limit_s is None:
            limit_s = CALLS_LIMIT_S if graceful else NOW_LIMIT_S
        pid = await self.pid()
        if pid is None:
            return False
        try:
            await self.console(f"core stop {'gracefully' if graceful else 'now'}")
        except NotRunningError:
            log.info("switch closed its console while stopping", pid=pid)
        try:
            async with asyncio.timeout(limit_s):
                await self._ended(pid)
        except TimeoutError:
            if graceful:
                await self.console("core abort shutdown")
                raise StopError(
                    f"calls were still running after {limit_s:.0f} s; the switch goes on",
                    mend="try again later, or stop it now and hang them up",
                ) from None
            if self.asterisk is None:
                raise StopError(
                    f"the switch was still there after {limit_s:.0f} s", mend="stop its container"
                ) from None
            os.kill(pid, signal.SIGKILL)
            await gone(pid)
        log.info("switch stopped", pid=pid, graceful=graceful)
        return True

    async def reload(self) -> list[Path]:
        """Render and let the running switch read its files again, calls untouched; return what changed."""
        changed = await asyncio.to_thread(asterisk_config.render, self.settings, self.asterisk)
        await self.console("core reload", limit_s=30)
        return changed

    async def _ended(self, pid: int) -> None:
        if self.asterisk is not None:
            await gone(pid)
            return
        while await self.pid() is not None:  # noqa: ASYNC110  # its process is not of this machine's table
            await asyncio.sleep(0.5)

    async def _spawn(self, asterisk: Asterisk) -> None:
        self.paths.pid_file.unlink(missing_ok=True)
        command = asterisk.command("-f", "-C", str(self.paths.config))
        # Times in its files are UTC; nothing of the caller's environment reaches it.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.paths.run), "TZ": "UTC"}

        def spawn() -> None:
            with (self.paths.log / "console.log").open("ab") as output:
                subprocess.run(
                    (*_DETACH, str(self.paths.pid_file), *command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**environment, "LANG": "C.UTF-8"},
                    cwd=self.paths.spool,
                    check=True,
                )

        await (self._priority.call(spawn) if self._priority else asyncio.to_thread(spawn))

    async def _ready(self) -> int:
        while True:
            try:
                answer = await ask(self.paths.socket, "core waitfullybooted", limit_s=START_LIMIT_S)
                if "fully booted" in answer.text:  # very early the console knows no command yet
                    return answer.pid
            except ConsoleError:
                if (pid := self._spawned()) is not None and not alive(pid):
                    raise _EndedError from None
            await asyncio.sleep(0.05)

    def _spawned(self) -> int | None:
        try:
            return int(self.paths.pid_file.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def _log_size(self) -> int:
        return self.paths.messages.stat().st_size if self.paths.messages.exists() else 0

    def _log_since(self, mark: int) -> str:
        lines: list[str] = []
        for file, begin in ((self.paths.messages, mark), (self.paths.log / "console.log", 0)):
            if file.exists():
                with file.open("rb") as stream:
                    stream.seek(max(begin, file.stat().st_size - 4000))
                    lines = stream.read().decode(errors="replace").splitlines()
            if bad := [line for line in lines if "ERROR" in line]:
                return bad[-1]
        return lines[-1] if lines else "it wrote no log"


class _EndedError(Exception):
    """The process ended before it was ready."""
