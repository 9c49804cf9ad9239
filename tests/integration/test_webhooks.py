"""Webhooks over a real HTTP server that fails in every way, with their rows on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.settings import WebhookTarget
from hotline.core.webhook import CheckedResolver, WebhookLimits, Webhooks
from hotline.core.webhook_signature import SIGNATURE, TIMESTAMP, is_signed, sign
from hotline.core.webhook_store import DELIVERED, GIVEN_UP, PENDING, Message, WebhookRow
from support.asterisk import free_ports
from support.receiver import Receiver, receiver, until

pytestmark = pytest.mark.clause("R-Q-3")

SECRET = "webhook-secret-for-tests"
QUICK = WebhookLimits(answer_s=0.5, first_pause_s=0.05, longest_pause_s=0.2, poll_s=0.05)


def webhooks(
    database: Database,
    *targets: WebhookTarget,
    limits: WebhookLimits = QUICK,
    node: str = "node1",
) -> Webhooks:
    return Webhooks(database, targets, SECRET, node=node, limits=limits, chance=lambda: 0.0)


@asynccontextmanager
async def running(sender: Webhooks) -> AsyncGenerator[None]:
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def put(sender: Webhooks, database: Database, *names: str, told: Sequence[str] = ()) -> None:
    async with database.write() as session:
        for name in names:
            message = Message("alarm.raised", f'{{"id": "{name}", "text": "等待超过限值"}}')
            await sender.store.put(session, sender.names, message, told=frozenset(told))


async def log_of(database: Database, target: str = "duty") -> list[WebhookRow]:
    async with database.read() as session:
        query = select(WebhookRow).where(WebhookRow.target == target).order_by(WebhookRow.place)
        return list(await session.scalars(query))


async def settled(database: Database, *states: str) -> None:
    async with asyncio.timeout(20):
        while [row.state for row in await log_of(database)] != list(states):  # noqa: ASYNC110  # rows change
            await asyncio.sleep(0.02)


async def test_messages_come_in_order_and_signed(database: Database) -> None:
    async with receiver() as duty:
        sender = webhooks(database, duty.target())
        names = [f"m{number}" for number in range(20)]
        await put(sender, database, *names)
        async with running(sender):
            await until("all taken", lambda: len(duty.taken) == 20)
            await settled(database, *[DELIVERED] * 20)
        assert duty.ids() == names
        for headers, body in duty.requests:
            now_s = utc_now().timestamp()
            assert is_signed(SECRET, headers[TIMESTAMP], headers[SIGNATURE], body, now_s=now_s)
            assert not is_signed("another-secret", headers[TIMESTAMP], headers[SIGNATURE], body, now_s=now_s)
            assert not is_signed(SECRET, headers[TIMESTAMP], headers[SIGNATURE], body + b" ", now_s=now_s)
            assert headers["Content-Type"] == "application/json; charset=utf-8"
            assert headers["X-Hotline-Event"] == "alarm.raised"
        assert len({headers["X-Hotline-Delivery"] for headers, _ in duty.requests}) == 20
        assert [row.attempts for row in await log_of(database)] == [1] * 20


async def test_500_twice_holds_back_what_comes_after(database: Database) -> None:
    async with receiver(500, 500) as duty:
        sender = webhooks(database, duty.target())
        await put(sender, database, "first", "second", "third")
        async with running(sender):
            await settled(database, DELIVERED, DELIVERED, DELIVERED)
        assert duty.ids() == ["first", "second", "third"]
        assert [body for _, body in duty.requests][:3] == [duty.requests[0][1]] * 3
        rows = await log_of(database)
        assert [row.attempts for row in rows] == [3, 1, 1]
        assert (rows[0].status, rows[0].error) == (204, None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 404, 410, 429, 503])
async def test_whatever_is_not_2xx_is_not_taken(
    tmp_path_factory: pytest.TempPathFactory, status: int
) -> None:
    async with receiver(status) as duty:
        database = Database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('db') / 'x.db'}")
        sender = webhooks(database, duty.target())
        outcome = await sender.send("duty", Message("alarm.test", "{}"), delivery="x")
        assert (outcome.ok, outcome.status) == (False, status)
        await database.close()


async def test_a_redirect_is_never_followed(database: Database) -> None:
    async with receiver() as duty:
        duty.answers = [f"http://127.0.0.1:{duty.port}/elsewhere"]
        sender = webhooks(database, duty.target())
        await put(sender, database, "first")
        async with running(sender):
            await settled(database, DELIVERED)
        assert duty.elsewhere == 0
        assert len(duty.requests) == 2


async def test_a_target_that_hangs_or_answers_late_is_asked_again_and_holds_up_no_other(
    database: Database,
) -> None:
    async with receiver(30.0, 1.5) as slow, receiver() as quick:
        sender = webhooks(database, slow.target("slow"), quick.target("quick"))
        await put(sender, database, "first", "second")
        async with running(sender):
            await until("the other has both", lambda: quick.ids() == ["first", "second"])
            assert slow.taken == []
            assert sender.silent_s()["quick"] == 0
            await until("the slow one counts as silent", lambda: sender.silent_s().get("slow"))
            await until("the slow one has both at last", lambda: slow.ids()[-2:] == ["first", "second"])
        rows = await log_of(database, "slow")
        assert rows[0].attempts == 3
        assert sender.silent_s()["slow"] == 0


async def test_nobody_there_then_somebody(database: Database) -> None:
    port = free_ports(1)[0]
    sender = webhooks(database, WebhookTarget(name="duty", url=f"http://127.0.0.1:{port}/hook"))
    await put(sender, database, "first")
    async with running(sender):
        await until("it was tried", lambda: sender.silent_s().get("duty"))
        (row,) = await log_of(database)
        assert row.state == PENDING
        assert row.status is None


async def test_a_restart_goes_on_where_the_last_process_was_killed(database: Database) -> None:
    async with receiver() as duty:
        killed = webhooks(database, duty.target())
        await put(killed, database, "first", "second")
        leased = await killed.store.lease("duty", owner="killed", lease_s=0.3)
        assert leased is not None
        assert leased.message.body.startswith('{"id": "first"')
        assert await killed.store.lease("duty", owner="other", lease_s=0.3) is None
        after = webhooks(database, duty.target())
        async with running(after):
            await settled(database, DELIVERED, DELIVERED)
        assert duty.ids() == ["first", "second"]
        await killed.store.failed(leased, "too late", status=None, retry_s=None)
        assert [row.state for row in await log_of(database)] == [DELIVERED, DELIVERED]


async def test_two_nodes_send_each_others_messages_once(database: Database) -> None:
    async with receiver() as duty:
        one, two = webhooks(database, duty.target()), webhooks(database, duty.target(), node="node2")
        await put(one, database, *(f"a{number}" for number in range(8)))
        await put(two, database, *(f"b{number}" for number in range(8)))
        async with running(one), running(two):
            await settled(database, *[DELIVERED] * 16)
        ids = duty.ids()
        assert [name for name in ids if name[0] == "a"] == [f"a{number}" for number in range(8)]
        assert [name for name in ids if name[0] == "b"] == [f"b{number}" for number in range(8)]


async def test_what_is_a_day_old_is_tried_once_more_and_given_up(database: Database) -> None:
    async with receiver(500, 500) as duty:
        sender = webhooks(database, duty.target())
        await put(sender, database, "old", "older", "new")
        async with database.write() as session:
            for row in (await session.scalars(select(WebhookRow).order_by(WebhookRow.place).limit(2))).all():
                row.created_at = utc_now() - timedelta(hours=25)
        async with running(sender):
            await settled(database, GIVEN_UP, GIVEN_UP, DELIVERED)
        assert duty.ids() == ["new"]
        assert "500" in ((await log_of(database))[0].error or "")


async def test_what_a_target_was_told_already_is_only_written_down(database: Database) -> None:
    async with receiver() as duty, receiver() as city:
        sender = webhooks(database, duty.target(), city.target("city"))
        await put(sender, database, "first", told=["duty"])
        async with running(sender):
            await until("the other has it", lambda: city.ids() == ["first"])
        assert duty.requests == []
        assert [row.state for row in await log_of(database)] == [DELIVERED]


async def test_the_order_holds_when_the_clock_goes_back(database: Database) -> None:
    moments = iter(datetime(2026, 11, 22, 4, minute, tzinfo=UTC) for minute in (30, 10, 0))
    async with receiver() as duty:
        sender = Webhooks(
            database, [duty.target()], SECRET, node="node1", clock=lambda: next(moments), limits=QUICK
        )
        await put(sender, database, "first", "second", "third")
        after = webhooks(database, duty.target())
        async with running(after):
            await until("all taken", lambda: len(duty.taken) == 3)
        assert duty.ids() == ["first", "second", "third"]


async def test_the_log_is_kept_for_a_while(database: Database) -> None:
    async with receiver() as duty:
        sender = webhooks(database, duty.target())
        await put(sender, database, "first")
        async with running(sender):
            await settled(database, DELIVERED)
        assert await sender.store.forget(utc_now() - timedelta(hours=1)) == 0
        assert await sender.store.forget(utc_now() + timedelta(seconds=1)) == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "2852039166", "224.0.0.1"])  # noqa: S104
async def test_a_name_that_stands_for_a_forbidden_address_is_not_called(host: str) -> None:
    resolver = CheckedResolver()
    with pytest.raises(OSError, match="may be sent to"):
        await resolver.resolve(host, 443)
    assert [one["host"] for one in await resolver.resolve("127.0.0.1", 443)] == ["127.0.0.1"]
    await resolver.close()


def test_a_signature_is_of_its_moment() -> None:
    signature = sign(SECRET, 1_795_320_000, b"{}")
    assert is_signed(SECRET, "1795320000", signature, b"{}", now_s=1_795_320_100)
    assert not is_signed(SECRET, "1795320000", signature, b"{}", now_s=1_795_320_301)
    assert not is_signed(SECRET, "1795320001", signature, b"{}", now_s=1_795_320_100)
    for timestamp in ("", "-1", "1795320000 ", "１７９５３２００００", "9" * 5000):
        assert not is_signed(SECRET, timestamp, signature, b"{}", now_s=1_795_320_000)
    assert not is_signed(SECRET, "1795320000", "sha256=é", b"{}", now_s=1_795_320_000)


def test_a_receiver_of_the_tests_is_a_good_target() -> None:
    assert Receiver(port=80).target().url == "http://127.0.0.1:80/hook"
