"""Alarms and notices to the same and to other targets: neither waits for the other, each under its secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.core.clock import new_id, utc_now
from hotline.core.db import Database
from hotline.core.settings import WebhookTarget
from hotline.core.webhook import NOTICE_LIMITS, WebhookLimits, Webhooks
from hotline.core.webhook_signature import SIGNATURE, TIMESTAMP, is_signed
from hotline.core.webhook_store import DELIVERED, GIVEN_UP, Message, Topic, WebhookRow
from support.receiver import Receiver, receiver, until

pytestmark = pytest.mark.clause("R-3W-3")

SHARED, OWN = "webhook-secret-for-tests", "a-secret-of-its-own"
QUICK = WebhookLimits(answer_s=2, first_pause_s=0.05, longest_pause_s=0.2, poll_s=0.05)
NOTICES = WebhookLimits(answer_s=2, first_pause_s=0.05, longest_pause_s=0.2, poll_s=0.05, at_once=4)


def target(to: Receiver, *topics: Topic, name: str = "duty", secret: str | None = None) -> WebhookTarget:
    return WebhookTarget(name=name, url=to.target().url, topics=topics, secret=secret)


def sender(
    database: Database, topic: Topic, *targets: WebhookTarget, limits: WebhookLimits | None = None
) -> Webhooks:
    quick = QUICK if topic == "alarms" else NOTICES
    return Webhooks(
        database,
        targets,
        SHARED,
        node="node1",
        topic=topic,
        limits=limits or quick,
        chance=lambda: 0.0,
    )


@asynccontextmanager
async def running(*senders: Webhooks) -> AsyncGenerator[None]:
    tasks = [asyncio.create_task(one.run()) for one in senders]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def put(one: Webhooks, database: Database, name: str, *, lane: str = "") -> None:
    async with database.write() as session:
        message = Message("test", f'{{"id": "{name}"}}', lane)
        await one.store.put(session, one.names, message, told=frozenset())


async def states(database: Database) -> dict[str, str]:
    async with database.read() as session:
        rows = await session.scalars(select(WebhookRow).order_by(WebhookRow.place))
        return {row.body.split('"')[3]: row.state for row in rows}


@pytest.mark.clause("R-S-2")
async def test_a_target_is_told_only_of_the_topics_it_takes(database: Database) -> None:
    async with receiver() as duty, receiver() as police:
        targets = (target(duty, "alarms"), target(police, "notices", name="police", secret=OWN))
        alarms, notices = sender(database, "alarms", *targets), sender(database, "notices", *targets)
        assert (alarms.names, notices.names) == (("duty",), ("police",))
        await put(alarms, database, "alarm")
        await put(notices, database, "notice", lane="c.1")
        async with running(alarms, notices):
            await until("both", lambda: duty.taken and police.taken)
        assert (duty.ids(), police.ids()) == (["alarm"], ["notice"])


@pytest.mark.clause("R-S-2")
async def test_each_target_is_signed_for_with_its_own_secret(database: Database) -> None:
    async with receiver() as duty, receiver() as police:
        targets = (target(duty, "notices"), target(police, "notices", name="police", secret=OWN))
        notices = sender(database, "notices", *targets)
        await put(notices, database, "one")
        async with running(notices):
            await until("both", lambda: duty.taken and police.taken)
        for got, right, wrong in ((duty, SHARED, OWN), (police, OWN, SHARED)):
            headers, body = got.requests[0]
            signed = (headers[TIMESTAMP], headers[SIGNATURE], body)
            assert is_signed(right, *signed, now_s=utc_now().timestamp())
            assert not is_signed(wrong, *signed, now_s=utc_now().timestamp())


async def test_a_target_without_any_secret_is_told_of_nothing(database: Database) -> None:
    async with receiver() as duty, receiver() as police:
        targets = (target(duty, "notices"), target(police, "notices", name="police", secret=OWN))
        assert Webhooks(database, targets, None, node="node1", topic="notices").names == ("police",)


async def test_alarms_and_notices_to_one_target_do_not_hold_each_other_up(database: Database) -> None:
    """The first answers hang or refuse; whichever topic they fall to, the other gets through."""
    let_go = asyncio.Event()
    async with receiver(let_go, 500, 500, 500) as both:
        one = target(both, "alarms", "notices", secret=OWN)
        alarms, notices = sender(database, "alarms", one), sender(database, "notices", one)
        await put(alarms, database, "stuck")
        async with running(alarms):
            await until("it hangs", lambda: both.requests)
            await put(notices, database, "notice", lane="c.1")
            async with running(notices):
                await until("the notice is there", lambda: "notice" in both.ids())
                assert "stuck" not in both.ids()
                let_go.set()
                await put(alarms, database, "next")
                await until("the alarms are there in order", lambda: both.ids()[-2:] == ["stuck", "next"])


async def test_a_notice_that_is_refused_delays_no_other_and_its_update_waits_for_it(
    database: Database,
) -> None:
    async with receiver() as police:
        police.refused = {"bad": 422}
        one = target(police, "notices", secret=OWN)
        notices = sender(database, "notices", one)
        await put(notices, database, "bad", lane="c.1")
        await put(notices, database, "bad-update", lane="c.1")
        await put(notices, database, "good", lane="c.2")
        await put(notices, database, "good-update", lane="c.2")
        async with running(notices):
            await until("the other line's", lambda: police.ids() == ["good", "good-update"])
            await until("it was tried again", lambda: len(police.requests) >= 5)
            assert notices.silent_s()["duty"] > 0, "the others do not hide that one is refused"
            assert await states(database) == {
                "bad": "pending",
                "bad-update": "pending",
                "good": DELIVERED,
                "good-update": DELIVERED,
            }
            police.refused = {}
            await until("mended", lambda: police.ids()[2:] == ["bad", "bad-update"])
            await until("it counts as well again", lambda: notices.silent_s()["duty"] == 0)


async def test_a_new_notice_does_not_wait_behind_many_that_hang(database: Database) -> None:
    async with receiver(*[1.0] * 8) as police:
        notices = sender(database, "notices", target(police, "notices", secret=OWN))
        for number in range(12):
            await put(notices, database, f"old{number}", lane=f"c.{number}")
        limits = WebhookLimits(answer_s=0.3, first_pause_s=0.05, longest_pause_s=0.1, poll_s=0.05, at_once=4)
        quick = sender(database, "notices", target(police, "notices", secret=OWN), limits=limits)
        async with running(quick):
            await until("four hang", lambda: len(police.requests) >= 4)
            await put(quick, database, "new", lane="c.new")
            quick.wake()
            await until("all are there", lambda: len(set(police.ids())) == 13)
        first = [body for _, body in police.requests].index(b'{"id": "new"}')
        assert first <= 16, "after those that were not tried yet, before those that have failed"


async def test_what_is_too_old_to_help_is_given_up_and_stays_an_alarm_until_something_is_taken(
    database: Database,
) -> None:
    assert NOTICE_LIMITS.give_up_s == 3600
    async with receiver() as police:
        police.refused = {"old": 500}
        notices = sender(database, "notices", target(police, "notices", secret=OWN))
        await put(notices, database, "old", lane="c.1")
        async with database.write() as session:
            row = (await session.scalars(select(WebhookRow))).one()
            row.created_at = utc_now() - timedelta(days=2)
        async with running(notices):
            async with asyncio.timeout(20):
                while await states(database) != {"old": GIVEN_UP}:  # noqa: ASYNC110  # rows change
                    await asyncio.sleep(0.02)
            assert notices.silent_s()["duty"] > 0
            await put(notices, database, "new", lane="c.2")
            await until("the next one is taken", lambda: police.ids() == ["new"])
            await until("that counts", lambda: notices.silent_s()["duty"] == 0)


async def test_what_another_node_delivered_is_no_alarm_here(database: Database) -> None:
    async with receiver() as police:
        police.refused = {"one": 500}
        here = sender(database, "notices", target(police, "notices", secret=OWN))
        await put(here, database, "one", lane="c.1")
        async with running(here):
            await until("refused", lambda: here.silent_s().get("duty"))
            async with database.write() as session:
                (await session.scalars(select(WebhookRow))).one().state = DELIVERED
            await until("forgotten", lambda: here.silent_s()["duty"] == 0)


async def test_what_a_killed_process_of_this_node_was_sending_is_sent_again_at_once(
    database: Database,
) -> None:
    async with receiver() as police:
        one = target(police, "notices", secret=OWN)
        killed, other = sender(database, "notices", one), sender(database, "notices", one)
        other.store._node = "node1-b"
        for number in range(2):
            await put(killed, database, f"m{number}", lane=f"c.{number}")
        mine = await killed.store.lease("duty", owner=f"node1-{new_id()}", lease_s=3600)
        theirs = await other.store.lease("duty", owner=f"node1-b-{new_id()}", lease_s=3600)
        assert mine is not None
        assert theirs is not None
        async with running(sender(database, "notices", one)):
            await until("this node's", lambda: police.taken)
            assert police.ids() == ["m0"], "the other node's process lives"
