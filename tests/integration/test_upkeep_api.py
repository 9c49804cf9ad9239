"""Alarms, deliveries and lists for programs over a real store: pages, filters, acts that are done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from hotline.core.action_log import ActionLog, actions
from hotline.core.db import Database
from hotline.core.idempotency import IdempotencyKeys
from hotline.core.settings import WebSettings
from hotline.core.webhook_store import DELIVERED, GIVEN_UP, PENDING, Message, WebhookRow, WebhookStore
from hotline.queue import alarm_tables
from hotline.queue.alarms import Alarm
from hotline.telephony.tables import CallRow, RecordingRow
from hotline.web.alarm_list import AlarmList
from hotline.web.deliveries import Deliveries
from hotline.web.desk import Desk
from hotline.web.lists import Lists
from hotline.web.server import build_app
from hotline.web.upkeep_api import Upkeep
from support.pages import BEARER, TOKEN, FakeDesk

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
Client = TestClient[Any, Any]


@pytest.fixture
async def log(database: Database) -> AsyncGenerator[ActionLog]:
    found = ActionLog(database, node="node1")
    task = asyncio.create_task(found.run())
    yield found
    task.cancel()
    await asyncio.wait({task})


@pytest.fixture
async def client(database: Database, log: ActionLog) -> AsyncGenerator[Client]:
    desk = FakeDesk()
    parts = SimpleNamespace(menus=None, system=None)
    upkeep = Upkeep(
        alarms=AlarmList(database, node="node1", clock=lambda: NOW),
        deliveries=Deliveries(database, node="node1", targets=["duty"], clock=lambda: NOW),
        log=log,
        **cast("dict[str, Any]", vars(parts)),
    )
    app = build_app(
        WebSettings(token=TOKEN),
        cast("Desk", WithLists(desk, Lists(database))),
        upkeep=upkeep,
        keys=IdempotencyKeys(database, clock=lambda: NOW),
    )
    async with TestClient(TestServer(app), headers=BEARER) as found:
        yield found


class WithLists:
    """A desk whose lists are read from the store."""

    def __init__(self, desk: FakeDesk, lists: Lists) -> None:
        self._desk = desk
        self.lists = lists

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)


async def got(client: Client, path: str) -> Any:
    async with client.get(f"/api/v1/{path}") as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def posted(client: Client, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    async with client.post(f"/api/v1/{path}", json=body or {}, headers=headers) as answer:
        return answer.status, await answer.json()


async def paged(client: Client, path: str, name: str, limit: int) -> list[dict[str, Any]]:
    """Every row of a list, page by page; none may be empty but the first."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        told = await got(client, f"{path}{'&' if '?' in path else '?'}limit={limit}{after}")
        assert len(told[name]) == limit or told["next"] is None
        found += told[name]
        if told["next"] is None:
            return found
        assert told[name]
        after = f"&after={told['next']}"


def call(place: int, t0: datetime | None, **more: Any) -> CallRow:
    made = {"id": f"node1-{place:04}", "node": "node1", "trunk": "t", "did": "12345", "number": "13812345678"}
    return CallRow(**{**made, "facts": [], "t0": t0, "queue": "public", **more})


async def test_pages_hold_every_call_once_in_the_order_of_time(client: Client, database: Database) -> None:
    same = NOW - timedelta(minutes=30)
    moments = [NOW, same, same, same, NOW - timedelta(hours=1), None, None]
    async with database.write() as session:
        session.add_all([call(place, moment) for place, moment in enumerate(moments)])
    whole = [one["id"] for one in (await got(client, "calls"))["calls"]]
    assert whole == [
        "node1-0000",
        "node1-0003",
        "node1-0002",
        "node1-0001",
        "node1-0004",
        "node1-0006",
        "node1-0005",
    ]
    for limit in (1, 2, 3, 7):
        assert [one["id"] for one in await paged(client, "calls", "calls", limit)] == whole
    assert all("138****5678" in one["caller"] for one in (await got(client, "calls"))["calls"])


