"""Reports as files that the pages download: the same figures as the command's, in three forms."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from hotline.core.db import Database
from hotline.queue.agents import Agents
from hotline.telephony.tables import CallRow
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.report_view import MOST_WAITING, TooManyReportsError
from hotline.web.server import build_app
from support.asterisk import make_settings
from support.pages import FakeFigures

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    settings = make_settings(tmp_path)
    async with database.write() as session:
        for n, outcome in enumerate(("answered", "answered", "abandoned")):
            answered = BEFORE if outcome == "answered" else None
            session.add(
                CallRow(
                    **{"id": f"node1-{n}.1", "node": "node1", "trunk": "test", "did": "12345", "facts": []},
                    **{"number": "13812345678", "queue": "public", "outcome": outcome},
                    **{"t0": BEFORE, "t1": BEFORE, "t3": answered, "ended_at": BEFORE},
                    wait_human_us=1_000_000 if answered else None,
                )
            )
    agents = Agents(settings, None)  # type: ignore[arg-type]  # nothing here asks the switch
    return Desk(settings, database, agents, lambda: Live(True, 0, []), FakeFigures(), clock=lambda: NOW)


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncGenerator[TestClient[Any, Any]]:
    settings = make_settings(tmp_path)
    headers = {"Authorization": f"Bearer {settings.web.token}"}
    async with TestClient(TestServer(build_app(settings.web, desk)), headers=headers) as client:
        yield client


async def fetch(client: TestClient[Any, Any], path: str) -> tuple[str, bytes]:
    async with client.get(f"/api/v1/reports/{path}") as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.headers["Content-Disposition"], await answer.read()


@pytest.mark.clause("R-Q-1")
async def test_a_period_as_json_csv_and_workbook(client: TestClient[Any, Any]) -> None:
    period = "since=2026-11-21&until=2026-11-22"
    name, body = await fetch(client, f"calls?{period}&by=day&format=json")
    assert name == 'attachment; filename="hotline-calls-20261121-20261122-by-day.json"'
    told = json.loads(body)
    offered = told["total"]["figures"]["offered"]
    assert (offered["value"], offered["definition"], offered["version"]) == (3, "offered", 1)
    _, body = await fetch(client, f"calls?{period}&by=queue&format=csv")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert any("13812345678" in cell for row in rows for cell in row) is False
    assert [row[0] for row in rows if row and row[0] == "合计"] == ["合计"]
    _, body = await fetch(client, f"calls?{period}")
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert "xl/workbook.xml" in book.namelist()
    name, body = await fetch(client, f"callbacks?{period}&by=unit&format=json")
    assert "hotline-callbacks-" in name
    assert json.loads(body)["total"]["figures"]["cb_ended"]["value"] == 0


@pytest.mark.parametrize(
    "query", ["by=hour%0A", "format=exe", "since=2020-01-01", "since=tomorrow", "since=2026-11-23", "by=unit"]
)
async def test_what_cannot_be_reported_is_refused(client: TestClient[Any, Any], query: str) -> None:
    async with client.get(f"/api/v1/reports/calls?{query}") as answer:
        assert answer.status == 422
        assert answer.content_type == "application/problem+json"


async def test_reports_are_made_one_after_the_other_and_not_without_end(desk: Desk) -> None:
    reports = desk.reports
    async with reports._turn:
        waiting = [
            asyncio.create_task(reports.calls("today", "now", "day", "json")) for _ in range(MOST_WAITING + 1)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyReportsError):
            await reports.calls("today", "now", "day", "json")
    assert len({file.body for file in await asyncio.gather(*waiting)}) == 1
