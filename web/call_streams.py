"""What happens in one call, to everybody who looks at it: the one way in which events become a stream.

Events come from the bus once, are rendered once for all viewers of their call, and not at all when there
is none. A viewer holds a bounded number of events; one who is slower than that misses them and is given
the state anew, so that nothing it shows is older than it says. A kind may be of something else
than calls, such as the campaigns of the callback robot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..core.errors import HotlineError, NotFoundError
from ..core.events import DomainEvent, EventBus
from ..telephony.events import CallEnded
from . import sse
from .masking import Sight, seen

LONGEST_S = 4 * 3600.0
MOST_VIEWERS = 300
KEPT = 200
ENDED = "ended"

Told = Mapping[str, Any]


class TooManyStreamsError(HotlineError):
    """More streams at a time than a node gives."""

    error_id = "stream.too_many"
    retryable = True
    status = 503


@dataclass(frozen=True)
class Kind:
    """A kind of stream: its name in the log, and which events it tells under which name.

    ``state`` returns what is there now; None when there is no such call. ``is_over`` tells of a call whose
    end was told before the viewer came. ``replaced`` maps an event's name
    to the field by which a newer one takes the place of an older one that was not sent yet. When the call
    has ended the stream goes on for ``linger_s``: what was said last is still being written down.
    """

    name: str
    events: Mapping[type[DomainEvent], str]
    state: Callable[[str], Told | None]
    replaced: Mapping[str, str] = field(default_factory=dict[str, str])
    is_over: Callable[[str], bool] = lambda _call: False
    linger_s: float = 0.0
    too_many: type[HotlineError] = TooManyStreamsError
    told: Callable[[DomainEvent], Told] | None = None
    of: str = "call"
    """What the streams are of: the field of the events that names it."""
    last: type[DomainEvent] = CallEnded
    """The event after which nothing more is told."""
    list_at: str = "GET /api/v1/calls"


@dataclass(eq=False)
class Viewer:
    """The events that one viewer was not sent yet, each with what a newer one would replace."""

    waiting: deque[tuple[object, bytes]] = field(default_factory=deque[tuple[object, bytes]])
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    missed: bool = False
    ends_at: float | None = None
    end: bytes = b""
    sight: Sight = Sight.WHOLE

    def offer(self, key: object, event: bytes) -> None:
        """Put an event in; too many, and all are missed. ``key`` None replaces nothing."""
        if key is not None:
            for index, (other, _) in enumerate(self.waiting):
                if other == key:
                    del self.waiting[index]
                    break
        self.waiting.append((key, event))
        if len(self.waiting) > KEPT:
            self.waiting.clear()
            self.missed = True
        self.woken.set()


class CallStreams:
    """Gives the streams of one kind; ``close`` ends them all."""

    def __init__(self, bus: EventBus, kind: Kind) -> None:
        self._kind = kind
        self._viewers: dict[str, set[Viewer]] = {}
        self._count = 0
        self._closed = False
        bus.listen(self._hear)

    @property
    def viewers(self) -> int:
        """How many look at the moment."""
        return self._count

    def watched(self) -> frozenset[str]:
        """Return what is looked at."""
        return frozenset(self._viewers)

    def state(self, call: str) -> Told | None:
        """Return what is there of a call now; None when there is no such call."""
        return self._kind.state(call)

    async def answer(self, request: web.Request, sight: Sight = Sight.WHOLE) -> web.StreamResponse:
        """Send what is there, then every change, until the call ends or the viewer goes."""
        call = request.match_info["id"]
        if self._count >= MOST_VIEWERS:
            raise self._kind.too_many(f"{MOST_VIEWERS} streams are open", mend="close some")
        if self.state(call) is None:
            what, mend = self._kind.of, f"see {self._kind.list_at}"
            raise NotFoundError(f"there is no {what} {call[:60]!r} in progress", mend=mend)
        viewer = Viewer(sight=sight)
        if self._kind.is_over(call):
            self._end(viewer, sse.encode(ENDED, {self._kind.of: call}))
        self._viewers.setdefault(call, set()).add(viewer)
        self._count += 1
        try:
            return await sse.send(
                request, self._events(call, viewer), what=self._kind.name, longest_s=LONGEST_S
            )
        finally:
            self._count -= 1
            there = self._viewers[call]
            there.discard(viewer)
            if not there:
                del self._viewers[call]

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for viewers in self._viewers.values():
            for viewer in viewers:
                viewer.woken.set()

    def _hear(self, event: DomainEvent) -> None:
        call = getattr(event, self._kind.of, "")
        viewers = self._viewers.get(call)
        if not viewers or type(event) not in self._kind.events:
            return
        made = {sight: self.encoded(event, sight) for sight in {viewer.sight for viewer in viewers}}
        for viewer in viewers:
            if (told := made[viewer.sight]) is None:
                continue
            if isinstance(event, self._kind.last):
                self._end(viewer, told[1])
            else:
                viewer.offer(*told)

    def encoded(self, event: DomainEvent, sight: Sight = Sight.WHOLE) -> tuple[object, bytes] | None:
        """Return how an event is sent, behind what a newer one replaces; None for one of another kind."""
        if (name := self._kind.events.get(type(event))) is None:
            return None
        data = self._kind.told(event) if self._kind.told is not None else fields_of(event)
        key = (name, data.get(self._kind.replaced[name])) if name in self._kind.replaced else None
        return key, sse.encode(name, seen(data, sight))

    def _end(self, viewer: Viewer, event: bytes) -> None:
        viewer.end = event
        viewer.ends_at = asyncio.get_running_loop().time() + self._kind.linger_s
        viewer.woken.set()

    async def _events(self, call: str, viewer: Viewer) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        viewer.waiting.clear()
        yield self._present(call, viewer.sight)
        while not self._closed:
            if viewer.missed:
                viewer.missed = False
                viewer.waiting.clear()
                yield self._present(call, viewer.sight)
            while viewer.waiting:
                yield viewer.waiting.popleft()[1]
            wait_s = sse.HEARTBEAT_S
            if viewer.ends_at is not None:
                wait_s = viewer.ends_at - loop.time()
                if wait_s <= 0:
                    yield viewer.end
                    return
            viewer.woken.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await viewer.woken.wait()
            except TimeoutError:
                if viewer.ends_at is None:
                    yield sse.ALIVE

    def _present(self, call: str, sight: Sight) -> bytes:
        return sse.encode("state", seen(self.state(call) or {self._kind.of: call}, sight))


def fields_of(event: DomainEvent) -> dict[str, Any]:
    """Return an event's fields, those without a value left out."""
    return {name: value for name, value in vars(event).items() if value is not None and value != ""}