async def test_new_calls_do_not_shift_the_pages(client: Client, database: Database) -> None:
    async with database.write() as session:
        session.add_all([call(place, NOW - timedelta(minutes=place)) for place in range(4)])
    first = await got(client, "calls?limit=2")
    async with database.write() as session:
        session.add(call(99, NOW + timedelta(minutes=1)))
    second = await got(client, f"calls?limit=2&after={first['next']}")
    assert [one["id"] for one in first["calls"] + second["calls"]] == [f"node1-{n:04}" for n in range(4)]


async def test_filters_narrow_the_list(client: Client, database: Database) -> None:
    async with database.write() as session:
        session.add(call(1, NOW, ended_at=NOW, outcome="answered", agent="1001", source="110"))
        session.add(call(2, NOW - timedelta(hours=2), ended_at=NOW, outcome="abandoned", queue="enterprise"))
        session.add(call(3, NOW - timedelta(hours=1)))
    for query, wanted in (
        ("outcome=answered", "1"),
        ("agent=1001&source=110", "1"),
        ("queue=public", "13"),
        ("open=true", "3"),
        ("open=false", "12"),
        ("since=2026-11-22T03:00Z", "13"),
        ("until=2026-11-22T03:00Z", "2"),
        ("since=2026-11-22T11:00%2B08:00&until=2026-11-22T11:30%2B08:00", "3"),
        ("outcome=answered&open=true", ""),
        ("queue=' OR 1=1 --", ""),
    ):
        told = await got(client, f"calls?{query}")
        assert [one["id"][-1] for one in told["calls"]] == list(wanted), query


@pytest.mark.parametrize(
    "after",
    [
        *("x", "bm8", "WzFd", "WzEsMl0", "WyJhIiwiYiJd", "WzEsImEiLCJiIl0", "W251bGwsIlx1MDAwMCJd"),
        "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCJhIl0",
    ],
)
async def test_a_cursor_of_ones_own_is_refused(client: Client, after: str) -> None:
    async with client.get(f"/api/v1/calls?after={after}") as answer:
        assert (answer.status, (await answer.json())["type"]) == (422, "urn:hotline:input.cursor")


async def test_recordings_of_a_call_are_listed(client: Client, database: Database) -> None:
    row = {"call": "c1", "kind": "mix", "state": "ready", "sha256": "0" * 64, "bytes": 1, "duration_ms": 1500}
    more = {"sample_rate": 8000, "begun_at": NOW, "repaired": False, "registered_at": NOW}
    async with database.write() as session:
        session.add_all(
            [RecordingRow(**row, **more, node="node1", path=f"2026/{name}.wav") for name in ("a", "b", "c")]
        )
        session.add(
            RecordingRow(**{**row, **more, "call": None, "state": "orphan"}, node="node1", path="x.wav")
        )
    found = await paged(client, "recordings?call=c1", "recordings", 2)
    assert [one["id"] for one in found] == ["node1/2026/c.wav", "node1/2026/b.wav", "node1/2026/a.wav"]
    assert found[0]["duration_s"] == 1.5
    assert [one["path"] for one in (await got(client, "recordings?state=orphan"))["recordings"]] == ["x.wav"]


async def alarm(database: Database, name: str, at: datetime, *, over: bool = False) -> None:
    made = Alarm(name.ljust(26, "0"), "asterisk_unreachable", "node1", at, {})
    async with database.write() as session:
        await alarm_tables.save(session, made, node=f"n{name.lower()}")
        if over:
            await alarm_tables.save(
                session, Alarm(made.id, made.kind, made.subject, at, {}, NOW), node=f"n{name.lower()}"
            )


