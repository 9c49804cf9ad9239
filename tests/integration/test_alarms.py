"""Alarms in their store and on their way out: restarts, a database that is away, what is sent."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from hotline.app.alarms import Alarms, Rates
from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.webhook import WebhookLimits
from hotline.queue.alarm_conditions import Waiting
from hotline.queue.alarm_tables import AlarmRow, mark_seen, rows, save, standing
from hotline.queue.alarms import Alarm, AlarmCleared, AlarmRaised
from hotline.queue.states import AgentKind, AgentState
from hotline.telephony.ami import AmiMessage
from hotline.telephony.events import HumanRequested
from support.asterisk import make_settings
from support.receiver import Receiver, receiver, until

pytestmark = pytest.mark.clause("R-Q-3")

SECRET = "webhook-secret-for-tests"
QUICK = WebhookLimits(answer_s=0.5, first_pause_s=0.05, longest_pause_s=0.2, poll_s=0.05)
KNOWN_YEAR = datetime(2026, 3, 1, tzinfo=UTC)


class NoSwitch:
    """A switch that is away: no test here asks it anything."""

    connected = False

    async def action(
        self, name: str, fields: Mapping[str, str | list[str]] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        raise ConnectionRefusedError(name)


@dataclass
class Scene:
    """What the alarms ask for; a test changes it."""

    waits: dict[str, Waiting] | None = None
    shares: Rates | None = None
    connected: bool = True
    facts: tuple[int, int] = (0, 0)

    def waiting(self) -> Mapping[str, Waiting] | None:
        return self.waits

    def rates(self) -> Rates | None:
        return self.shares

    def agents(self) -> tuple[AgentState, ...]:
        return (AgentState("1001", AgentKind.READY, KNOWN_YEAR, queues=("public", "enterprise")),)

    def switch_connected(self) -> bool:
        return self.connected

    def facts_told(self) -> tuple[int, int]:
        return self.facts


class Site:
    """The alarms of one node with a bus, as one process after the other would run them."""

    def __init__(self, state: Path, url: str, scene: Scene, *targets: Receiver, **alarms: Any) -> None:
        self.settings = make_settings(
            state,
            database=url,
            alarms={"webhook_secret": SECRET, "disk_low_gb": 0, "disk_low_percent": 0, "disk_full_gb": 0}
            | alarms,
            webhooks=[
                {"name": f"t{number}", "url": target.target().url} for number, target in enumerate(targets)
            ],
        )
        self.scene = scene
        self.events: list[DomainEvent] = []
        self.bus = EventBus()
        self.bus.listen(self.events.append)

    @asynccontextmanager
    async def running(
        self, *, offset: timedelta = timedelta(), made: asyncio.Event | None = None
    ) -> AsyncGenerator[Alarms]:
        """Run until the end of the block, as a killed process ends: nothing is put in order."""
        database = Database(self.settings.database)
        stored = asyncio.Event()
        if made is None:
            stored.set()
        alarms = Alarms(
            self.settings,
            database,
            self.bus,
            self.scene,
            NoSwitch(),
            stored=made or stored,
            clock=lambda: utc_now() + offset,
            webhook_limits=QUICK,
        )
        self.bus.listen(alarms.hear)
        task = asyncio.create_task(alarms.run())
        try:
            yield alarms
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await database.close()

    async def rows(self) -> list[tuple[str, str, bool]]:
        """Kind, subject and whether it still stands, of every row."""
        database = Database(self.settings.database)
        try:
            async with database.read() as session:
                found = await session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at, AlarmRow.id))
                return [(row.kind, row.subject, row.cleared_at is None) for row in found]
        finally:
            await database.close()

    def told(self) -> list[tuple[str, str]]:
        """The alarm events that were published, the calendar's left out."""
        return [
            (type(event).__name__, event.alarm.kind)
            for event in self.events
            if isinstance(event, AlarmRaised | AlarmCleared) and event.alarm.kind != "calendar_missing"
        ]


