"""The switch comes first on a full machine: the service gives way, what it starts does not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

NICE = 10
"""A tenth of the share of a process of the normal priority (Linux weights 110 and 1024)."""


class FullPriority:
    """A thread that keeps the priority at which the process was started: make it before ``give_way``.

    Linux keeps a priority for each thread, and a child begins with that of the thread that forked it.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="full-priority")
        self._pool.submit(os.getpid).result()

    async def call(self, what: Callable[[], T]) -> T:
        """Run ``what`` in that thread; the processes that it starts have full priority."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, what)

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False)


def give_way() -> None:
    """Lower the calling thread and all that it starts from now on.

    Where the kernel weighs whole sessions against each other (autogroup), a priority counts only within
    its session; a service that leads its own (systemd, a container) lowers the session as well.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) < NICE:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")
