"""Hands events to handlers: those of one key in order, keys side by side, with bounded memory.

The reader only calls ``offer``. What waits is bounded in bytes: at the limit ``on_full`` is called (the
client stops reading the socket) and at half of it ``on_room``. No event is ever thrown away here; a
switch that finds its reader too slow ends the connection, which is handled as any other loss.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from ..core.aio import TaskKeeper
from .ami_message import AmiMessage

log = structlog.get_logger(__name__)

Handler = Callable[[AmiMessage], Awaitable[None] | None]
"""An ``async def`` runs in the lane of its key; a plain function is called at once, in order (for quick
work without I/O, such as a reducer)."""
KeyOf = Callable[[AmiMessage], str]

MESSAGE_OVERHEAD = 600
"""Bytes that a waiting message takes besides its text."""
_BATCH = 256
_KNOWN_NAMES = 500


def linkedid(message: AmiMessage) -> str:
    """Return the key of the call that an event belongs to; empty when it belongs to none."""
    return message.get("LinkedID" if message.name == "CEL" else "Linkedid")


@dataclass(eq=False)
class _Route:
    handler: Handler
    key: KeyOf
    is_async: bool
    failures: int = 0


@dataclass(eq=False)
class _Lane:
    route: _Route
    waiting: deque[AmiMessage] = field(default_factory=deque[AmiMessage])


def _nothing() -> None:
    return


class Dispatcher:
    """Routes messages to handlers; see the module for order and bounds. Counters are for the metrics."""

    def __init__(
        self,
        *,
        limit_bytes: int = 32 << 20,
        handler_limit_s: float = 30.0,
        on_full: Callable[[], None] = _nothing,
        on_room: Callable[[], None] = _nothing,
    ) -> None:
        self._limit = limit_bytes
        self._handler_limit_s = handler_limit_s
        self._on_full = on_full
        self._on_room = on_room
        self._routes: dict[str, list[_Route]] = {}
        self._table: dict[str, list[_Route]] = {}
        self._inbox: deque[AmiMessage] = deque()
        self._lanes: dict[tuple[_Route, str], _Lane] = {}
        self._keeper = TaskKeeper()
        self._pump_due = False
        self._holding = False
        self._full = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.waiting_bytes = 0
        self.most_waiting_bytes = 0
        self.handled = 0
        self.failed = 0
        self.pauses = 0

    def on(self, name: str, handler: Handler, *, key: KeyOf = linkedid) -> None:
        """Call ``handler`` for every event of a name (``*``: of every name that is let through)."""
        route = _Route(handler, key, inspect.iscoroutinefunction(handler))
        self._routes.setdefault(name, []).append(route)
        self._table.clear()

    @property
    def lanes(self) -> int:
        """How many keys have something waiting or running."""
        return len(self._lanes)

    def offer(self, message: AmiMessage) -> None:
        """Take a message; never waits and never raises."""
        self._inbox.append(message)
        self._take(len(message.raw) + MESSAGE_OVERHEAD)
        if not self._pump_due and not self._holding:
            self._schedule()

    def hold(self) -> None:
        """Keep what comes from now on until ``release``."""
        self._holding = True

    def release(self) -> None:
        """Hand out what was held, in order."""
        self._holding = False
        if self._inbox and not self._pump_due:
            self._schedule()

    async def drained(self, *, limit_s: float) -> bool:
        """Wait until every message is handled; False when the limit comes first."""
        try:
            async with asyncio.timeout(limit_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Cancel running handlers and forget what waits."""
        self.hold()
        await self._keeper.stop()
        self._lanes.clear()
        self._inbox.clear()
        self.waiting_bytes = 0
        self._idle.set()

    def _schedule(self) -> None:
        self._pump_due = True
        asyncio.get_running_loop().call_soon(self._pump)

    def _take(self, size: int) -> None:
        waiting = self.waiting_bytes
        if not waiting:
            self._idle.clear()
        self.waiting_bytes = waiting = waiting + size
        if waiting >= self._limit and not self._full:
            self._full = True
            self.pauses += 1
            log.warning("events wait, reading pauses", waiting_bytes=waiting, lanes=self.lanes)
            self._on_full()

    def _give(self, size: int) -> None:
        self.most_waiting_bytes = max(self.most_waiting_bytes, self.waiting_bytes)
        self.waiting_bytes -= size
        if self._full and self.waiting_bytes <= self._limit // 2:
            self._full = False
            self._on_room()
        if self.waiting_bytes <= 0:
            self._idle.set()

    def _pump(self) -> None:
        self._pump_due = False
        if self._holding:
            return
        inbox, table = self._inbox, self._table
        size = handled = 0
        for _ in range(min(_BATCH, len(inbox))):
            message = inbox.popleft()
            size += len(message.raw) + MESSAGE_OVERHEAD
            for route in table[message.name] if message.name in table else self._find_routes(message.name):
                try:
                    if route.is_async:
                        self._enqueue(route, message)
                    else:
                        route.handler(message)
                        handled += 1
                except (Exception, asyncio.CancelledError) as error:  # must not reach the connection
                    self._note_failure(route, message, error)
        self.handled += handled
        self._give(size)
        if inbox:
            self._schedule()

    def _find_routes(self, name: str) -> list[_Route]:
        if len(self._table) >= _KNOWN_NAMES:
            self._table.clear()
        found = self._table[name] = [*self._routes.get(name, ()), *self._routes.get("*", ())]
        return found

    def _enqueue(self, route: _Route, message: AmiMessage) -> None:
        name = (route, route.key(message))
        self._take(len(message.raw) + MESSAGE_OVERHEAD)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane(route)
            self._keeper.start(self._drain(name, lane), name="AMI lane")
        lane.waiting.append(message)

    def _note_failure(self, route: _Route, message: AmiMessage, error: BaseException) -> None:
        """Count a handler's failure; log the first ones, then ever fewer: a flood of them costs more."""
        self.failed += 1
        route.failures += 1
        if route.failures <= 10 or route.failures & (route.failures - 1) == 0:
            log.error("handler failed", event_name=message.name, failures=route.failures, exc_info=error)

    async def _drain(self, name: tuple[_Route, str], lane: _Lane) -> None:
        while lane.waiting:
            message = lane.waiting.popleft()
            try:
                async with asyncio.timeout(self._handler_limit_s):
                    result = lane.route.handler(message)
                    if result is not None:
                        await result
                self.handled += 1
            except (Exception, asyncio.CancelledError) as error:  # a handler over its time limit among them
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
                self._note_failure(lane.route, message, error)
            self._give(len(message.raw) + MESSAGE_OVERHEAD)
        del self._lanes[name]
