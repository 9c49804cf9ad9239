"""Keeps the figures of the running service: made from the store at the start, call by call from then on.

What is counted is what was committed (``CallStored``) and, while a call goes on, what the tracker knows of
it; so a service that was away has the same figures as one that never was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..core.clock import Clock, to_us, utc_now
from ..core.db import Database
from ..core.errors import NotFoundError
from ..core.events import DomainEvent, EventBus
from ..core.settings import Settings
from ..queue.definitions import DAY_US, definitions
from ..queue.figure_book import FigureBook, Reading
from ..queue.figure_calls import FigureCall, of_record
from ..queue.figure_store import find_calls, read_calls
from ..queue.figure_views import QueueView, Waiting, iso, live_json, reading_json
from ..queue.periods import Span, Window
from ..queue.scopes import ALL, DaySums, group_scope, queue_scope, scope_of, sum_day
from ..queue.states import AgentState, AgentStateChanged
from ..telephony.call_figures import waiting_in
from ..telephony.calls import CallRecord
from ..telephony.events import CallEvent, CallStored
from ..telephony.tracker import Tracker

log = structlog.get_logger(__name__)

TICK_S = 1.0
CHECK_S = 15.0
"""How often open calls are compared with the tracker and the store, and other nodes' calls read again."""
OTHERS_US = 5 * 3600 * 1_000_000
"""How far back other nodes' calls are read again at each check: longer than any call lasts."""
HOUR_US = 3600 * 1_000_000
"""Of what is older, so much is read again at each check: corrections come late, as call-backs do."""
DAY_AGAIN_S = 600.0
"""So often one of the days that are held as sums is made anew, when there are other nodes."""
_RETRY_S = 1.0


