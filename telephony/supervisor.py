"""Keeps a switch running: adopts or starts it, and starts it again when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import structlog

from ..core.clock import Clock, to_us, utc_now
from ..core.errors import HotlineError
from .death_note import note_death
from .process import gone
from .runtime import Runtime

log = structlog.get_logger(__name__)


class SwitchState(StrEnum):
    """What the supervisor knows of the switch."""

    STARTING = "starting"
    RUNNING = "running"
    DIED = "died"
    FAILED = "failed"


@dataclass(frozen=True)
class SwitchChange:
    """A change of the switch's state, as the callback of ``Supervisor`` gets it."""

    state: SwitchState
    pid: int | None = None
    adopted: bool = False
    """It was running already: its calls and its journal go on."""
    error: HotlineError | None = None
    """Why it could not be started (``FAILED``); it is tried again after a pause."""


class Supervisor:
    """Runs until cancelled; being cancelled leaves the switch, and its calls, alone.

    ``on_change`` is called for every change, in order, in the event loop; its exceptions are logged.
    """

    def __init__(
        self,
        runtime: Runtime,
        on_change: Callable[[SwitchChange], None] = lambda _change: None,
        *,
        first_pause_s: float = 0.2,
        longest_pause_s: float = 10.0,
        steady_s: float = 30.0,
        clock: Clock = utc_now,
    ) -> None:
        self._runtime = runtime
        self._on_change = on_change
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._steady_s = steady_s
        self._clock = clock
        self.last: SwitchChange | None = None

    async def run(self) -> None:
        """Adopt or start the switch, wait for its death, and again, for ever."""
        pause = self._first_pause_s
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            if (pid := await self._up()) is not None:
                await gone(pid)
                died_us = to_us(self._clock())
                self._report(SwitchChange(SwitchState.DIED, pid))
                await self._note_death(died_us)
            if loop.time() - begun > self._steady_s:
                pause = self._first_pause_s
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._longest_pause_s)

    async def _note_death(self, at_us: int) -> None:
        """Have the journal say when it was, for the calls that died with it."""
        try:
            await asyncio.to_thread(note_death, self._runtime.paths.log / "queue_log", at_us)
        except OSError as error:  # their end is then known by the next start
            log.warning("switch's death cannot be noted", reason=str(error))

    async def _up(self) -> int | None:
        try:
            running = await self._runtime.pid()
            if running is None:
                self._report(SwitchChange(SwitchState.STARTING))
            pid = await self._runtime.start()
        except HotlineError as error:
            self._report(SwitchChange(SwitchState.FAILED, error=error))
            return None
        self._report(SwitchChange(SwitchState.RUNNING, pid, adopted=pid == running))
        return pid

    def _report(self, change: SwitchChange) -> None:
        self.last = change
        level = log.error if change.state in (SwitchState.DIED, SwitchState.FAILED) else log.info
        level("switch state", state=change.state.value, pid=change.pid, error=str(change.error or ""))
        try:
            self._on_change(change)
        except Exception:  # the watcher's fault must not end the watch
            log.exception("switch state listener failed")
