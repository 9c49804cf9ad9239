"""The alarms of a node: looks once a second, at events, and at the moment a wait reaches a limit (R-Q-3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ..core.aio import supervise, woken
from ..core.clock import Clock, IdMaker, new_id, utc_now
from ..core.db import Database
from ..core.events import DomainEvent, EventBus
from ..core.settings import Settings
from ..core.webhook import WebhookLimits, Webhooks
from ..queue.alarm_conditions import Judge, Seen, Waiting
from ..queue.alarm_kinds import KINDS
from ..queue.alarm_message import as_json, worst_first
from ..queue.alarm_tables import forget, last_seen
from ..queue.alarms import AlarmBoard, AlarmCleared, AlarmEvent, AlarmRaised, Moment, step
from ..queue.states import AgentState, AgentStateChanged
from ..telephony.ami import AmiPort
from ..telephony.events import AgentAnswered, CallEnded, CallStored, HumanRequested, QueueEntered
from .alarm_probes import ClockWatch, JournalWatch, Probes
from .alarm_store import AlarmKeeper

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
LOOK_AT_MOST_EVERY_S = 0.2
STORE_LIMIT_S = 10.0
"""So long the first look waits for what stood before the restart."""
FIRST_LIMIT_S = 5.0
"""So long a disk may hang before everything else is looked at without it."""
FORGET_EVERY_S = 6 * 3600.0
_AFTER_LIMIT_S = 0.02

_CHANGING = (HumanRequested, QueueEntered, AgentAnswered, CallEnded, CallStored, AgentStateChanged)


@dataclass(frozen=True)
class Rates:
    """The shares of the last 24 h; None is an empty window."""

    sl15: float | None
    connect_rate: float | None


class Sources(Protocol):
    """What the alarms ask the service for; each answers at once from memory."""

    def waiting(self) -> Mapping[str, Waiting] | None:
        """Return the callers who wait for a human, by queue; None when that is not known."""
        ...

    def rates(self) -> Rates | None:
        """Return the shares of the whole hotline; None while they are not loaded."""
        ...

    def agents(self) -> tuple[AgentState, ...] | None:
        """Return every agent's state; None before the switch was looked at."""
        ...

    def switch_connected(self) -> bool:
        """Tell whether both lines to the switch stand."""
        ...

    def facts_told(self) -> tuple[int, int]:
        """Return how many facts came live and from the journal so far."""
        ...


class RobotSeen(Protocol):
    """What the alarms ask the callback robot's desk for."""

    @property
    def idle_s(self) -> float | None:
        """Return for how long something has been due and nothing was dialled."""
        ...

    def silent_s(self) -> Mapping[str, float]:
        """Return for how long each target has been refusing a result."""
        ...


