"""Small asyncio tools: tasks that are always referenced, supervised and ended; threads that give way."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from .errors import HotlineError

log = structlog.get_logger(__name__)

Found = TypeVar("Found")

CANCEL_AGAIN_S = 2.0
"""Long enough for a task to put its things in order."""

_SAY_ENOUGH = (HotlineError, OSError, DBAPIError)


class TaskKeeper:
    """Keeps a reference to every background task, logs its failure and cancels all at the end.

    An error in one task never harms another: it is logged with its name and the task is over.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, coroutine: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run a coroutine in the background under a name that appears in the log."""
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def __len__(self) -> int:
        return len(self._tasks)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", task=task.get_name(), exc_info=error)

    async def stop(self, *, limit_s: float = 5.0) -> None:
        """Cancel every task and wait until it is gone, at most ``limit_s`` seconds.

        A cancellation can be lost in a library that catches it, so it is repeated until the task ends.
        """
        left = {task for task in self._tasks if task is not asyncio.current_task()}
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_s
        while left and loop.time() < end:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=min(CANCEL_AGAIN_S, limit_s))
        for task in left:
            log.error("task does not end", task=task.get_name())


async def end_the_rest(limit_s: float = 3.0) -> bool:
    """Cancel every other task of the loop; False, with each one named in the log, when some do not end."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        _, left = await asyncio.wait(left, timeout=limit_s)
    for task in left:
        log.error("task does not end", task=task.get_name(), waits=str(task.get_coro()))
    return not left


async def woken(event: asyncio.Event, limit_s: float) -> bool:
    """Wait for an event at most so long, and clear it; tell whether it was set.

    Unlike ``asyncio.wait_for`` of Python 3.11 it never loses a cancellation that comes with the event.
    """
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True


async def sought(
    look: Callable[[], Awaitable[Found | None]],
    *,
    limit_s: float,
    every_s: float,
    now: Callable[[], float] | None = None,
) -> Found | None:
    """Look until something is found, at least once and at most for so long; None: there was nothing."""
    now = now or asyncio.get_running_loop().time
    end = now() + limit_s
    while (found := await look()) is None and now() < end:  # noqa: ASYNC110  # it may be anything
        await asyncio.sleep(every_s)
    return found


async def supervise(
    name: str,
    run: Callable[[], Awaitable[None]],
    *,
    first_pause_s: float = 0.2,
    longest_pause_s: float = 10.0,
) -> None:
    """Run ``run`` for ever; when it fails or returns, log it and begin again after a growing pause.

    The same failure again and again is logged the first time and then at each tenfold; an error of ours
    and one from outside (a port, a server) say enough without a traceback.
    """
    pause = first_pause_s
    loop = asyncio.get_running_loop()
    last, count = "", 0
    while True:
        begun = loop.time()
        try:
            await run()
            log.warning("supervised part ended", part=name)
            last = ""
        except Exception as error:  # whatever a part raises, the others go on
            told = f"{type(error).__name__}: {error}"
            last, count = told, count + 1 if told == last else 1
            if str(count).strip("0") == "1":
                trace = None if isinstance(error, _SAY_ENOUGH) else error
                log.error("supervised part failed", part=name, error=told, count=count, exc_info=trace)
        if loop.time() - begun > longest_pause_s:
            pause = first_pause_s
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest_pause_s)


BACKGROUND_NICE, BACKGROUND_STEP = 10, 5


def background_pool(threads: int, *, name: str) -> ThreadPoolExecutor:
    """Return a pool for heavy work whose threads give way to the switch and to the rest of the service.

    On a full machine a call in progress comes first and a transcript comes later.
    """
    return ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=_give_way)


def _give_way() -> None:
    thread = threading.get_native_id()
    nice = max(BACKGROUND_NICE, os.getpriority(os.PRIO_PROCESS, thread) + BACKGROUND_STEP)
    with suppress(OSError):  # not allowed here: the work is done all the same
        os.setpriority(os.PRIO_PROCESS, thread, nice)
