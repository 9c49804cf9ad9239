"""Figures over real HTTP: API, live stream, and what Prometheus reads, on a real store."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hotline.core.db import Database
from hotline.queue.agents import Agents
from hotline.telephony.events import CallStored
from hotline.telephony.tables import CallRow
from hotline.web import queue_stream, sse
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.server import build_app, serve
from support.asterisk import make_settings
from support.pages import FakeFigures, live_view

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class Site:
    """A served desk whose figures the test sets."""

    def __init__(self, state: Path, database: Database) -> None:
        self.settings = make_settings(state)
        self.database = database
        self.figures = FakeFigures()
        agents = Agents(self.settings, None)  # type: ignore[arg-type]  # nothing here asks the switch
        self.desk = Desk(self.settings, database, agents, lambda: Live(True, 2, ["x"]), self.figures)
        self.url = f"http://127.0.0.1:{self.settings.web.port}"
        self.headers = {"Authorization": f"Bearer {self.settings.web.token}"}
        self.task: asyncio.Task[None] | None = None

    async def start(self, **web: object) -> None:
        ready = asyncio.Event()
        settings = self.settings.web.model_copy(update=web)
        self.task = asyncio.create_task(serve(settings, build_app(settings, self.desk), ready.set))
        async with asyncio.timeout(10):
            await ready.wait()

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait({self.task})

    async def get(self, path: str, **headers: str) -> tuple[int, str, str]:
        async with (
            aiohttp.ClientSession(headers=headers or self.headers) as session,
            session.get(self.url + path) as answer,
        ):
            return answer.status, await answer.text(), answer.headers["Content-Type"]

    async def store(self, *waits_s: float | None) -> None:
        """Store one call for each wait, and tell of it as the tracker does; None is an abandoned call."""
        rows = [
            CallRow(
                id=f"node1-{n}",
                node="node1",
                trunk="test",
                did="12345",
                number="13812345678",
                queue="public",
                t0=NOW,
                t1=NOW,
                t3=None if wait is None else NOW + timedelta(seconds=wait),
                ended_at=NOW,
                outcome="abandoned" if wait is None else "answered",
                wait_human_us=None if wait is None else round(wait * 1_000_000),
                talk_us=None if wait is None else 40_000_000,
                facts=[],
            )
            for n, wait in enumerate(waits_s)
        ]
        async with self.database.write() as session:
            session.add_all(rows)
        for row in rows:
            self.tell(row.id, row.outcome)

    def tell(self, call: str, outcome: str | None) -> None:
        event = CallStored(at=NOW, call=call, node="node1", outcome=outcome)
        self.desk.exposition.counters.observe(event)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncGenerator[Site]:
    site = Site(tmp_path / "state", database)
    await site.start()
    yield site
    await site.stop()


async def first_events(answer: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(20):
        async for line in answer.content:
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
            if len(found) == count:
                break
    return found


async def test_every_figure_comes_with_its_definition(site: Site) -> None:
    status, text, _ = await site.get("/api/v1/queue/metrics?scope=public&window=day")
    assert status == 200
    assert json.loads(text)["figures"]["offered"] == {"value": 3, "definition": "offered", "version": 1}
    assert site.figures.asked == [("public", "day")]
    _, text, _ = await site.get("/api/v1/queue/live")
    assert json.loads(text) == site.figures.view
    _, text, _ = await site.get("/api/v1/queue/definitions")
    found = {one["id"]: one for one in json.loads(text)["definitions"]}
    assert found["sl15_offered"]["version"] == 1
    assert found["connect_rate_24h"]["limit"] == 0.95
    assert {"formula", "title", "unit"} <= found["asa"].keys()


async def test_the_times_of_every_agent(site: Site) -> None:
    status, text, _ = await site.get("/api/v1/queue/agents?since=yesterday")
    assert status == 200
    told = json.loads(text)
    assert [row["agent"] for row in told["agents"]] == ["1001", "1002", "1003"]
    row = told["agents"][0]
    assert row["times_ms"]["signed_out"] == sum(row["times_ms"].values()) > 0
    assert row["figures"]["agent_occupancy"]["value"] is None
    versions = {one["id"]: one["version"] for one in told["definitions"]}
    assert {name: figure["version"] for name, figure in row["figures"].items()} == versions


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/queue/metrics?scope=nobody", 404),
        ("/api/v1/queue/metrics?scope=%00", 422),
        (f"/api/v1/queue/metrics?scope={'x' * 500}", 422),
        ("/api/v1/queue/metrics?window=year", 422),
        ("/api/v1/queue/agents?since=never", 422),
        ("/api/v1/queue/agents?since=%00&until=now", 422),
        ("/api/v1/queue/agents?since=2026-11-22&until=2026-11-01", 422),
        ("/api/v1/queue/agents?since=2020-01-01", 422),
    ],
)
async def test_what_does_not_exist_is_a_problem(site: Site, path: str, status: int) -> None:
    answered, text, content_type = await site.get(path)
    assert (answered, content_type.partition(";")[0]) == (status, "application/problem+json")
    assert json.loads(text)["status"] == status


async def test_nobody_comes_in_without_a_token(site: Site) -> None:
    for path in ("metrics", "live", "definitions", "agents", "stream"):
        status, _, content_type = await site.get(f"/api/v1/queue/{path}", Accept="*/*")
        assert (status, content_type.partition(";")[0]) == (401, "application/problem+json"), path


@pytest.fixture
def signs_of_life_a_minute_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(queue_stream.LiveStream.__init__.__kwdefaults__, "slowest_s", 60.0)


@pytest.mark.usefixtures("signs_of_life_a_minute_apart")
async def test_a_change_comes_without_the_wait_for_a_sign_of_life(site: Site) -> None:
    async with (
        aiohttp.ClientSession(headers=site.headers) as session,
        session.get(f"{site.url}/api/v1/queue/stream") as answer,
    ):
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        (first,) = await first_events(answer, 1)
        assert first == site.figures.view
        site.figures.change(**live_view(waiting=9))
        (second,) = await first_events(answer, 1)
        assert second["total"]["waiting"] == 9
    assert site.figures.rendered < 50


async def test_hundreds_of_viewers_share_a_view_and_end_with_the_service(site: Site) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=site.headers, connector=connector) as session:
        url = f"{site.url}/api/v1/queue/stream"
        answers = await asyncio.gather(*(session.get(url) for _ in range(300)))
        found = await asyncio.gather(*(first_events(answer, 1) for answer in answers))
        assert [one for (one,) in found] == [site.figures.view] * 300
        before = site.figures.rendered
        site.figures.change(**live_view(waiting=3))
        changed = await asyncio.gather(*(first_events(answer, 1) for answer in answers))
        assert {one["total"]["waiting"] for (one,) in changed} <= {1, 3}
        assert site.figures.rendered - before < 30, "not one rendering for each viewer"
        await site.stop()
        async with asyncio.timeout(20):
            rest = await asyncio.gather(*(answer.content.read() for answer in answers))
        assert all(isinstance(text, bytes) for text in rest), "ended in order, not cut"


async def test_a_viewer_who_does_not_read_is_dropped(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "WRITE_LIMIT_S", 0.3)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", site.settings.web.port))
    request = (
        f"GET /api/v1/queue/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {site.headers['Authorization']}"
    )
    reader.sendall(f"{request}\r\n\r\n".encode())
    async with asyncio.timeout(60):
        n = 0
        while await viewers(site) != 0 or n == 0:
            n += 1
            site.figures.change(curve=[n, "x" * 1_000_000])
            await asyncio.sleep(0.1)
    reader.close()
    assert n < 400


async def viewers(site: Site) -> int:
    _, text, _ = await site.get("/metrics")
    (line,) = [line for line in text.splitlines() if line.startswith("hotline_live_viewers ")]
    return int(float(line.split()[1]))


async def test_what_prometheus_reads(site: Site) -> None:
    await site.store(3.0, 15.0, 15.000001, None)
    site.tell("node1-1", "answered")
    counters = site.desk.exposition.counters
    await counters.count()
    site.tell("node1-1", "answered")
    await counters.count()
    status, text, content_type = await site.get("/metrics")
    assert (status, content_type.partition(";")[0]) == (200, "text/plain")
    lines = set(text.splitlines())
    for line in (
        'hotline_calls_total{outcome="answered"} 3.0',
        'hotline_calls_total{outcome="abandoned"} 1.0',
        'hotline_wait_seconds_bucket{le="12.0"} 1.0',
        'hotline_wait_seconds_bucket{le="15.0"} 2.0',
        "hotline_wait_seconds_count 3.0",
        'hotline_queue_waiting{queue="public"} 1.0',
        'hotline_queue_waiting_over{queue="public",seconds="10"} 1.0',
        'hotline_agents{state="talking"} 1.0',
        'hotline_service_level_ratio{definition="sl15_offered",version="1"} 0.9731',
        "hotline_wait_limit_seconds 15.0",
        "hotline_connect_rate_limit_ratio 0.95",
        "hotline_switch_connected 1.0",
        "hotline_calls_open 2.0",
        "hotline_figures_up 1.0",
    ):
        assert line in lines, line
    assert "process_cpu_seconds_total" in text
    assert not [line for line in lines if line.startswith("hotline_connect_rate_24h_min_today_ratio{")], (
        "a window of nothing has no value"
    )
    assert "13812345678" not in text
    assert "node1-" not in text, "nor which call it was"


async def test_calls_wait_for_a_store_that_is_away(site: Site) -> None:
    await site.store(1.0)
    counters = site.desk.exposition.counters
    working, counters._database = counters._database, Database("postgresql+asyncpg://hotline@127.0.0.1:1/no")
    with pytest.raises(OSError):  # noqa: PT011  # whatever a refused connection is called
        await counters.count()
    await counters._database.close()
    counters._database = working
    await counters.count()
    assert 'hotline_calls_total{outcome="answered"} 1.0' in (await site.get("/metrics"))[1]


async def test_figures_that_are_away_do_not_take_the_rest_with_them(site: Site) -> None:
    from hotline.core.errors import HotlineError

    site.figures.error = HotlineError("not now")
    _, text, _ = await site.get("/metrics")
    assert "hotline_figures_up 0.0" in text
    assert "hotline_switch_connected 1.0" in text
    assert "hotline_queue_waiting{" not in text


async def test_programs_of_this_machine_may_read_without_a_token_when_so_set(
    tmp_path: Path, database: Database
) -> None:
    site = Site(tmp_path / "state", database)
    await site.start(metrics="loopback")
    assert (await site.get("/metrics", Accept="*/*"))[0] == 200
    for name, value in (("X-Forwarded-For", "192.0.2.7"), ("Host", "evil.example"), ("Origin", "http://e")):
        assert (await site.get("/metrics", **{name: value}))[0] == 401, name
    assert (await site.get("/api/v1/queue/live", Accept="*/*"))[0] == 401
    await site.stop()
