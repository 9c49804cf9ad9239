"""The notices of a node, killed and begun anew like its service, and calls that ask for a third line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hotline.app.three_way_notice import Notices
from hotline.asr.conversation import Conversation, Conversations, Sounding
from hotline.asr.errors import AsrError
from hotline.core.clock import to_us, utc_now
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.settings import Settings
from hotline.core.webhook import WebhookLimits
from hotline.telephony.call_book import CallBook
from hotline.telephony.calls import CallRecord
from hotline.telephony.cel import fact_of_row
from hotline.telephony.store import CallStore
from hotline.ticket_bridge.notices.notice_tables import NoticeView, notices_of
from support.asterisk import make_settings
from support.call_facts import SECOND
from support.receiver import Receiver
from support.room_calls import RoomStory

OWN_SECRET, ALARM_SECRET = "a-secret-of-the-police", "webhook-secret-for-tests"
QUICK = WebhookLimits(
    answer_s=3, first_pause_s=0.05, longest_pause_s=0.2, give_up_s=3600, poll_s=0.1, at_once=4
)
TALK_S = 30.0
"""So long citizen and agent have been talking when the line is asked for."""


class Silent:
    """A source of speech that has nothing to tell, or that hangs."""

    def __init__(self, *, hangs: bool = False, fails: Exception | None = None) -> None:
        self._hangs = hangs
        self._fails = fails or AsrError("no speech in this test")
        self.asked = 0

    async def so_far(
        self,
        call: str,
        legs: Sequence[Sounding],
        *,
        from_s: float,
        until_s: float,
        begun_us: int | None = None,
    ) -> Conversation:
        self.asked += 1
        if self._hangs:
            await asyncio.Event().wait()
        raise self._fails


def notice_settings(state: Path, url: str, police: Receiver, **overrides: Any) -> Settings:
    """A third line ``police`` that an endpoint is told of, and ``water`` that nobody is."""
    route = [{"trunk": "test", "number": "110"}]
    lines = [
        {"name": "police", "code": "110", "label": "公安", "kind": "emergency", "routes": route},
        {"name": "water", "code": "961", "label": "水务", "kind": "utility", "routes": route},
    ]
    values: dict[str, Any] = {
        "database": url,
        "alarms": {"webhook_secret": ALARM_SECRET},
        "third_lines": [lines[0] | {"notify": "centre"}, lines[1]],
        "webhooks": [
            {
                "name": "centre",
                "url": police.target().url,
                "topics": ["notices"],
                "secret": OWN_SECRET,
            }
        ],
    }
    return make_settings(state, **(values | overrides))


def request(number: int = 1, *, target: str = "police", ago_s: float = 0.5) -> RoomStory:
    """A call whose agent asks for a third line, so many seconds ago."""
    asked_us = to_us(utc_now()) - round(ago_s * SECOND)
    call = f"node1-{asked_us // SECOND - 60}.{number}"
    story = RoomStory(call, asked_us - round(TALK_S * SECOND))
    story.arrive().menu().ask().enter().ring(f"{call}2").answer(f"{call}2")
    story.at_us = asked_us
    return story.ask_for(f"{asked_us // 1000}", target=target)


def line_of(story: RoomStory) -> str:
    """The line that was asked for."""
    return story.rows[-1][-1].split("line=")[1].split("&")[0]


class NoticeNode:
    """A node's calls in memory, and its notices, as one process after the other would run them."""

    def __init__(self, settings: Settings, source: Conversations | None = None) -> None:
        self.settings = settings
        self.source = source or Silent()
        self.bus = EventBus()
        self.events: list[DomainEvent] = []
        self.bus.listen(self.events.append)
        self.calls: dict[str, CallRecord] = {}

    @asynccontextmanager
    async def running(self, **options: Any) -> AsyncGenerator[Notices]:
        """Run until the end of the block, as a killed process ends."""
        database = Database(self.settings.database)
        notices = Notices(
            self.settings,
            database,
            self.bus,
            self.source,
            calls=self.calls.get,
            **{"limits": QUICK, "chance": lambda: 0.0, "speech_limit_s": 10.0, **options},
        )
        self.bus.listen(notices.hear)
        task = asyncio.create_task(notices.run())
        try:
            yield notices
        finally:
            self.bus._listeners.remove(notices.hear)  # a killed process hears no more
            task.cancel()
            await asyncio.wait([task])
            await notices.close()
            await database.close()

    def tell(self, story: RoomStory) -> None:
        """Have the live events or the journal tell a call, with the news of it on the bus."""
        book = CallBook("node1")
        news = [
            event for row in story.rows if (fact := fact_of_row(row)) is not None for event in book.feed(fact)
        ]
        self.calls[story.call] = book.records[story.call]
        for event in news:
            self.bus.publish(event)

    async def store(self, story: RoomStory) -> None:
        """Write a call as the tracker does when it has read the journal, with no news of it."""
        book = CallBook("node1", tells=False)
        for row in story.rows:
            if (fact := fact_of_row(row)) is not None:
                book.feed(fact)
        database = Database(self.settings.database)
        async with database.write() as session:
            await CallStore(database, node="node1").save(session, [book.records[story.call]])
        await database.close()

    async def view(self, story: RoomStory) -> NoticeView | None:
        """What people see of a call's notice."""
        database = Database(self.settings.database)
        try:
            async with database.read() as session:
                return (await notices_of(session, [story.call])).get((story.call, line_of(story)))
        finally:
            await database.close()

    async def seen(self, story: RoomStory, what: str, true: Callable[[NoticeView], object]) -> NoticeView:
        """Wait until people see something of a call's notice."""
        view: NoticeView | None = None
        try:
            async with asyncio.timeout(20):
                while (view := await self.view(story)) is None or not true(view):  # noqa: ASYNC110  # rows
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"not in 20 s: {what}: {view}") from None
        return view
