from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from hotline.app.figures import Figures
from hotline.core.clock import from_us
from hotline.core.db import Base, Database
from hotline.core.errors import NotFoundError
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.queue.definitions import OUTCOMES
from hotline.queue.figure_calls import FigureCall
from hotline.telephony.tables import CallRow
from hotline.telephony.tracker import Tracker
from support.asterisk import make_settings
from support.call_facts import Story, abandoned, answered, live, text
from support.figure_calls import DAY, EDGES, NOW, SECOND, call, plain_figures

AGENTS = [
    {"number": "1001", "name": "甲", "secret": "s" * 20, "queues": ["main"], "group": "early"},
    {"number": "1002", "name": "乙", "secret": "s" * 20, "queues": ["main", "other"], "group": "late"},
]
QUEUES = [{"name": "main", "label": "综合受理"}, {"name": "other", "label": "涉企服务"}]


class Node:
    """Tracker and figures on the same files and store; ``start`` again is a restart of the service."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.settings: Settings = make_settings(folder, agents=AGENTS, queues=QUEUES)
        self.database = database
        self.now_us = NOW
        self.logs = self.settings.state / "asterisk" / "log"
        (self.logs / "cel-custom").mkdir(parents=True)

    def journal(self, *stories: Story) -> None:
        with (self.logs / "cel-custom" / "hotline.csv").open("a", encoding="utf-8", newline="") as file:
            file.writelines(text(story.rows) for story in stories)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[tuple[Tracker, Figures]]:
        bus = EventBus()
        tracker = Tracker(self.settings, self.database, bus, clock=lambda: from_us(self.now_us))
        figures = Figures(self.settings, self.database, tracker, bus, clock=lambda: from_us(self.now_us))
        task = asyncio.create_task(figures.run())
        try:
            yield tracker, figures
        finally:
            task.cancel()
            await asyncio.wait([task])


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)


async def settled(figures: Figures) -> None:
    """Wait until the last days are loaded and the older ones summed."""
    await until(lambda: figures.loaded and figures.metrics(window="month")["complete"] is True)


def waiting(figures: Figures) -> int:
    return figures.live()["total"]["waiting"]


async def store(database: Database, calls: list[FigureCall]) -> None:
    def moment(at_us: int | None) -> Any:
        return None if at_us is None else from_us(at_us)

    async with database.write() as session:
        for one in calls:
            row = CallRow(
                id=one.id,
                node=one.node,
                trunk="",
                did="",
                number="",
                queue=one.queue,
                agent=one.agent or None,
                t0=moment(one.t0_us),
                t1=moment(one.t1_us),
                t2=moment(one.t2_us),
                t3=moment(one.t3_us),
                t4=moment(one.t4_us),
                ended_at=moment(one.t5_us),
                outcome=one.outcome,
                apart=one.apart,
                callback_answered_at=moment(one.callback_answered_us),
                facts=[],
            )
            await session.merge(row)


def some_calls(count: int) -> list[FigureCall]:
    chance = random.Random(3)  # noqa: S311  # the same calls in every run
    found: list[FigureCall] = []
    for n in range(count):
        outcome = chance.choice(["answered"] * 20 + list(OUTCOMES))
        wait_us = chance.choice([*EDGES, chance.randrange(90 * SECOND)])
        promised = NOW if chance.random() < 0.5 else None
        t1_us = chance.choice([NOW - DAY, NOW - DAY + 1, NOW - chance.randrange(40 * DAY)])
        one = call(
            f"call{n:05}",
            t1_us if n % 9 else None,
            outcome,
            wait_us=wait_us,
            queue=chance.choice(["main", "other"]),
            agent=chance.choice(["1001", "1002"]),
            callback_answered_us=promised,
        )
        found.append(one)
    return found


def shares(metrics: dict[str, Any]) -> dict[str, Any]:
    """The figures, exactly."""
    found: dict[str, Any] = {}
    for name, figure in metrics["figures"].items():
        if figure["unit"] == "ms":
            found[name] = None if figure["value"] is None else round(figure["value"] * 1000)
        elif "denominator" in figure:
            found[name] = (
                Fraction(figure["numerator"], figure["denominator"]) if figure["denominator"] else None
            )
        else:
            found[name] = figure["value"]
    del found["wait_human"]
    return found


@pytest.mark.clause("R-Q-1")
@pytest.mark.clause("R-Q-2")
@pytest.mark.clause("R-Q-4")
async def test_sqlite_and_postgresql_give_the_figures_of_the_definitions(
    tmp_path: Path, database: Database
) -> None:
    calls = some_calls(2500)
    await store(database, calls)
    async with Node(tmp_path, database).running() as (_, figures):
        await settled(figures)
        for window in ("24h", "day", "week", "month"):
            reading = figures.read("all", window)
            until = None if window == "24h" else reading.span.until_us
            expected = plain_figures(calls, reading.span.since_us, NOW, until)
            assert expected.pop("connect_rate_24h_min_at") == reading.lowest_at_us
            assert shares(figures.metrics(window=window)) == expected
        since_us = figures.read("all", "month").span.since_us
        early = [one for one in calls if one.outcome == "answered" and one.agent == "1001"]
        offered = sum(one.t1_us is not None and one.t1_us >= since_us for one in early)
        assert shares(figures.metrics("group:early", "month"))["offered"] == offered > 0


@pytest.mark.clause("R-Q-4")
async def test_a_service_that_was_away_has_the_figures_of_one_that_never_was(
    tmp_path: Path, database: Database
) -> None:
    node = Node(tmp_path, database)
    stories = [answered(f"node1-17953199{n:02}.{n}", at_us=NOW - (80 - n) * SECOND) for n in range(10)]
    stories += [abandoned(f"node1-17953198{n:02}.{n}", at_us=NOW - (180 - n) * SECOND) for n in range(3)]
    waits = Story("node1-1795319990.99", NOW - 20 * SECOND).arrive().menu().ask().enter()
    async with node.running() as (tracker, figures):
        await tracker.load()
        await settled(figures)
        for story in stories[:8]:
            for row in story.rows:
                tracker.feed_live(live(row))
        assert figures.metrics()["figures"]["offered"]["value"] == 8, "what is live counts at once"
        node.journal(*stories[:8])
        await tracker.read_journal()
        node.journal(*stories[8:], waits)
        await tracker.read_journal()
        never_away, board = figures.metrics(window="day"), figures.live()
    assert never_away["figures"]["sl15_offered"]["denominator"] == 14
    assert never_away["figures"]["outcome"]["value"]["abandoned"] == 3
    assert board["total"]["waiting"] == 1
    async with node.running() as (tracker, figures):
        await tracker.load()
        await tracker.read_journal()
        await settled(figures)
        await until(lambda: waiting(figures) == 1)
        assert figures.metrics(window="day") == never_away
        again = figures.live()
    assert again == board


@pytest.mark.clause("R-Q-1")
async def test_who_hears_the_offer_waits_and_who_takes_it_does_not(
    tmp_path: Path, database: Database
) -> None:
    node = Node(tmp_path, database)
    async with node.running() as (tracker, figures):
        await settled(figures)
        story = Story("node1-1795319990.1", NOW - 20 * SECOND).arrive().menu().ask("main").enter(1, "main")
        for tell, count in (
            (lambda: story.wait(5).leave("TIMEOUT", 1, "main"), 1),
            (lambda: story.wait(5).mark("HL_OFFER", key="1"), 0),
            (lambda: story.wait(5).enter(2, "main"), 1),
            (lambda: story.wait(1).leave("KEY", 2, "main"), 0),
        ):
            tell()
            for row in story.rows:
                tracker.feed_live(live(row))
            assert waiting(figures) == count


@pytest.mark.clause("R-Q-1")
async def test_who_waits_is_shown_at_once_and_in_the_queue_he_is_in(
    tmp_path: Path, database: Database
) -> None:
    node = Node(tmp_path, database)
    async with node.running() as (tracker, figures):
        await settled(figures)
        story = Story("node1-1795319990.1", NOW - 20 * SECOND).arrive().menu().ask("main").enter(1, "main")
        story.wait(5).leave("TIMEOUT", 1, "main").enter(2, "other")
        seen = figures.version
        for row in story.rows:
            tracker.feed_live(live(row))
        assert await figures.changed(seen, 5) > seen
        board = figures.live()
        main, other = board["queues"]
        assert (main["waiting"], other["waiting"]) == (0, 1)
        assert other["longest_wait_ms"] == board["total"]["longest_wait_ms"] == 17_999
        assert other["waiting_over_15s"] == other["waiting_over_10s"] == 1
        assert board["sl15_offered"]["value"] == 0.0
        assert figures.metrics("main")["figures"]["offered"]["value"] == 1
        assert figures.metrics("other")["figures"]["offered"]["value"] == 0
        rows = list(story.rows)
        for row in story.ring(f"{story.call}1").answer(f"{story.call}1").rows[len(rows) :]:
            tracker.feed_live(live(row))
        assert figures.live()["total"]["waiting"] == 0
        assert figures.metrics("group:early")["figures"]["offered"]["value"] == 1


async def test_a_store_that_is_away_is_waited_for(tmp_path: Path, database_url: str) -> None:
    database = Database(database_url)
    async with Node(tmp_path, database).running() as (_, figures):
        await asyncio.sleep(0.1)
        assert figures.metrics()["complete"] is False
        async with database.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        await store(database, [call("a", NOW - SECOND)])
        await settled(figures)
        assert figures.metrics()["figures"]["connect_rate_24h"]["value"] == 1.0
    await database.close()


async def test_calls_of_other_nodes_count_in_the_whole_hotline(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.app.figures.CHECK_S", 0.05)
    monkeypatch.setattr("hotline.app.figures.TICK_S", 0.05)
    async with Node(tmp_path, database).running() as (_, figures):
        await settled(figures)
        await store(database, [replace(call("far", NOW - 60 * SECOND, None), node="node2")])
        await until(lambda: waiting(figures) == 1)
        await store(database, [replace(call("far", NOW - 60 * SECOND, "abandoned"), node="node2")])
        await until(lambda: waiting(figures) == 0)
        assert figures.metrics()["figures"]["abandon_rate"]["value"] == 1.0


async def test_late_corrections_of_other_nodes_are_seen_however_old_their_calls_are(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CHECK_S", "TICK_S", "DAY_AGAIN_S"):
        monkeypatch.setattr(f"hotline.app.figures.{name}", 0.01)
    old = [
        replace(call(f"far{hours}", NOW - hours * 3600 * SECOND, "callback_accepted"), node="node2")
        for hours in (20, 40, 24 * 7)
    ]
    await store(database, old)
    async with Node(tmp_path, database).running() as (_, figures):
        await settled(figures)

        def connected(window: Any) -> int:
            found: Any = figures.metrics(window=window)["figures"]
            return found["outcome"]["value"].get("answered", 0)

        assert connected("month") == 0
        await store(database, [replace(one, outcome="answered") for one in old])
        await until(lambda: connected("24h") == 1)
        await until(lambda: connected("month") == 3)


async def test_who_waits_at_another_node_stays_in_sight_while_it_is_read_again(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.app.figures.CHECK_S", 0.01)
    monkeypatch.setattr("hotline.app.figures.TICK_S", 0.01)
    await store(database, [replace(call("far", NOW - 60 * SECOND, None), node="node2")])
    async with Node(tmp_path, database).running() as (_, figures):
        await until(lambda: waiting(figures) == 1)
        version, seen = figures.version, set[int]()
        while figures.version < version + 5:  # looked at whenever the service gives way
            seen.add(waiting(figures))
            await asyncio.sleep(0)
        assert seen == {1}


async def test_a_scope_that_does_not_exist_is_refused(tmp_path: Path, database: Database) -> None:
    async with Node(tmp_path, database).running() as (_, figures):
        assert figures.metrics("group:late")["figures"]["offered"]["value"] == 0
        for name in ("mains", "group:", "group:night", "queue:", ""):
            with pytest.raises(NotFoundError):
                figures.metrics(name)