class Alarms:
    """Raises and clears the alarms of a node, stores them and has them sent; ``run`` is supervised.

    ``stored`` is set once the database has its tables; a database that is away stops nothing here.
    ``notices_silent_s`` tells for how long endpoints of third lines have been refusing notices,
    ``actions_lost`` how many entries of the action log were lost so far.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        sources: Sources,
        actions: AmiPort,
        *,
        stored: asyncio.Event,
        clock: Clock = utc_now,
        make_id: IdMaker = new_id,
        webhook_limits: WebhookLimits | None = None,
        notices_silent_s: Callable[[], Mapping[str, float]] = dict,
        actions_lost: Callable[[], int] = int,
        robot: RobotSeen | None = None,
    ) -> None:
        self._node = settings.site.node
        self._database = database
        self._bus = bus
        self._sources = sources
        self._stored = stored
        self._clock = clock
        self._make_id = make_id
        self._notices_silent_s = notices_silent_s
        self._actions_lost = actions_lost
        self._robot = robot
        self._lost_before = 0
        self._judge = Judge(settings)
        self._keep = timedelta(days=settings.journal.keep_days)
        self._board = AlarmBoard()
        self._clock_watch = ClockWatch()
        self._journal_watch = JournalWatch()
        self._wanted = asyncio.Event()
        self.webhooks = Webhooks(
            database,
            settings.webhooks,
            settings.alarms.webhook_secret,
            node=self._node,
            clock=clock,
            limits=webhook_limits,
        )
        self.keeper = AlarmKeeper(database, self.webhooks, settings.site, clock=clock)
        self.probes = Probes(settings, database, self.keeper.loaded, actions, clock=clock)

    def active(self) -> list[dict[str, Any]]:
        """Return what stands now, the worst first: Chinese text, since when, severity, runbook page."""
        return sorted(
            (as_json(alarm, node=self._node) for alarm in self._board.raised.values()), key=worst_first
        )

    def failures(self) -> list[str]:
        """Return the faults of the node that stand, one line each: a healthy node has none."""
        return [f"{one['title']}：{one['text']}" for one in self.active() if KINDS[one["kind"]].is_fault]

    def hear(self, event: DomainEvent) -> None:
        """Look soon when something happened that an alarm may hang on; a listener of the bus."""
        if isinstance(event, _CHANGING):
            self._wanted.set()

    async def run(self) -> None:
        """Look, store and send, until cancelled."""
        try:
            async with asyncio.timeout(FIRST_LIMIT_S):
                await self.probes.first()
        except (OSError, ValueError) as error:  # a disk that hangs: the probe goes on
            log.warning("first look is incomplete", error=type(error).__name__)
        async with asyncio.TaskGroup() as group:
            for name, part in (
                ("alarm probes", self.probes.run),
                ("alarm load", self._load),
                ("alarm store", self.keeper.run),
                ("alarm webhooks", self._send),
                ("alarm looks", self._look_for_ever),
                ("alarm retention", self._forget_for_ever),
            ):
                group.create_task(supervise(name, part), name=name)

    async def _look_for_ever(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STORE_LIMIT_S):
                await self.keeper.loaded.wait()
        while True:
            pause = self.look()
            await asyncio.sleep(min(pause, LOOK_AT_MOST_EVERY_S))
            await woken(self._wanted, max(0.0, pause - LOOK_AT_MOST_EVERY_S))

    async def _load(self) -> None:
        """Take what stood before from the store, as soon as there is one."""
        await self._stored.wait()
        while not self.keeper.loaded.is_set():
            try:
                async with self._database.read() as session:
                    before = await last_seen(session, node=self._node)
                stored = await self.keeper.standing()
            except (SQLAlchemyError, OSError) as error:
                log.warning("alarms wait for the store", error=type(error).__name__)
                await asyncio.sleep(1.0)
                continue
            if before is not None:
                self._clock_watch.was_last_at(before - self._clock())
            self._board = self.keeper.adopt(stored, self._board)
        await asyncio.Event().wait()

    async def forget(self) -> int:
        """Remove alarms that were over before the oldest journal that is kept; returns how many."""
        async with self._database.write() as session:
            return await forget(session, self._clock() - self._keep, node=self._node)

    async def _forget_for_ever(self) -> None:
        await self.keeper.loaded.wait()
        while True:
            try:
                removed = await self.forget()
            except (SQLAlchemyError, OSError) as error:
                log.warning("old alarms cannot be removed", reason=str(error)[:200])
            else:
                if removed:
                    log.info("old alarms removed", count=removed)
            await asyncio.sleep(FORGET_EVERY_S)

    async def _send(self) -> None:
        await self.keeper.loaded.wait()
        await self.webhooks.run()

    def look(self) -> float:
        """Judge everything once; returns in how many seconds to look again."""
        now = Moment(self._clock(), asyncio.get_running_loop().time())
        seen = self._see(now)
        board, changes = step(self._board, self._judge.conditions(seen), now, self._make_id)
        self._board = board
        for alarm in changes:
            kind, told = KINDS[alarm.kind], {"kind": alarm.kind, "subject": alarm.subject, "id": alarm.id}
            event: AlarmEvent
            if alarm.cleared_at is None:
                log.warning(
                    "alarm raised", severity=kind.severity.value, level=kind.level, **told, **_of(alarm)
                )
                event = AlarmRaised(at=now.at, alarm=alarm, node=self._node)
            else:
                log.info("alarm cleared", stood_s=(now.at - alarm.raised_at).total_seconds(), **told)
                event = AlarmCleared(at=now.at, alarm=alarm, node=self._node)
            self._bus.publish(event)
        if changes:
            self.keeper.add(changes)
        return self._until_next_limit(seen)

    def _see(self, now: Moment) -> Seen:
        sources, probes = self._sources, self.probes
        connected = sources.switch_connected()
        rates = sources.rates()
        live, journal = sources.facts_told()
        lost, self._lost_before = self._actions_lost() - self._lost_before, self._actions_lost()
        moves = self._journal_watch.look(live, journal, probes.journal_is_readable, now.steady_s)
        return Seen(
            waiting=sources.waiting(),
            sl15=None if rates is None else rates.sl15,
            connect_rate=None if rates is None else rates.connect_rate,
            rates_known=rates is not None,
            agents=sources.agents() if connected else None,
            trunks=probes.trunks if connected else {},
            switch_connected=connected,
            journal_moves=moves,
            database_writes=probes.database_writes(),
            disk=probes.disk,
            clock_jump_s=self._clock_watch.look(now.at.timestamp(), now.steady_s),
            years_missing=probes.years_missing,
            webhooks_silent_s=self.webhooks.silent_s(),
            notices_silent_s=self._notices_silent_s(),
            actions_lost=lost,
            callbacks_silent_s={} if self._robot is None else self._robot.silent_s(),
            robot_idle_s=None if self._robot is None else self._robot.idle_s,
        )

    def _until_next_limit(self, seen: Seen) -> float:
        """Return the seconds until the next look: a second, or less when a wait reaches a limit before."""
        longest = [one.longest_s for one in (seen.waiting or {}).values()]
        left = [limit - wait for wait in longest for limit in self._judge.wait_limits_s if wait <= limit]
        return min(LOOK_EVERY_S, min(left, default=LOOK_EVERY_S) + _AFTER_LIMIT_S)


def _of(alarm: Any) -> dict[str, Any]:
    return {f"detail_{name}": value for name, value in alarm.details.items()}
