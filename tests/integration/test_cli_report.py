"""``hotline queue report`` over a real store: SQLite and PostgreSQL give the same report."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from typer.testing import CliRunner, Result

from hotline.cli import queue, queue_report
from hotline.cli.output import OutputError
from hotline.core.clock import from_us
from hotline.core.db import Base, Database
from hotline.core.errors import InvalidInputError
from hotline.queue import figure_store
from hotline.queue.figure_calls import FigureCall
from hotline.queue.reports import make_report
from hotline.queue.reports_calls import calls_of
from hotline.queue.reports_json import to_json
from hotline.queue.reports_period import read_period
from hotline.telephony.tables import CallRow
from support.asterisk import make_settings
from support.reports import CHINA, NOW, call, report_of

Run = Callable[..., Result]

CALLS = [
    call(
        f"2026-11-{day:02d}T{hour:02d}:{minute:02d}",
        wait,
        queue=name,
        agent=agent,
        name=f"{day}-{hour}-{minute}",
    )
    for day in (18, 19, 20, 21)
    for hour, minute, wait, name, agent in (
        (0, 0, 15.0, "public", "1001"),
        (9, 30, 15.001, "enterprise", "1002"),
        (9, 31, None, "public", ""),
        (23, 59, 0.25, "public", "1001"),
    )
]


def row_of(one: FigureCall) -> CallRow:
    def moment(at_us: int | None) -> datetime | None:
        return None if at_us is None else from_us(at_us)

    return CallRow(
        id=one.id,
        node="node1",
        trunk="test",
        did="12345",
        number="13812345678",
        queue=one.queue,
        agent=one.agent or None,
        t0=moment(one.t0_us),
        t1=moment(one.t1_us),
        t3=moment(one.t3_us),
        ended_at=moment(one.t5_us),
        outcome=one.outcome,
        facts=[],
    )


async def fill(database: Database) -> None:
    menu_only = CallRow(
        id="menu", node="node1", trunk="t", did="1", number="1", t0=NOW, apart="self_service", facts=[]
    )
    async with database.write() as session:
        session.add_all([*(row_of(one) for one in CALLS), menu_only])


@pytest.mark.clause("R-Q-1", "R-Q-2")
@pytest.mark.parametrize("by", ["hour", "day", "week", "month", "queue", "agent"])
async def test_the_store_gives_the_report_of_its_calls(
    database: Database, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_store, "PORTION", 3)
    await fill(database)
    expected = await asyncio.to_thread(report_of, CALLS, by)
    plan = expected.plan
    assert plan.period == read_period("2026-11-20", "2026-11-21", NOW, CHINA)
    made = await make_report(plan, partial(calls_of, database), NOW)
    assert to_json(made) == to_json(expected)
    assert made.total.value("offered") == 8


@pytest.fixture
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = make_settings(tmp_path)

    async def prepare() -> None:
        database = Database(settings.database)
        async with database.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        await fill(database)
        await database.close()

    asyncio.run(prepare())
    monkeypatch.setattr(queue_report.common, "load_settings", lambda _config: settings)

    def run(*arguments: str) -> Result:
        with time_machine.travel(NOW.astimezone(UTC), tick=True):
            done = CliRunner().invoke(queue.app, ["report", *arguments], env={"COLUMNS": "250"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def test_a_table_for_people(hotline: Run) -> None:
    shown = hotline("--since", "2026-11-20", "--until", "2026-11-21", "--by", "queue").stdout
    for text in (
        "综合受理",
        "15秒接通率",
        "sl15_offered v1",
        "connect_rate_24h_min v1",
        "95.00%",
        "Asia/Shanghai",
    ):
        assert text in shown, text
    assert "13812345678" not in shown
    shown = hotline("--since", "yesterday", "--until", "yesterday").stdout
    assert "2026-11-21 00:00 – 2026-11-22 00:00" in shown


def test_json_csv_and_xlsx_say_the_same(hotline: Run, tmp_path: Path) -> None:
    period = ("--since", "2026-11-20", "--until", "2026-11-21", "--by", "day")
    told = json.loads(hotline(*period, "--format", "json").stdout)
    assert json.loads(hotline(*period, "--json").stdout)["rows"] == told["rows"]
    assert [row["figures"]["offered"]["value"] for row in told["rows"]] == [4, 4]
    rows = list(
        csv.DictReader(io.StringIO(hotline(*period, "--format", "csv").stdout_bytes.decode("utf-8-sig")))
    )
    assert [row["请求人工数 [offered v1]"] for row in rows] == ["4", "4", "8"]
    file = tmp_path / "report.xlsx"
    done = hotline(*period, "--format", "xlsx", "--output", str(file))
    assert done.stdout == ""
    with zipfile.ZipFile(file) as book:
        assert book.testzip() is None
        assert "xl/charts/chart4.xml" in book.namelist()


def test_mistakes_are_one_clear_line(hotline: Run, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="2026-11-22T08:00"):
        hotline("--since", "22.11.2026")
    with pytest.raises(InvalidInputError, match="is empty"):
        hotline("--since", "today", "--until", "yesterday")
    with pytest.raises(OutputError, match=r"cannot write.*--output"):
        hotline("--format", "csv", "--output", str(tmp_path / "none" / "r.csv"))
    assert hotline("--by", "year").exit_code == 2
