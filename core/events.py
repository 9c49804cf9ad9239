"""Domain events and the in-process bus that carries them to whoever shows or stores them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """Something that happened, named in the past tense; ``at`` is the source's own time in UTC."""

    at: datetime


class EventBus:
    """Publishes domain events to listeners, called at once."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[DomainEvent], None]] = []

    def listen(self, listener: Callable[[DomainEvent], None]) -> None:
        """Call ``listener`` for every event; its exceptions are logged and harm nobody."""
        self._listeners.append(listener)

    def publish(self, event: DomainEvent) -> None:
        """Hand an event to everyone."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # a listener's fault must not stop the others
                log.exception("listener failed", event_type=type(event).__name__)
