"""Domain events and the in-process bus that carries them to whoever shows or stores them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """Something that happened, named in the past tense; ``at`` is the source's own time in UTC."""

    at: datetime


class Subscription:
    """A bounded view on the bus; when its reader is too slow the oldest events are dropped and counted."""

    def __init__(self, limit: int) -> None:
        self._queue: asyncio.Queue[DomainEvent] = asyncio.Queue(limit)
        self.dropped = 0

    def offer(self, event: DomainEvent) -> None:
        """Add an event, dropping the oldest when full."""
        if self._queue.full():
            self._queue.get_nowait()
            self.dropped += 1
        self._queue.put_nowait(event)

    async def __aiter__(self) -> AsyncIterator[DomainEvent]:
        """Give events as they come, for ever."""
        while True:
            yield await self._queue.get()


class EventBus:
    """Publishes domain events to listeners (called at once) and subscriptions (read later)."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[DomainEvent], None]] = []
        self._subscriptions: set[Subscription] = set()

    def listen(self, listener: Callable[[DomainEvent], None]) -> None:
        """Call ``listener`` for every event; its exceptions are logged and harm nobody."""
        self._listeners.append(listener)

    @contextmanager
    def subscribe(self, *, limit: int = 1000) -> Generator[Subscription]:
        """Give a subscription for the length of the block."""
        subscription = Subscription(limit)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def publish(self, event: DomainEvent) -> None:
        """Hand an event to everyone."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # a listener's fault must not stop the others
                log.exception("listener failed", event_type=type(event).__name__)
        for subscription in self._subscriptions:
            subscription.offer(event)