async def test_an_alarm_is_acknowledged_by_the_first_who_says_so(
    client: Client, database: Database, log: ActionLog
) -> None:
    await alarm(database, "A", NOW - timedelta(minutes=2))
    await alarm(database, "B", NOW - timedelta(minutes=1), over=True)
    assert [one["id"][0] for one in await paged(client, "alarms", "alarms", 1)] == ["B", "A"]
    assert [one["id"][0] for one in (await got(client, "alarms?state=standing"))["alarms"]] == ["A"]
    assert [one["id"][0] for one in (await got(client, "alarms?state=over"))["alarms"]] == ["B"]
    name = "A".ljust(26, "0")
    status, told = await posted(client, f"alarms/{name}/acknowledge", {"who": "2001", "note": "已通知机房"})
    assert (status, told["acknowledged_by"], told["acknowledged_note"]) == (200, "2001", "已通知机房")
    status, told = await posted(client, f"alarms/{name}/acknowledge", {"who": "2002"})
    assert (status, told["acknowledged_by"]) == (200, "2001")
    assert [one["id"][0] for one in (await got(client, "alarms?acknowledged=true"))["alarms"]] == ["A"]
    assert [one["id"][0] for one in (await got(client, "alarms?acknowledged=false"))["alarms"]] == ["B"]
    assert (await posted(client, f"alarms/{'Z' * 26}/acknowledge"))[0] == 404
    assert (await posted(client, "alarms/x%00y/acknowledge"))[0] == 404
    await logged(log)
    async with database.read() as session:
        rows = await session.scalars(select(WebhookRow))
        assert not list(rows)
    assert [(one.who, one.action) for one in await actions(database, prefix="alarm.")] == [
        ("2001", "alarm.acknowledge")
    ]


async def logged(log: ActionLog) -> None:
    async with asyncio.timeout(30):
        await log.note("test", "test.end")


async def put(database: Database, state: str, target: str = "duty") -> str:
    store = WebhookStore(database, node="node1", clock=lambda: NOW - timedelta(hours=1))
    async with database.write() as session:
        ids = await store.put(session, [target], Message("alarm.raised", '{"id": "m1"}'), told=frozenset())
        row = await session.get_one(WebhookRow, ids[target])
        row.state, row.not_before = state, NOW + timedelta(hours=1)
    return ids[target]


@pytest.mark.parametrize("state", [DELIVERED, GIVEN_UP])
async def test_a_message_that_is_over_is_put_in_once_more(
    client: Client, database: Database, log: ActionLog, state: str
) -> None:
    name = await put(database, state)
    first = await posted(client, f"webhooks/deliveries/{name}/redeliver", **{"Idempotency-Key": "k1"})
    again = await posted(client, f"webhooks/deliveries/{name}/redeliver", **{"Idempotency-Key": "k1"})
    assert first == again
    status, told = first
    assert (status, told["state"], told["attempts"]) == (202, PENDING, 0)
    assert told["id"] != name
    found = await paged(client, "webhooks/deliveries?target=duty", "deliveries", 1)
    assert [one["id"] for one in found] == [told["id"], name]
    assert (await got(client, f"webhooks/deliveries/{told['id']}"))["body"] == {"id": "m1"}
    assert [one["id"] for one in (await got(client, f"webhooks/deliveries?state={state}"))["deliveries"]] == [
        name
    ]
    await logged(log)
    assert [one.request for one in await actions(database, prefix="webhook.")] == [told["id"]]


async def test_a_message_that_waits_is_tried_now(client: Client, database: Database) -> None:
    name = await put(database, PENDING)
    status, told = await posted(client, f"webhooks/deliveries/{name}/redeliver")
    assert (status, told["id"]) == (202, name)
    assert datetime.fromisoformat(told["not_before"]) == NOW


async def test_what_cannot_be_sent_again_is_refused(client: Client, database: Database) -> None:
    name = await put(database, DELIVERED, "gone")
    status, told = await posted(client, f"webhooks/deliveries/{name}/redeliver")
    assert (status, told["type"]) == (409, "urn:hotline:webhook.no_target")
    assert (await posted(client, f"webhooks/deliveries/{'Z' * 26}/redeliver"))[0] == 404
    async with client.get("/api/v1/webhooks/deliveries/none") as answer:
        assert answer.status == 404
