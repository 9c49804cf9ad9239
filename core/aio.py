"""Small asyncio tools: tasks that are always referenced, supervised and ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


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
        """Cancel every task and wait until it is gone, at most ``limit_s`` seconds."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=limit_s)


async def supervise(
    name: str,
    run: Callable[[], Awaitable[None]],
    *,
    first_pause_s: float = 0.2,
    longest_pause_s: float = 10.0,
) -> None:
    """Run ``run`` for ever; when it fails or returns, log it and begin again after a growing pause."""
    pause = first_pause_s
    loop = asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            await run()
            log.warning("supervised part ended", part=name)
        except Exception as error:  # whatever a part raises, the others go on
            log.exception("supervised part failed", part=name, error=str(error))
        if loop.time() - begun > longest_pause_s:
            pause = first_pause_s
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest_pause_s)
