"""Tells the third line's endpoint what it must know, the moment that line is asked for (R-3W-3, adr/0120).

Beside the call path, never in it: it listens to the bus, reads files that the switch writes, and sends. The
first message needs neither speech nor, when it is away, the database.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from ..asr.conversation import Conversations, Sounding
from ..core.aio import TaskKeeper, background_pool, supervise, woken
from ..core.clock import Clock, from_us, utc_now
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.events import DomainEvent, EventBus
from ..core.settings import Settings
from ..core.webhook import NOTICE_LIMITS, WebhookLimits, Webhooks
from ..core.webhook_store import Message
from ..telephony.calls import CallRecord
from ..telephony.events import LineChanged
from ..telephony.recording_now import recorded_now
from ..ticket_bridge.events import NoticeChanged
from ..ticket_bridge.notices.notice_message import Notice, NoticeTraffic
from ..ticket_bridge.notices.three_way_notice import Asked, Heard, Names, asked_of, build, hear
from .notice_post import IsTold, NoticePost
from .three_way_notice_store import NoticeStore

log = structlog.get_logger(__name__)

LAST_S = 60.0
"""So much of what was said before the request goes along."""
SPEECH_LIMIT_S = 60.0
"""An update that takes longer says that the speech is unavailable."""
_SETTLE_S = 2.0
_REMEMBERED = 10_000

FindCall = Callable[[str], CallRecord | None]
"""Looks a call up in memory."""


class Notices:
    """The notices of a node; ``run`` is supervised. ``asked`` once or often for a line makes one notice.

    ``calls`` finds a call in memory, ``traffic`` tells how much goes on; both answer at once.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        conversations: Conversations,
        *,
        calls: FindCall,
        traffic: Callable[[], NoticeTraffic | None] = lambda: None,
        clock: Clock = utc_now,
        limits: WebhookLimits = NOTICE_LIMITS,
        chance: Callable[[], float] = random.random,
        speech_limit_s: float = SPEECH_LIMIT_S,
    ) -> None:
        self._names = Names.of(settings)
        self._targets = {line.name: line.notify for line in settings.third_lines if line.notify}
        self._recordings = settings.recording.directory or settings.state / "recordings"
        self._bus = bus
        self._conversations = conversations
        self._calls = calls
        self._traffic = traffic
        self._clock = clock
        self._limits = limits
        self._speech_limit_s = speech_limit_s
        self._settled = asyncio.Event()
        self.webhooks = Webhooks(
            database,
            settings.webhooks,
            settings.alarms.webhook_secret,
            node=settings.site.node,
            topic="notices",
            clock=clock,
            limits=limits,
            chance=chance,
            settled=self._settled.set,
        )
        self._post = NoticePost(self.webhooks)
        self._store = NoticeStore(database, self.webhooks.store, node=settings.site.node, clock=clock)
        self._tasks = TaskKeeper()
        self._begun: dict[tuple[str, str], None] = {}
        self._shown: dict[tuple[str, str], str] = {}
        """What was published of those that are under way."""
        self._pool = background_pool(1, name="notice")

    def silent_s(self) -> Mapping[str, float]:
        """Return for how long each target has been refusing a notice; 0 when it takes all."""
        return self.webhooks.silent_s()

    def asked(self, call: str, line: str) -> None:
        """Take in that a third line was asked for; returns at once, and does nothing the second time."""
        if not self._targets or (call, line) in self._begun:
            return
        self._begun[call, line] = None
        if len(self._begun) > _REMEMBERED:
            self._begun.pop(next(iter(self._begun)))
        self._tasks.start(self._notify(call, line), name=f"notice {call}.{line}")

    def hear(self, event: DomainEvent) -> None:
        """Take in that a third line was asked for, live or from the journal; a listener of the bus."""
        if isinstance(event, LineChanged) and event.step == "asked":
            self.asked(event.call, event.line)

    async def run(self) -> None:
        """Send, and make up for what a process that ended left undone, until cancelled."""
        if not self._targets:
            await asyncio.Event().wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(supervise("notice webhooks", self.webhooks.run))
            group.create_task(supervise("notice deliveries", self._settle))
            group.create_task(supervise("notices left undone", self._resume))

    async def close(self) -> None:
        """Stop what is under way; the next process goes on with it."""
        await self._tasks.stop()
        await self._post.close()
        await asyncio.to_thread(self._pool.shutdown)

    async def _resume(self) -> None:
        """Look once, when the database is there, for requests that the last process did not get done with."""
        for call, line in await self._store.undone(tuple(self._targets), since_s=self._limits.give_up_s):
            self.asked(call, line)
        await asyncio.Event().wait()

    async def _notify(self, call: str, line: str) -> None:
        record = self._calls(call) or await self._post.again(partial(self._store.record, call))
        asked = None if record is None else asked_of(record, line)
        if asked is None:
            self._begun.pop((call, line), None)  # the journal will tell of it
            return
        webhook = self._targets.get(asked.target)
        if webhook is None or webhook not in self.webhooks.names:
            return
        late_s = (self._clock() - asked.at).total_seconds()
        if late_s > self._limits.give_up_s:
            await self._post.again(partial(self._store.too_late, asked, webhook, late_s))
            log.error("notice too late to be sent", call=call, line=line, late_s=round(late_s))
            return
        first = self._build(asked, Heard(), record)
        log.info("notice made", call=call, line=line, target=asked.target, late_s=round(max(late_s, 0), 3))
        await self._send(webhook, first, partial(self._store.begin, asked, webhook))
        if await self._post.soon(self._store.is_complete(asked), late=False):
            return  # an earlier process made the update too
        heard = await self._hear(asked, record)
        update = self._build(asked, heard, self._calls(call) or record)
        await self._send(webhook, update, partial(self._store.update, asked, webhook, heard))

    async def _send(
        self, webhook: str, notice: Notice, write: Callable[[Message, IsTold], Coroutine[Any, Any, None]]
    ) -> None:
        message = Message(notice.event, notice.body(), notice.id)
        delivery = f"{notice.id}.{notice.revision}"
        await self._post.hand_over(webhook, message, delivery, partial(write, message))
        self._settled.set()

    def _build(self, asked: Asked, heard: Heard, record: CallRecord | None) -> Notice:
        return build(asked, self._names, heard, record=record, traffic=self._traffic(), now=self._clock())

    async def _hear(self, asked: Asked, record: CallRecord | None) -> Heard:
        """Return what was said in the last minute before the request; never raises, never takes long."""
        try:
            async with asyncio.timeout(self._speech_limit_s):
                files = None if record is None else recorded_now(record, asked.at_us)
                if files is None:
                    return Heard("unavailable", "the call has no recording")
                until_s = (asked.at - from_us(files.begun_us)) / timedelta(seconds=1)
                legs = (
                    Sounding("citizen", self._recordings / files.citizen),
                    Sounding("agent", self._recordings / files.agent),
                )
                said = await self._conversations.so_far(
                    asked.call, legs, from_s=until_s - LAST_S, until_s=until_s, begun_us=files.begun_us
                )
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._pool, hear, asked, record, said, self._names)
        except TimeoutError:
            reason = f"not recognised within {self._speech_limit_s:g} s"
        except HotlineError as error:
            reason = error.message
        except Exception as error:  # whatever fails, the endpoint is told that no more comes
            log.exception("notice without speech", call=asked.call, line=asked.line)
            reason = type(error).__name__
        log.warning("notice without speech", call=asked.call, line=asked.line, reason=reason)
        return Heard("unavailable", reason)

    async def _settle(self) -> None:
        while True:
            for view in await self._store.settle():
                if self._shown.get(key := (view.call, view.line)) == view.state:
                    continue
                self._shown[key] = view.state
                log.info("notice", call=view.call, line=view.line, state=view.state)
                self._bus.publish(
                    NoticeChanged(
                        at=self._clock(),
                        call=view.call,
                        line=view.line,
                        webhook=view.webhook,
                        state=view.state,
                        error=view.error,
                    )
                )
            if len(self._shown) > _REMEMBERED:
                self._shown.clear()
            await woken(self._settled, _SETTLE_S)