class Figures:
    """The figures of the whole hotline as this node knows them; run ``run`` for ever.

    ``agents`` and ``alarms`` are asked at each ``live``.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        tracker: Tracker,
        bus: EventBus,
        *,
        agents: Callable[[], Sequence[AgentState]] = list,
        alarms: Callable[[], Sequence[object]] = list,
        clock: Clock = utc_now,
    ) -> None:
        groups = {agent.number: agent.group for agent in settings.agents if agent.group}
        self._zone, self._groups = ZoneInfo(settings.site.timezone), groups
        self._short_us = settings.figures.short_abandon_seconds * 1_000_000
        self.agents, self.alarms = agents, alarms
        self.definitions = definitions(settings.site.profile)
        self._book = self._new_book()
        self.loaded = False
        """Whether the last days have been read from the store; until then the figures are too small."""
        self.version = 0
        """Grows with every change that a live view shows; see ``changed``."""
        self._node = settings.site.node
        self._names = {agent.number: agent.name for agent in settings.agents}
        self._database = database
        self._tracker = tracker
        self._clock = clock
        self._queues = [
            QueueView(
                queue.name,
                queue.label,
                frozenset(agent.number for agent in settings.agents if queue.name in agent.queues),
            )
            for queue in settings.queues
        ]
        self._scopes = {ALL, *map(group_scope, groups.values()), *(queue_scope(q.name) for q in self._queues)}
        self._waiting: dict[str, Waiting] = {}
        self._has_others = False
        self._told: set[str] | None = set()
        self._unknown: set[str] = set()
        self._noted: set[str] = set()
        """Calls that something was told of since they were last taken in."""
        self._summing: list[Span] = []
        self._others_from_us = 0
        self._days_again: list[Span] = []
        self._change = asyncio.Event()
        self._advance()
        bus.listen(self._note)

    @property
    def book(self) -> FigureBook:
        """The calls and their sums, with everything that was told until now."""
        self._take_noted()
        return self._book

    def read(self, scope: str = ALL, window: Window = "24h") -> Reading:
        """Return the figures of a scope as of now; raises ``NotFoundError`` for an unknown scope."""
        found = scope_of(scope)
        if found not in self._scopes and found not in self.book.scopes():
            raise NotFoundError(
                f"there are no figures of {scope[:60]!r}", mend='"all", a queue\'s name, or "group:NAME"'
            )
        self._advance()
        return self.book.read(found, window)

    def metrics(self, scope: str = ALL, window: Window = "24h") -> dict[str, object]:
        """Return every figure of a scope as plain values.

        ``complete`` is false while days of the window are still being read from the store.
        """
        reading = self.read(scope, window)
        missing = [*self.book.stale, *self._summing]
        stale = window != "24h" and any(day.until_us > reading.span.since_us for day in missing)
        return {
            "at": iso(self.book.now_us),
            "scope": scope,
            "window": window,
            "since": iso(reading.span.since_us),
            "until": iso(reading.span.until_us),
            "complete": self.loaded and not stale,
            "figures": reading_json(reading, self.definitions, self.book.short_us),
        }

    def live(self) -> dict[str, object]:
        """Return who waits, what agents do, and the headline figures with their last 24 h."""
        self._advance()
        waiting, agents = list(self._waiting.values()), list(self.agents())
        found = live_json(self.book, self.definitions, waiting, self._queues, agents)
        named = [{**agent.as_json(), "name": self._names.get(agent.number)} for agent in agents]
        return {**found, "agents": named, "alarms": list(self.alarms()), "complete": self.loaded}

    async def changed(self, seen: int, limit_s: float) -> int:
        """Wait until ``version`` is another than ``seen``, at most so long; return it."""
        if self.version == seen:
            change = self._change
            try:
                async with asyncio.timeout(limit_s):
                    await change.wait()
            except TimeoutError:
                pass
        return self.version

    async def run(self) -> None:
        """Load the last days, then follow what is older and what others write; waits out the store."""
        next_check = next_day = 0.0
        waits = False
        loop = asyncio.get_running_loop()
        while True:
            try:
                if not self.loaded:
                    await self._load()
                self._advance()
                if self._unknown or loop.time() >= next_check:
                    await self._check()
                    next_check = loop.time() + CHECK_S
                if self._has_others and loop.time() >= next_day:
                    await self._sum_again()
                    next_day = loop.time() + DAY_AGAIN_S
                waits = False
                if (day := self.book.take_stale()) is not None:
                    await self._sum(day)
                    continue
            except (SQLAlchemyError, OSError) as error:
                if not waits:
                    log.warning("figures wait for the store", reason=str(error)[:300])
                waits = True
                await asyncio.sleep(_RETRY_S)
            await asyncio.sleep(TICK_S)

    def _new_book(self) -> FigureBook:
        book = FigureBook(self._zone, self._groups, short_us=self._short_us)
        book.is_whole = False
        return book

    def _advance(self) -> None:
        now_us = to_us(self._clock())
        if self._book.must_reload(now_us):
            log.warning("clock was set back, figures are loaded again", by_us=self._book.now_us - now_us)
            self._book, self.loaded, self._told = self._new_book(), False, set()
        self._book.advance(now_us)
        self._take_noted()

    async def _load(self) -> None:
        """Read the days whose calls are held one by one, the last 24 h first."""
        book = self.book
        now_us, floor_us = book.now_us, book.floor_us or 0
        begun = len(book)
        for since, until in ((now_us - DAY_US, None), (floor_us, now_us - DAY_US)):
            async for calls in read_calls(self._database, since, until):
                for call in calls:
                    self._has_others |= call.node != self._node
                    if self._told is None or call.id not in self._told:
                        book.put(call)
                self._touch()
                await asyncio.sleep(0)
        if book is not self._book:  # the clock was set back meanwhile: another book wants other days
            return
        self.loaded, self._told, book.is_whole = True, None, True
        log.info("figures loaded", calls=len(book) - begun)
        self._touch()

    async def _sum(self, day: Span) -> None:
        """Make the sums of a day before yesterday."""
        self._summing = [day]
        try:
            self.book.close_day(day, await self._sums_of(day))
        except BaseException:
            self.book.stale.add(day)
            raise
        finally:
            self._summing = []

    async def _sums_of(self, day: Span) -> dict[str, DaySums]:
        calls: list[FigureCall] = []
        async for portion in read_calls(self._database, day.since_us - DAY_US, day.until_us):
            calls += portion
            await asyncio.sleep(0)
        return await asyncio.to_thread(sum_day, calls, day, self.book.groups, self.book.short_us)

    async def _check(self) -> None:
        """Compare open calls with the tracker and the store; read what other nodes have written."""
        for record in self._tracker.open_calls():
            self._take(record)
        asked = {call.id for call in self.book.open_calls() if self._tracker.find(call.id) is None}
        asked |= self._unknown
        found = await find_calls(self._database, asked) if asked else {}
        for call_id in asked:
            if self._tracker.find(call_id) is not None:
                continue
            if call_id in found and found[call_id].node != self._node:
                self._put_other(found[call_id])
                continue
            if call_id in found:
                self.book.put(found[call_id])
            else:
                self.book.drop(call_id)
            self._waiting.pop(call_id, None)
        self._unknown -= asked
        since_us = self.book.now_us - OTHERS_US
        async for calls in read_calls(self._database, since_us, other_than=self._node):
            for call in calls:
                self._put_other(call)
        if self._has_others:
            await self._read_older(since_us)
        self._touch()

    async def _read_older(self, until_us: int) -> None:
        """Read the next hour of other nodes' older calls again, going round through all that are held."""
        floor_us = self.book.floor_us or 0
        if not floor_us <= self._others_from_us < until_us:
            self._others_from_us = floor_us
        since_us = self._others_from_us
        self._others_from_us = min(since_us + HOUR_US, until_us)
        async for calls in read_calls(self._database, since_us, self._others_from_us, other_than=self._node):
            for call in calls:
                self._put_other(call)

    async def _sum_again(self) -> None:
        """Make the next of the days that are held as sums anew, the latest first; what is held stands."""
        self._days_again = self._days_again or sorted(self.book.closed_days())
        if self._days_again:
            day = self._days_again.pop()
            self.book.close_day(day, await self._sums_of(day))

    def _put_other(self, call: FigureCall) -> None:
        self._has_others = True
        self.book.put(call)
        if call.is_waiting and call.t1_us is not None:
            self._waiting[call.id] = Waiting(call.t1_us, call.queue)
        else:
            self._waiting.pop(call.id, None)

    def _note(self, event: DomainEvent) -> None:
        """Hear of a change. A call is taken in when next somebody looks, since its events come in bursts.

        One that was stored is taken in at once: memory may let go of it.
        """
        if isinstance(event, CallEvent):
            if isinstance(event, CallStored):
                self._noted.discard(event.call)
                self._take_call(event.call)
            elif event.call in self._noted:
                return
            else:
                self._noted.add(event.call)
        elif not isinstance(event, AgentStateChanged):
            return
        self._touch()

    def _take_noted(self) -> None:
        while self._noted:
            self._take_call(self._noted.pop())

    def _take_call(self, call: str) -> None:
        record = self._tracker.find(call)
        if record is None:
            self._unknown.add(call)
        else:
            self._take(record)

    def _take(self, record: CallRecord) -> None:
        call = of_record(record, self._node)
        if self._told is not None:
            self._told.add(call.id)
        self._book.put(call)
        self._waiting.pop(call.id, None)
        if call.is_waiting and call.t1_us is not None:
            queue = waiting_in(record)
            if queue is not None:
                self._waiting[call.id] = Waiting(call.t1_us, queue or call.queue)

    def _touch(self) -> None:
        self.version += 1
        change, self._change = self._change, asyncio.Event()
        change.set()
