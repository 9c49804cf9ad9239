"""What it costs to schedule one callback, from the row that waits to the row that is over, at 10^4 and 10^6.

``bench/callback.py`` has it as its half without a switch. Run: ``python bench/callback_schedule.py --json``.
"""

from __future__ import annotations

import sys
from pathlib import Path

# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import random
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

from sqlalchemy import Connection, create_engine, insert, text

from hotline.app import schema
from hotline.callback_bot.dial.attempt import Ending
from hotline.callback_bot.model import Outcome
from hotline.callback_bot.tables import CallbackRow, LaneRow
from hotline.core.clock import to_us
from hotline.core.db import Base, Database
from support.benches import run, say
from support.postgres import Cluster, running_cluster
from support.robot_store import TEN, RobotStore, robot_settings

SIZES = (10_000, 1_000_000)
BATCH = 10
"""Lines that become free at a time."""
CAMPAIGNS, PRIORITIES = 4, 3
ENDS = (Outcome.COMPLETED, Outcome.COMPLETED, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.LINE_FAILED)
HOW = (
    "{rows} waiting callbacks in {campaigns} campaigns of {priorities} priorities, each of another person, "
    "half of them due. A callback's scheduling is its share of a claim of {batch} (lines counted, lanes "
    "looked at, rows and people locked, attempts stored and committed to the disk) and its end (outcome, "
    "what follows, the person's rest, committed). Blocks of {block} claims on each size in turn; SQLite in "
    "this process by processor time, PostgreSQL with its server by the wall clock; ratios of the medians."
)

_NUMBERS = {
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
        "SELECT {columns} FROM n"
    ),
    "postgresql": "SELECT {columns} FROM generate_series(0::bigint, {last}) AS n(i)",
}
_MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', {base} + ({seconds}), 'unixepoch')",
    "postgresql": "to_timestamp({base} + ({seconds}))",
}
_DIGITS = {"sqlite": "printf('%0{0}d', {1})", "postgresql": "lpad(({1})::text, {0}, '0')"}


class Filled:
    """A store of so many callbacks, and what scheduling costs in it."""

    def __init__(self, database: Database, size: int) -> None:
        self.size = size
        trunks = [{"name": "city", "lines": BATCH, "per_second": 100}]
        self.robot = RobotStore(database, robot_settings(trunks=trunks), now=TEN)
        self.cpu_s: list[float] = []
        self.wall_s: list[float] = []

    async def block(self, claims: int, chance: random.Random) -> None:
        """Schedule ``claims`` times a batch; add the cost of one callback."""
        robot, done = self.robot, 0
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(claims):
            robot.after(seconds=1)
            batch = await robot.claim()
            for claimed in batch:
                ending = Ending(chance.choice(ENDS), ended_us=to_us(robot.now))
                assert await robot.store.finish(claimed.attempt.id, ending)
            done += len(batch)
        self.cpu_s.append((time.process_time() - cpu) / done)
        self.wall_s.append((time.perf_counter() - wall) / done)
        assert done == claims * BATCH


def _fill(connection: Connection, size: int) -> None:
    """Put the rows in; the indexes are made afterwards, as that is faster."""
    Base.metadata.create_all(connection)
    dialect = connection.dialect.name
    table = CallbackRow.metadata.tables["robot_callbacks"]
    for index in table.indexes:
        index.drop(connection)
    base = to_us(TEN) // 1_000_000

    def moment(seconds: str) -> str:
        return _MOMENT[dialect].format(base=base, seconds=seconds)

    def digits(count: int, number: str) -> str:
        return _DIGITS[dialect].format(count, number)

    spread = "(i * 7919) % 40000 - 20000"
    values = {
        "id": digits(26, "i"),
        "same": f"'T' || {digits(8, 'i')} || '@'",
        "campaign": f"'c' || (i % {CAMPAIGNS})",
        "ticket": f"'T' || {digits(8, 'i')}",
        "phone": f"'139' || {digits(8, 'i')}",
        "person": "'王女士'",
        "unit": "'城管局'",
        "kind": "'投诉'",
        "matter": "'路灯不亮'",
        "dialogue": "'standard'",
        "priority": f"(i / {CAMPAIGNS}) % {PRIORITIES}",
        "latest": moment("864000"),
        "state": "'waiting'",
        "tries": "0",
        "outcomes": "'[]'",
        "next_at": moment(spread),
        "why": "''",
        "created_at": moment("-86400"),
    }
    rows = _NUMBERS[dialect].format(last=size - 1, columns=", ".join(values.values()))
    connection.execute(text(f"INSERT INTO robot_callbacks ({', '.join(values)}) {rows}"))  # ours
    people = {"phone": values["phone"], "calls": "0", "quiet_why": "''", "quiet_by": "''"}
    rows = _NUMBERS[dialect].format(last=size - 1, columns=", ".join(people.values()))
    connection.execute(text(f"INSERT INTO robot_people ({', '.join(people)}) {rows}"))  # ours
    for index in table.indexes:
        index.create(connection)
    lanes = [
        {"campaign": f"c{campaign}", "priority": rank}
        for campaign in range(CAMPAIGNS)
        for rank in range(PRIORITIES)
    ]
    connection.execute(insert(LaneRow), lanes)
    if dialect == "postgresql":  # as its autovacuum does; nothing analyses SQLite
        connection.execute(text("ANALYZE"))


