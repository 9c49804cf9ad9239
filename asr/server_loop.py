"""The one event loop, in a thread of its own, that carries every stream to recognition servers."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any, TypeVar

Result = TypeVar("Result")

_END_LIMIT_S = 2.0
_starting = Lock()
_loops: list[asyncio.AbstractEventLoop] = []


def the_loop() -> asyncio.AbstractEventLoop:
    """Return the loop, begun at its first use; it ends with the process."""
    with _starting:
        if not _loops:
            loop = asyncio.new_event_loop()
            thread = Thread(target=loop.run_forever, name="asr-server-client", daemon=True)
            thread.start()
            atexit.register(_end, loop, thread)
            _loops.append(loop)
        return _loops[0]


def begin(work: Coroutine[Any, Any, Result]) -> Future[Result]:
    """Run a coroutine in the loop; the future's ``cancel`` cancels it."""
    return asyncio.run_coroutine_threadsafe(work, the_loop())


def _end(loop: asyncio.AbstractEventLoop, thread: Thread) -> None:
    async def end_all() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_END_LIMIT_S)
        loop.stop()

    asyncio.run_coroutine_threadsafe(end_all(), loop)
    thread.join(_END_LIMIT_S + 1)
    if not thread.is_alive():
        loop.close()