def kinds(alarms: Alarms) -> set[str]:
    return {one["kind"] for one in alarms.active()} - {"calendar_missing"}


def sent(duty: Receiver) -> list[dict[str, Any]]:
    """What was taken, the calendar's news left out: they depend on today's date."""
    return [one for one in duty.taken if one["alarm"]["kind"] != "calendar_missing"]


def event() -> HumanRequested:
    return HumanRequested(at=utc_now(), call="c", node="node1", queue="public", why="digit")


@pytest.fixture
async def file_url(tmp_path: Path) -> str:
    """A SQLite database with every table, for what does not hang on the kind of database."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'alarms.db'}")
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    await database.close()
    return database.url


@pytest.fixture
async def url(database: Database, database_url: str) -> str:
    return database_url


async def test_raised_stored_sent_and_cleared_once(tmp_path: Path, url: str) -> None:
    scene = Scene(waits={})
    async with receiver(500, 500) as duty:
        site = Site(tmp_path, url, scene, duty)
        async with site.running() as alarms:
            await until("loaded", alarms.keeper.loaded.is_set)
            scene.waits = {"public": Waiting(3, 11.0)}
            site.bus.publish(event())
            await until("raised", lambda: kinds(alarms) == {"wait_near"})
            scene.waits = {"public": Waiting(3, 15.2)}
            site.bus.publish(event())
            await until("broken", lambda: kinds(alarms) == {"wait_near", "wait_broken"})
            shown = alarms.active()
            assert [one["severity"] for one in shown if one["kind"] != "calendar_missing"] == [
                "critical",
                "warning",
            ]
            assert shown[0]["text"] == "综合受理：最长已等待 15.2 秒，3 人在等，已超过 15 秒"
            assert shown[0]["runbook"] == "/runbook/wait_broken"
            scene.waits = {}
            await until("cleared", lambda: kinds(alarms) == set())
            await until("all sent", lambda: len(sent(duty)) == 4)
    assert site.told() == [
        ("AlarmRaised", "wait_near"),
        ("AlarmRaised", "wait_broken"),
        ("AlarmCleared", "wait_near"),
        ("AlarmCleared", "wait_broken"),
    ]
    assert [row for row in await site.rows() if row[0] != "calendar_missing"] == [
        ("wait_near", "public", False),
        ("wait_broken", "public", False),
    ]
    assert [(one["event"], one["alarm"]["kind"]) for one in sent(duty)] == [
        ("alarm.raised", "wait_near"),
        ("alarm.raised", "wait_broken"),
        ("alarm.cleared", "wait_near"),
        ("alarm.cleared", "wait_broken"),
    ]
    assert len({one["id"] for one in duty.taken}) == len(duty.taken)
    assert sent(duty)[0]["alarm"]["id"] == sent(duty)[2]["alarm"]["id"]


async def test_what_still_stands_after_a_restart_is_not_raised_again(tmp_path: Path, url: str) -> None:
    scene = Scene(shares=Rates(sl15=0.90, connect_rate=0.99))
    async with receiver() as duty:
        site = Site(tmp_path, url, scene, duty)
        async with site.running() as alarms:
            await until("raised", lambda: kinds(alarms) == {"sl15_near", "sl15_broken"})
            first = {one["kind"]: one["id"] for one in alarms.active()}
            await until("stored", lambda: alarms.keeper.waiting == 0)
        scene.shares = None
        async with site.running() as alarms:
            await until("known again", lambda: kinds(alarms) == {"sl15_near", "sl15_broken"})
            assert {one["kind"]: one["id"] for one in alarms.active()} == first
            scene.shares = Rates(sl15=0.955, connect_rate=0.99)
            await until("one is over", lambda: kinds(alarms) == {"sl15_near"})
            await until("stored", lambda: alarms.keeper.waiting == 0)
    assert site.told() == [
        ("AlarmRaised", "sl15_near"),
        ("AlarmRaised", "sl15_broken"),
        ("AlarmCleared", "sl15_broken"),
    ]


async def test_nothing_private_is_sent(tmp_path: Path, url: str) -> None:
    async with receiver() as duty:
        site = Site(tmp_path, url, Scene(waits={"public": Waiting(1, 20.0)}), duty)
        async with site.running():
            await until("sent", lambda: len(sent(duty)) == 2)
    allowed = {
        *("id", "kind", "subject", "severity", "severity_label", "level", "title", "text", "since"),
        *("cleared_at", "details", "node", "runbook"),
    }
    for message in duty.taken:
        assert set(message) == {"id", "event", "site", "node", "alarm"}
        assert set(message["alarm"]) == allowed
        assert set(message["alarm"]["details"]) <= {"label", "longest_s", "waiting", "limit_s"}


async def test_a_clock_that_stood_later_before_the_restart(tmp_path: Path, url: str) -> None:
    site = Site(tmp_path, url, Scene())
    database = Database(url)
    await mark_seen(database, node="node1", at=utc_now() + timedelta(minutes=5))
    await database.close()
    async with site.running() as alarms:
        await until("it is seen", lambda: kinds(alarms) == {"clock_jump"})
        (jump,) = (one for one in alarms.active() if one["kind"] == "clock_jump")
        assert -301 < jump["details"]["jump_s"] < -290


async def test_a_silent_journal(tmp_path: Path, file_url: str) -> None:
    scene = Scene()
    site = Site(tmp_path, file_url, scene)
    async with site.running() as alarms:
        await until("loaded", alarms.keeper.loaded.is_set)
        for number in range(1, 8):
            scene.facts = (number, 0)
            await asyncio.sleep(0.5)
        await until("the journal is silent", lambda: kinds(alarms) == {"journal_stuck"})
        assert "通话日志停滞" in alarms.failures()[0]
        scene.facts = (8, 8)
        await until("it goes on", lambda: kinds(alarms) == set())


async def test_a_journal_that_cannot_be_read(tmp_path: Path, file_url: str) -> None:
    site = Site(tmp_path, file_url, Scene())
    journal = tmp_path / "asterisk" / "log" / "cel-custom" / "hotline.csv"
    journal.mkdir(parents=True)
    async with site.running() as alarms:
        await until("it is seen", lambda: kinds(alarms) == {"journal_stuck"})
        journal.rmdir()
        await until("it is over", lambda: kinds(alarms) == set())


async def test_a_full_disk(tmp_path: Path, file_url: str) -> None:
    site = Site(tmp_path, file_url, Scene(), disk_low_gb=1e6, disk_full_gb=1e6)
    async with site.running() as alarms:
        await until("both", lambda: kinds(alarms) == {"disk_low", "disk_full"})
        assert [line for line in alarms.failures() if "录音磁盘将满" in line]
        assert not [line for line in alarms.failures() if "录音磁盘空间不足" in line]


async def test_a_locked_database_is_told_without_it_and_written_down_later(
    tmp_path: Path, file_url: str
) -> None:
    url, file = file_url, file_url.partition("///")[2]
    scene = Scene(waits={})
    async with receiver() as duty:
        site = Site(tmp_path, url, scene, duty)
        async with site.running() as alarms:
            await until("loaded", alarms.keeper.loaded.is_set)
            await until("stored", lambda: alarms.keeper.waiting == 0)
            lock = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            await asyncio.to_thread(lock.execute, "BEGIN EXCLUSIVE")
            await until("raised", lambda: "database_unwritable" in kinds(alarms))
            await until(
                "told",
                lambda: [one for one in sent(duty) if one["alarm"]["kind"] == "database_unwritable"],
            )
            assert alarms.keeper.waiting
            lock.execute("ROLLBACK")
            lock.close()
            await until("over", lambda: kinds(alarms) == set(), 40)
            await until("written down", lambda: alarms.keeper.waiting == 0, 40)
            await until(
                "told that it is over",
                lambda: [one for one in duty.taken if one["event"] == "alarm.cleared"],
            )
            await until("marked as delivered", lambda: _delivery_states(file) == {"delivered"})
    assert ("database_unwritable", "node1", False) in await site.rows()
    names = [one["id"] for one in duty.taken]
    assert len(set(names)) == len(names)


def _delivery_states(file: str) -> set[str]:
    with closing(sqlite3.connect(file)) as store:
        return {state for (state,) in store.execute("SELECT state FROM webhook_deliveries")}


async def test_a_database_that_is_away_at_the_start(tmp_path: Path, url: str) -> None:
    """Alarms are raised without it; when it comes, what stood there before goes on under its old id."""
    scene = Scene(shares=Rates(sl15=0.90, connect_rate=0.99))
    site = Site(tmp_path, url, scene)
    async with site.running() as alarms:
        await until("raised", lambda: "sl15_broken" in kinds(alarms))
        before = {one["kind"]: one["id"] for one in alarms.active()}
        await until("stored", lambda: alarms.keeper.waiting == 0)
    made = asyncio.Event()
    async with site.running(made=made) as alarms:
        await until("raised without it", lambda: "database_unwritable" in kinds(alarms), 40)
        assert "sl15_broken" in kinds(alarms)
        made.set()
        await until("over", lambda: "database_unwritable" not in kinds(alarms))
        after = {one["kind"]: one["id"] for one in alarms.active()}
        assert after["sl15_broken"] == before["sl15_broken"]
        await until("stored", lambda: alarms.keeper.waiting == 0)
    assert [row[0] for row in await site.rows() if row[2]].count("sl15_broken") == 1


async def test_a_second_standing_row_does_not_keep_an_alarm_from_being_written(
    database: Database,
) -> None:
    for name in ("A1", "A2", "A2"):
        async with database.write() as session:
            await save(session, Alarm(name, "disk_low", "node1", KNOWN_YEAR, {}), node="node1")
    async with database.read() as session:
        assert [alarm.id for alarm in await standing(session, node="node1")] == ["A2"]
        assert await standing(session, node="node2") == []
    async with database.write() as session:
        again = update(AlarmRow).where(AlarmRow.id == "A1").values(cleared_at=None)
        with pytest.raises(IntegrityError):
            await session.execute(again)
        await session.rollback()


async def test_what_was_over_before_the_oldest_journal_is_removed(tmp_path: Path, url: str) -> None:
    site = Site(tmp_path, url, Scene())
    keep, now = timedelta(days=site.settings.journal.keep_days), utc_now()
    ages = {"OVER": keep * 2, "KEPT": keep / 2, "STANDS": keep * 2, "OTHER": keep * 2}
    async with (database := Database(url)).write() as session:
        for name, age in ages.items():
            raised = Alarm(name, "trunk_down", name, now - age, {})
            for one in (raised,) if name == "STANDS" else (raised, replace(raised, cleared_at=now - age)):
                await save(session, one, node="node2" if name == "OTHER" else "node1")
    async with site.running() as alarms:
        await alarms.forget()
    async with database.read() as session:
        left = {row.id for row in await rows(session)}
    await database.close()
    assert left & {*ages} == {"KEPT", "STANDS", "OTHER"}


async def test_a_kind_of_an_older_version_is_ended(tmp_path: Path, url: str) -> None:
    database = Database(url)
    async with database.write() as session:
        session.add(
            AlarmRow(
                id="OLD",
                kind="gone",
                subject="x",
                severity="warning",
                raised_at=KNOWN_YEAR,
                details={},
                node="node1",
            )
        )
    await database.close()
    site = Site(tmp_path, url, Scene())
    async with site.running() as alarms:
        await until("loaded", alarms.keeper.loaded.is_set)
        assert kinds(alarms) == set()
    assert ("gone", "x", False) in await site.rows()
