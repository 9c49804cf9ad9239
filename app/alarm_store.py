"""Carries alarms' changes into the store with what the webhooks are to send, in one transaction.

While the store is away the changes are kept, and the webhooks are told from memory: that the database
cannot be written is news that must not wait for the database. A target that was refusing when the store went
away is left out: what it has not taken yet is older, and stands in the store. Order goes before haste.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from ..core.aio import woken
from ..core.clock import Clock
from ..core.db import Database
from ..core.settings import Site
from ..core.webhook import Webhooks
from ..queue import alarm_tables as tables
from ..queue.alarm_kinds import KINDS
from ..queue.alarm_message import message_id, message_of
from ..queue.alarms import Alarm, AlarmBoard

log = structlog.get_logger(__name__)

AWAY_S = 3.0
"""A store that has not taken a change for so long is away: the webhooks are told without it."""
_AGAIN_S = 1.0
_TELL_AGAIN_S = 5.0
_MOST_REDONE = 3
"""So often in a row a store is begun anew because a target took something meanwhile."""


@dataclass(eq=False)
class _Change:
    alarm: Alarm
    told: set[str] = field(default_factory=set[str])
    """The webhooks' targets that have taken it already."""
    telling: set[str] = field(default_factory=set[str])
    """Those that it is being sent to."""
    sealed: bool = False
    """It is being committed with who has taken it: nobody is told of it from memory now."""
    silent: bool = False
    """Nobody is told of it."""


class AlarmKeeper:
    """The stored side of the alarms of one node; ``run`` writes what ``add`` was given, in order."""

    def __init__(self, database: Database, webhooks: Webhooks, site: Site, *, clock: Clock) -> None:
        self._database = database
        self._webhooks = webhooks
        self._site = site
        self._clock = clock
        self._changes: list[_Change] = []
        self._failures = 0
        self._redone = 0
        self._behind: frozenset[str] = frozenset()
        """Targets that were refusing when the store went away."""
        self._woken = asyncio.Event()
        self.loaded = asyncio.Event()
        """Set once it is known what stood before this process began; nothing is stored before."""

    def add(self, changes: Sequence[Alarm]) -> None:
        """Take changes that are to be stored and sent."""
        self._changes += [_Change(change) for change in changes]
        self._woken.set()

    @property
    def waiting(self) -> int:
        """How many changes are not stored yet."""
        return len(self._changes)

    async def standing(self) -> list[Alarm]:
        """Return what stands in the store; raises ``SQLAlchemyError``, ``OSError``.

        Alarms of kinds that this version does not have any more end there.
        """
        async with self._database.write() as session:
            stored = await tables.standing(session, node=self._site.node)
            await tables.end_unknown(session, stored, self._clock())
        return [alarm for alarm in stored if alarm.kind in KINDS]

    def adopt(self, stored: Sequence[Alarm], board: AlarmBoard) -> AlarmBoard:
        """Return the board with what stood in the store when this process began; call it once.

        What was raised meanwhile under an id of its own goes on under the stored one, unless somebody was
        told of it already: then the stored one ends without news.
        """
        adopted: list[Alarm] = []
        ended: list[_Change] = []
        for alarm in stored:
            mine = [one for one in self._changes if one.alarm.key == alarm.key]
            if any(one.told for one in mine):
                ended.append(_Change(replace(alarm, cleared_at=self._clock()), silent=True))
                continue
            self._changes = [one for one in self._changes if one not in mine]
            adopted.append(alarm)
        self._changes = [*ended, *self._changes]
        self.loaded.set()
        log.info("alarms loaded", standing=len(stored))
        return board.with_standing(adopted)

    async def run(self) -> None:
        """Write what is added, for ever."""
        while True:
            await woken(self._woken, 60.0)
            while self._changes:
                if not await self._write():
                    await asyncio.sleep(_AGAIN_S)

    async def _write(self) -> bool:
        """Try to store all changes; False when that failed. Tells the webhooks itself when it takes long."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if not self._failures:
            self._behind = frozenset(name for name, silent_s in self._webhooks.silent_s().items() if silent_s)
        storing = asyncio.create_task(self._store(), name="store alarms")
        try:
            while not storing.done():
                late = max(0.0, begun + AWAY_S - loop.time())
                await asyncio.wait({storing}, timeout=late or _TELL_AGAIN_S)
                if not storing.done():
                    await self._tell()
        finally:
            if not storing.done():
                storing.cancel()
                await asyncio.wait({storing})
        error = storing.exception()
        if isinstance(error, _ToldMeanwhileError):
            return True
        if error is None:
            self._failures = self._redone = 0
            self._webhooks.wake()
            return True
        if not isinstance(error, SQLAlchemyError | OSError):
            raise error
        self._failures += 1
        if str(self._failures).strip("0") == "1":
            log.warning("alarms cannot be stored", error=str(error)[:300], failures=self._failures)
        await self._tell()
        return False

    async def _store(self) -> None:
        await self.loaded.wait()
        changes = list(self._changes)
        try:
            async with self._database.write() as session:
                told = {change: frozenset(change.told) for change in changes}
                for change in changes:
                    await self._put(session, change, told[change])
                if self._redone < _MOST_REDONE and any(
                    change.telling or change.told - told[change] for change in changes
                ):
                    self._redone += 1
                    raise _ToldMeanwhileError
                for change in changes:
                    change.sealed = True
        finally:
            for change in changes:
                change.sealed = False
        self._changes = [change for change in self._changes if change not in changes]

    async def _put(self, session: AsyncSession, change: _Change, told: frozenset[str]) -> None:
        """Add a change and what is to be sent of it; targets in ``told`` have it already."""
        await tables.save(session, change.alarm, node=self._site.node)
        if not change.silent:
            message = message_of(change.alarm, self._site)
            await self._webhooks.store.put(session, self._webhooks.names, message, told=told)

    async def _tell(self) -> None:
        """Send what is kept to every target that has not taken it, in order, one attempt."""
        targets = [target for target in self._webhooks.names if target not in self._behind]
        await asyncio.gather(*(self._tell_target(target) for target in targets))

    async def _tell_target(self, target: str) -> None:
        for change in list(self._changes):
            if change.silent or target in change.told:
                continue
            if change.sealed or change not in self._changes:
                return
            message = message_of(change.alarm, self._site)
            change.telling.add(target)
            try:
                outcome = await self._webhooks.send(target, message, delivery=message_id(change.alarm))
            finally:
                change.telling.discard(target)
            if not outcome.ok:
                return
            change.told.add(target)


class _ToldMeanwhileError(Exception):
    """A target took something from memory while it was being stored as not taken: store it anew."""
