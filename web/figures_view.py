"""What the web asks of the figures; ``app/figures.py`` answers it."""

from __future__ import annotations

from typing import Protocol

from ..queue.periods import Window


class LiveView(Protocol):
    """Something that has a state of this moment, and knows when it changes."""

    def live(self) -> dict[str, object]:
        """Return the state of this moment."""
        ...

    async def changed(self, seen: int, limit_s: float) -> int:
        """Wait, at most so long, until there is another version than ``seen``; return it."""
        ...


class FiguresView(LiveView, Protocol):
    """The figures of this moment, every one with its definition's id and version."""

    def metrics(self, scope: str = "all", window: Window = "24h") -> dict[str, object]:
        """Return every figure of the whole hotline, a queue, or ``group:NAME``, in a window.

        Raises ``NotFoundError`` for a scope that does not exist.
        """
        ...

    def live(self) -> dict[str, object]:
        """Return who waits and answers now, the headline figures and the curve of the last 24 h."""
        ...