def _fill_file(path: str, size: int) -> None:
    """Fill a SQLite file without waiting for the disk."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        for pragma in ("synchronous=OFF", "journal_mode=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        _fill(connection, size)
        connection.commit()
    engine.dispose()


@asynccontextmanager
async def filled(url: str, size: int) -> AsyncGenerator[Filled]:
    """Give a store of so many callbacks."""
    database = Database(url)
    try:
        if database.is_sqlite:
            _fill_file(url.partition("///")[2], size)
        else:
            async with database.write() as session:
                connection = await session.connection()
                await connection.run_sync(_fill, size)
        made = Filled(database, size)
        for campaign in range(CAMPAIGNS):
            await made.robot.campaign(f"c{campaign}")
        yield made
    finally:
        await database.close()


async def _both(urls: list[str], *, blocks: int, claims: int) -> tuple[float, dict[str, object]]:
    """Return the ratio of the larger store's cost to the smaller one's, and the costs in ms."""
    chance = random.Random(7)  # noqa: S311  # which outcomes follow each other, the same in every run
    async with AsyncExitStack() as stack:
        stores: list[Filled] = []
        for url, size in zip(urls, SIZES, strict=True):
            begun = time.perf_counter()
            stores.append(await stack.enter_async_context(filled(url, size)))
            say(f"{url.partition(':')[0]}: {size} callbacks in {time.perf_counter() - begun:.1f} s")
        for store in stores:
            await store.block(5, chance)
            store.cpu_s.clear()
            store.wall_s.clear()
        for _ in range(blocks):
            for store in stores:
                await store.block(claims, chance)
        server = not stores[0].robot.database.is_sqlite
        cost = [median(store.wall_s if server else store.cpu_s) for store in stores]
        figures: dict[str, object] = {
            f"ms_{size}": round(one * 1000, 3) for size, one in zip(SIZES, cost, strict=True)
        }
        figures["wall_ms_1000000"] = round(median(stores[-1].wall_s) * 1000, 3)
    return cost[-1] / cost[0], figures


async def measure(*, quick: bool) -> dict[str, object]:
    """Measure both sizes, on SQLite and, unless it has to be quick, on PostgreSQL."""
    blocks, claims = (9, 5) if quick else (15, 10)
    assert schema.head()
    with tempfile.TemporaryDirectory(prefix="hotline-") as folder:
        urls = [f"sqlite+aiosqlite:///{folder}/{size}.db" for size in SIZES]
        ratio, figures = await _both(urls, blocks=blocks, claims=claims)
    ratios, all_figures = {"schedule_1e6_vs_1e4": round(ratio, 3)}, {"schedule_sqlite": figures}
    if not quick:
        with running_cluster() as cluster:
            ratio, all_figures["schedule_postgresql"] = await _on_server(cluster, blocks, claims)
        ratios["schedule_1e6_vs_1e4_postgresql"] = round(ratio, 3)
    how = HOW.format(
        rows=" and ".join(map(str, SIZES)),
        campaigns=CAMPAIGNS,
        priorities=PRIORITIES,
        batch=BATCH,
        block=claims,
    )
    return {"name": "callback", "ratios": ratios, "figures": all_figures, "how": how}


async def _on_server(cluster: Cluster, blocks: int, claims: int) -> tuple[float, dict[str, object]]:
    return await _both([cluster.new_database() for _ in SIZES], blocks=blocks, claims=claims)


if __name__ == "__main__":
    run(__doc__, measure)
