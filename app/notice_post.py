"""Hands messages over to the store, which has them sent; while it is away they go from memory at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..core.aio import TaskKeeper
from ..core.webhook import Webhooks
from ..core.webhook_store import Message

log = structlog.get_logger(__name__)

AWAY_S = 0.5
"""A database that has not taken a message for so long is not waited for: it is sent from memory."""
_AGAIN_S = 1.0

T = TypeVar("T")
IsTold = Callable[[], bool]
Write = Callable[[IsTold], Coroutine[Any, Any, None]]
"""Writes a message down, told at that moment whether its target has taken it already."""


class NotWrittenYetError(Exception):
    """What a message belongs to is still to be written: it was told from memory."""


class NoticePost:
    """Messages of one sender; at least once each, and in the log of deliveries in the end."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks
        self._tasks = TaskKeeper()

    async def hand_over(self, webhook: str, message: Message, delivery: str, write: Write) -> None:
        """Give a message to the store; while that takes long send it from memory, too."""
        told = False
        storing = self._tasks.start(self.again(lambda: write(lambda: told)), name=f"notice {delivery}")
        while not told:
            done, _ = await asyncio.wait({storing}, timeout=AWAY_S)
            if done:
                self._webhooks.wake()
                return
            told = (await self._webhooks.send(webhook, message, delivery=delivery)).ok
            log.warning("notice waits for the store", delivery=delivery, sent_from_memory=told)

    async def soon(self, work: Coroutine[Any, Any, T], late: T) -> T:
        """Return what the database gives, or ``late`` when that takes too long or fails."""
        task = self._tasks.start(self._answer(work, late), name="notice question")
        done, _ = await asyncio.wait({task}, timeout=AWAY_S)
        return task.result() if done else late

    async def again(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do something as soon as the database is there for it."""
        while True:
            try:
                return await do()
            except (SQLAlchemyError, OSError, NotWrittenYetError) as error:
                log.debug("notice cannot be stored", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_S)

    async def close(self) -> None:
        """Stop what is still to be written; the next process finds it undone."""
        await self._tasks.stop()

    async def _answer(self, work: Coroutine[Any, Any, T], late: T) -> T:
        try:
            return await work
        except (SQLAlchemyError, OSError):
            return late
