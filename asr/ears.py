"""Listens to a few legs for their answers: a door for sound, threads for recognisers, and the way back.

What is understood goes back as variables of the leg's channel: nothing that the switch does waits for it.
Voice navigation and the callback robot are made of it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import structlog

from ..core.clock import new_id
from ..core.settings import LiveAudioSettings
from ..telephony.ami import AmiPort
from ..telephony.ami_errors import AmiError
from ..telephony.audio_ports import LegOfCall
from ..telephony.audio_server import AudioServer
from ..telephony.audio_switch import listen
from .ear import Ear, Said, Speaks
from .engine import Engine

log = structlog.get_logger(__name__)

STUCK_S = 3.0
"""A thread that has been in one piece of sound for so long hangs: nothing more is promised."""


class Ears:
    """The streams of one part of the service, ``what`` for the log; ``serving`` must be entered first."""

    def __init__(self, where: LiveAudioSettings, ami: AmiPort, what: str, *, threads: int = 2) -> None:
        self._where = where
        self._ami = ami
        self._what = what
        self._server = AudioServer()
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=what.replace(" ", "-"))
        self._hearing: set[Ear] = set()
        """Those in the recogniser, also after they were closed: a thread that hangs does not come back."""
        self._failures = 0

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Take streams in for the length of the block; raises ``OSError`` when no port can be had."""
        async with self._server.listening(self._where.host, 0):
            yield

    @property
    def is_stuck(self) -> bool:
        """Whether a recogniser hangs."""
        now = time.monotonic()
        since = [ear.in_thread_since for ear in self._hearing]
        return any(began is not None and now - began > STUCK_S for began in since)

    async def hear(self, leg: LegOfCall, ear: Ear, engine: Engine | None, said: Said, speaks: Speaks) -> None:
        """Attach an ear and recognise until it is closed.

        Raises a group of ``HotlineError`` and ``OSError``.
        """
        secret = uuid.uuid4()
        self._hearing.add(ear)
        self._server.expect(secret.bytes, ear)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(listen(self._ami, leg, self._here(), secret, new_id()))
                group.create_task(ear.listen(engine, self.pool, said, speaks))
        finally:
            self._server.forget(secret.bytes)
            self._hearing.discard(ear)

    async def set(self, channel: str, name: str, value: str) -> bool:
        """Write a variable of a channel, or a global one; False when it could not be written."""
        fields = {"Variable": name, "Value": value} | ({"Channel": channel} if channel else {})
        try:
            await self._ami.action("Setvar", fields, limit_s=STUCK_S)
        except AmiError as error:
            if error.retryable:
                self.failed(error)
            return False  # not retryable: the channel has just ended
        return True

    def failed(self, error: BaseException) -> None:
        """Count a failure; log the first, and then each tenfold."""
        self._failures += 1
        if str(self._failures).strip("0") == "1":
            log.warning("cannot listen", what=self._what, reason=str(error), count=self._failures)

    def close(self) -> None:
        """Let the threads end."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _here(self) -> str:
        host = self._where.reached_at or self._where.host
        return f"{f'[{host}]' if ':' in host else host}:{self._server.port}"
