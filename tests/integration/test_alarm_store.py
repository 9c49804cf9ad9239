"""What waits for the store and is told from memory: in order, and not twice, whatever comes between."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from hotline.app.alarm_store import AlarmKeeper
from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.webhook import WebhookLimits, Webhooks
from hotline.queue.alarms import Alarm
from support.asterisk import make_settings
from support.receiver import Receiver, receiver, until

SECRET = "a-webhook-secret-for-tests-0123456789"


@asynccontextmanager
async def keeper(tmp_path: Path, duty: Receiver) -> AsyncGenerator[tuple[AlarmKeeper, str]]:
    """Run a keeper and its sender on a store with every table."""
    settings = make_settings(tmp_path)
    file = str(tmp_path / "alarms.db")
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    limits = WebhookLimits(first_pause_s=0.1, longest_pause_s=0.2, poll_s=0.1)
    webhooks = Webhooks(database, [duty.target()], SECRET, node="node1", limits=limits)
    made = AlarmKeeper(database, webhooks, settings.site, clock=utc_now)
    made.loaded.set()
    tasks = [asyncio.create_task(made.run()), asyncio.create_task(webhooks.run())]
    try:
        yield made, file
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
        await database.close()


def alarm(name: str) -> Alarm:
    return Alarm(id=name, kind="disk_low", subject="node1", raised_at=utc_now(), details={})


@asynccontextmanager
async def locked(file: str) -> AsyncGenerator[None]:
    lock = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(lock.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        lock.execute("ROLLBACK")
        lock.close()


def states(file: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(file)) as store:
        rows = store.execute("SELECT body, state FROM webhook_deliveries ORDER BY place")
        return [(json.loads(body)["id"], state) for body, state in rows]


@pytest.mark.clause("R-Q-3")
async def test_what_a_target_takes_while_the_store_comes_back_is_not_sent_again(tmp_path: Path) -> None:
    async with receiver(2.5) as duty, keeper(tmp_path, duty) as (made, file):
        async with locked(file):
            made.add([alarm("a")])
            await until("being told from memory", lambda: duty.requests)
        await until("stored", lambda: made.waiting == 0)
        await until("delivered", lambda: states(file) == [("a.raised", "delivered")])
        assert duty.ids() == ["a.raised"]
        assert len(duty.requests) == 1


@pytest.mark.clause("R-Q-3")
async def test_news_from_memory_do_not_overtake_what_a_target_has_not_taken_yet(tmp_path: Path) -> None:
    async with receiver(*[503] * 3) as duty, keeper(tmp_path, duty) as (made, file):
        duty.refused["a.raised"] = 503
        made.add([alarm("a")])
        await until("refused", lambda: len(duty.requests) > 1)
        async with locked(file):
            made.add([alarm("b")])
            await asyncio.sleep(5)  # what must not happen would have by now
            duty.refused.clear()
            assert not duty.taken
        await until("both", lambda: len(duty.taken) == 2)
        assert duty.ids() == ["a.raised", "b.raised"]
