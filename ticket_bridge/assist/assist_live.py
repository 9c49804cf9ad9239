"""Suggestions of the calls in progress: hears the bus, tells the bus, acts never (R-T-9, R-T-12, R-R-4).

Best effort: what is lost to a full queue is counted and harms no call. Everything of a call ends with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from ...asr.live_events import SpeechHeard, SpeechPartial
from ...core.clock import Clock, utc_now
from ...core.db import Database
from ...core.events import DomainEvent, EventBus
from ...core.settings import Settings
from ...telephony.calls import CallRecord
from ...telephony.events import CallEnded, LineChanged
from ..live.live_context import OpenCalls
from ..live.live_events import DraftChanged
from ..repeats.repeat_watch import Repeats
from . import assist_tables
from .assist import AssistOfCall, warm_up
from .assist_events import Suggested
from .assist_proposals import Proposal, targets
from .prosody import Level

log = structlog.get_logger(__name__)

MOST_WAITING, MOST_CALLS, MOST_ENDED = 5000, 1000, 2000
LAST_WORDS = timedelta(seconds=3)
"""So long after a call's end its last words may still be recognised."""
WRITE_EVERY_S, LOOK_LIMIT_S, LOOK_EVERY = 0.5, 5.0, timedelta(seconds=3)
_HEARD = (SpeechHeard, SpeechPartial, DraftChanged, LineChanged, CallEnded)
_CALLED_IN = frozenset({"asked", "dial", "ringing", "answered", "joined"})
_COMPARED = ("kind", "domain", "place", "title")


@dataclass
class _Open:
    """A call in progress."""

    assist: AssistOfCall
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    looked_for: tuple[Any, ...] | None = None
    looked_at: datetime | None = None
    ends_at: datetime | None = None


