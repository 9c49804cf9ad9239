"""The report of today, the API and /metrics say the same of the same calls."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hotline.app.figures import Figures
from hotline.core.clock import from_us, to_us
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.queue.agents import Agents
from hotline.queue.reports import make_report
from hotline.queue.reports_calls import calls_of
from hotline.queue.reports_period import read_period
from hotline.queue.reports_plan import plan_of
from hotline.telephony.tables import CallRow
from hotline.telephony.tracker import Tracker
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.server import build_app, serve
from support.asterisk import make_settings
from support.reports import CHINA, NOW, SECOND, call


def rows(count: int) -> list[CallRow]:
    """Calls of the two days before now, answered around the limit or given up."""
    chance = random.Random(12345)  # noqa: S311  # calls, not secrets
    made: list[CallRow] = []
    for n in range(count):
        wait = chance.choice([None, 0.5, 14.999, 15.0, 15.001, 31.0])
        at = to_us(NOW) - chance.randrange(48 * 3600 * SECOND)
        one = call(at, wait, queue=chance.choice(["public", "enterprise"]), name=f"node1-{n}")
        made.append(
            CallRow(
                id=one.id,
                node="node1",
                trunk="test",
                did="12345",
                number="13812345678",
                queue=one.queue,
                agent=one.agent or None,
                t0=from_us(one.t0_us or 0),
                t1=from_us(at),
                t3=None if one.t3_us is None else from_us(one.t3_us),
                ended_at=from_us(one.t5_us or 0),
                outcome=one.outcome,
                facts=[],
            )
        )
    return made


@pytest.mark.clause("R-Q-1", "R-Q-2")
async def test_report_api_and_metrics_agree(database: Database, tmp_path: Path) -> None:
    async with database.write() as session:
        session.add_all(rows(300))
    settings, bus = make_settings(tmp_path), EventBus()
    tracker = Tracker(settings, database, bus, clock=lambda: NOW)
    figures = Figures(settings, database, tracker, bus, clock=lambda: NOW)
    agents = Agents(settings, None)  # type: ignore[arg-type]  # nothing here asks the switch
    desk = Desk(settings, database, agents, lambda: Live(True, 0, []), figures, clock=lambda: NOW)
    ready = asyncio.Event()
    tasks = [
        asyncio.create_task(figures.run()),
        asyncio.create_task(serve(settings.web, build_app(settings.web, desk), ready.set)),
    ]
    async with asyncio.timeout(60):
        await ready.wait()
        while not figures.metrics(window="day")["complete"]:  # noqa: ASYNC110  # it has no event of its own
            await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{settings.web.port}"
    headers = {"Authorization": f"Bearer {settings.web.token}"}

    async def get(session: aiohttp.ClientSession, scope: str) -> dict[str, Any]:
        params = {"scope": scope, "window": "day"}
        async with session.get(f"{url}/api/v1/queue/metrics", params=params) as answer:
            assert answer.status == 200
            return (await answer.json())["figures"]

    async with aiohttp.ClientSession(headers=headers) as session:
        by_api = {scope: await get(session, scope) for scope in ("all", "public", "enterprise")}
        async with session.get(f"{url}/metrics") as answer:
            exposed = (await answer.text()).splitlines()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    plan = plan_of(settings, "queue", read_period("today", "now", NOW, CHINA))
    report = await make_report(plan, partial(calls_of, database), NOW)
    lines = {"all": report.total, **{line.key: line for line in report.lines}}
    assert report.total.value("offered") > 50
    for scope, told in by_api.items():
        mine = {name: lines[scope].value(name) for name in told}
        assert mine == {name: figure["value"] for name, figure in told.items()}, scope
        assert lines[scope].now.short_abandoned == told["abandon_rate"]["short"]["count"]
    share = report.total.value("connect_rate_24h")
    assert f'hotline_connect_rate_24h_ratio{{definition="connect_rate_24h",version="1"}} {share}' in exposed