class Assist:
    """Give it every event (``hear``), run it supervised (``run``); ``standing`` is what is proposed now."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        *,
        caller_of: Callable[[str], str],
        begun_us: Callable[[str], int | None] = lambda _call: None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._bus = bus
        self._caller_of = caller_of
        self._begun_us = begun_us
        self._clock = clock
        self._node = settings.site.node
        self._targets = targets(settings)
        self._repeats = Repeats(settings.tickets.repeats)
        self._waiting: asyncio.Queue[DomainEvent] = asyncio.Queue(MOST_WAITING)
        self._unwritten: deque[Suggested] = deque(maxlen=MOST_WAITING)
        self._open: dict[str, _Open] = {}
        self._due: dict[str, datetime] = {}
        """When a guess will have stood long enough, by call."""
        self._ended: deque[str] = deque(maxlen=MOST_ENDED)
        self.lost = 0
        """Events that a full queue did not take, calls beyond the most, suggestions not written down."""

    def hear(self, event: DomainEvent) -> None:
        """Take an event of the bus; returns at once."""
        if not isinstance(event, _HEARD):
            return
        if isinstance(event, (LineChanged, CallEnded)) and event.call not in self._open:
            return
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            self._lose("assist is behind: what was heard is not read for suggestions")

    def level(self, call: str, level: Level) -> None:
        """Take a loudness of a call's citizen; it counts at his next sentence."""
        if (found := self._open.get(call)) is not None:
            found.assist.level(level)

    def standing(self, call: str) -> list[Suggested]:
        """Return what is proposed in a call now, the oldest first; nothing for a call that is over."""
        found = self._open.get(call)
        return [] if found is None else found.assist.standing()

    def shown(self, call: str) -> list[dict[str, Any]]:
        """Return what is proposed in a call now, as the API and the stream give it."""
        return [suggestion_json(one) for one in self.standing(call)]

    async def run(self) -> None:
        """Read, look up and write until cancelled."""
        await asyncio.to_thread(warm_up)
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._read(), name="assist: read")
            parts.create_task(self._look_up(), name="assist: look up")
            parts.create_task(self._write(), name="assist: write")

    async def _read(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._pause_s()):
                    event = await self._waiting.get()
            except TimeoutError:
                self._believe()
                self._end_calls()
                continue
            try:
                self._tell(self._take(event))
            except Exception:  # a fault of ours on one sentence must not stop the others
                log.exception("no suggestions for what was heard", event_type=type(event).__name__)
            self._believe()
            self._end_calls()
            await asyncio.sleep(0)  # what waits is read without keeping the loop from others

    def _pause_s(self) -> float:
        """Return for how long nothing need be done unless something is heard."""
        due = min(self._due.values(), default=None)
        left_s = WRITE_EVERY_S if due is None else (due - self._clock()).total_seconds()
        return min(max(left_s, 0.001), WRITE_EVERY_S)

    def _believe(self) -> None:
        """Propose what guesses have gone on saying."""
        now = self._clock()
        for call in [call for call, due in self._due.items() if due <= now]:
            found = self._open.get(call)
            if found is not None:
                self._tell(found.assist.held(now))
            self._wait_for(call, now)

    def _wait_for(self, call: str, now: datetime) -> None:
        found = self._open.get(call)
        due = None if found is None else found.assist.due(now)
        if due is None:
            self._due.pop(call, None)
        else:
            self._due[call] = due

    def _take(self, event: DomainEvent) -> list[Suggested]:
        match event:
            case SpeechHeard() | SpeechPartial() | DraftChanged():
                call = self._call(event.call)
                if call is None:
                    return []
                if isinstance(event, SpeechHeard):
                    return call.assist.heard(event)
                if isinstance(event, SpeechPartial):
                    told = call.assist.partial(event)
                    self._wait_for(event.call, event.at)
                    return told
                call.fields = event.fields
                return call.assist.drafted(event.fields, event.at)
            case LineChanged() if event.step in _CALLED_IN:
                found = self._open.get(event.call)
                return [] if found is None else found.assist.called_in(event.target, event.at)
            case CallEnded():
                self._open[event.call].ends_at = self._clock() + LAST_WORDS
            case _:
                pass
        return []

    def _call(self, call: str) -> _Open | None:
        if (found := self._open.get(call)) is not None:
            return found
        if call in self._ended:
            return None
        if len(self._open) >= MOST_CALLS:
            self._lose("assist has too many calls: a call is not read for suggestions")
            return None
        return self._open.setdefault(call, _Open(self._new(call)))

    def _new(self, call: str) -> AssistOfCall:
        return AssistOfCall(call, self._targets, begun_us=lambda: self._begun_us(call))

    def _end_calls(self) -> None:
        now = self._clock()
        for call, found in [(c, o) for c, o in self._open.items() if o.ends_at is not None]:
            if found.ends_at is not None and found.ends_at <= now:
                self._tell(found.assist.ended(now))
                del self._open[call]
                self._ended.append(call)

    def _tell(self, events: list[Suggested]) -> None:
        for event in events:
            if len(self._unwritten) == self._unwritten.maxlen:
                self._lose("a suggestion was told and will not be written down")
            self._unwritten.append(event)
            self._bus.publish(event)

    async def _look_up(self) -> None:
        """Look for repeats of each call's caller and matter whenever its draft has changed."""
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            for call, found in list(self._open.items()):
                wanted = tuple((found.fields.get(name) or {}).get("value") for name in _COMPARED)
                now = self._clock()
                early = found.looked_at is not None and now - found.looked_at < LOOK_EVERY
                if wanted == found.looked_for or early:
                    continue
                found.looked_for, found.looked_at = wanted, now
                proposals = await self._repeated(call, found, now)
                if proposals is not None and call in self._open:
                    self._tell(found.assist.repeated(proposals, now))

    async def _repeated(self, call: str, found: _Open, now: datetime) -> list[Proposal] | None:
        caller = self._caller_of(call)
        try:
            async with asyncio.timeout(LOOK_LIMIT_S), self._database.read() as session:
                return await self._repeats.proposals(session, caller, call, found.fields, now)
        except (DBAPIError, OSError, TimeoutError):
            self._lose("repeats are not looked for: the store does not answer")
            return None

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            events = [self._unwritten.popleft() for _ in range(len(self._unwritten))]
            if not events:
                continue
            try:
                async with self._database.write(derived=True) as session:
                    await assist_tables.store(session, events, node=self._node)
            except (DBAPIError, OSError):
                self._unwritten.extendleft(reversed(events))
                self._lose("suggestions are not written down: the store does not answer")
                await asyncio.sleep(LOOK_LIMIT_S)

    def _lose(self, message: str) -> None:
        if not self.lost:
            log.warning(message, waiting=self._waiting.qsize(), calls=len(self._open))
        self.lost += 1


def caller_of(settings: Settings, find: Callable[[str], CallRecord | None]) -> Callable[[str], str]:
    """Return what tells a call's caller, from memory; empty while nobody knows."""
    calls = OpenCalls(settings, find)
    return lambda call: calls(call).caller


def suggestion_json(event: Suggested) -> dict[str, Any]:
    """Return a suggestion as the API and the stream give it."""
    return {
        "id": event.id,
        "kind": event.kind,
        "text": event.text,
        "data": dict(event.data),
        "evidence": [piece.to_json() for piece in event.evidence],
        "at": event.at,
        "withdrawn": event.withdrawn,
    }
