"""Third lines as people and programs see them: command line, API and the call's page, on both databases."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import time_machine
from typer.testing import CliRunner, Result

from hotline.cli import three_way
from hotline.core.clock import from_us
from hotline.core.db import Base, Database
from hotline.core.errors import InvalidInputError
from hotline.queue.agents import Agents
from hotline.ticket_bridge.call_facts import StoredCalls
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.server import build_app, serve
from support.asterisk import make_settings
from support.audited import AuditedNode
from support.call_facts import NOON, SECOND, answered
from support.pages import FakeFigures
from support.room_calls import CALL, LINE, RoomStory, emergency

Run = Callable[..., Result]
NOW = from_us(NOON + 1800 * SECOND)
LINES = {
    "trunks": [
        {"name": "test", "host": "127.0.0.1", "port": 5060, "numbers": ["12345"]},
        {"name": "emergency", "host": "127.0.0.1", "port": 5070, "emergency": True},
    ],
    "third_lines": [
        {
            "name": "police",
            "code": "110",
            "label": "公安 110",
            "kind": "emergency",
            "routes": [{"trunk": "emergency", "number": "110"}, {"trunk": "emergency", "number": "0110"}],
        },
        {
            "name": "water",
            "code": "31",
            "label": "=自来水",
            "kind": "utility",
            "routes": [{"trunk": "test", "number": "96116"}],
        },
    ],
}
REFUSED = "node1-1795320600.40"


def stories() -> list[Any]:
    refused = RoomStory(REFUSED, NOON + 600 * SECOND).begin()
    refused.of_line("REFUSED", "1795320640000", target="water", agent="1001", why="hours").wait(5).ends()
    return [emergency(), refused, answered("node1-1795321000.50", at_us=NOON + 1000 * SECOND)]


async def fill(node: AuditedNode) -> None:
    node.write(*stories())
    await node.read()


@pytest.fixture
def hotline(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = make_settings(tmp_path, database=database_url, **LINES)

    async def prepare() -> None:
        database = Database(database_url)
        async with database.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        await fill(AuditedNode(settings, database))
        await database.close()

    asyncio.run(prepare())
    monkeypatch.setattr(three_way.common, "load_settings", lambda _config: settings)

    def run(*arguments: str) -> Result:
        with time_machine.travel(NOW, tick=False):
            done = CliRunner().invoke(three_way.app, list(arguments), env={"COLUMNS": "300"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


@pytest.mark.clause("R-3W-4")
def test_the_list_has_every_step_in_milliseconds(hotline: Run) -> None:
    newest, first = json.loads(hotline("list", "--json").stdout)
    assert (newest["call"], newest["state"], newest["why"]) == (REFUSED, "refused", "hours")
    assert (first["call"], first["line"], first["label"], first["kind"]) == (
        CALL,
        LINE,
        "公安 110",
        "emergency",
    )
    assert (first["state"], first["number"], first["route"]) == ("left", "0110", 2)
    ms = first["ms"]
    assert 0 < ms["dialled"] < ms["ringing"] < ms["answered"] < ms["joined"] < ms["ended"]
    assert first["asked_at"].endswith("+00:00")
    assert [one["why"] for one in first["tries"]] == ["busy", ""]
    assert first["tries"][0]["failed_ms"] < first["tries"][1]["answered_ms"]
    shown = hotline("list").stdout
    assert all(word in shown for word in ("公安 110", "已结束", "不在服务时间", CALL))


def test_the_list_is_narrowed(hotline: Run) -> None:
    def calls(*arguments: str) -> list[str]:
        return [line["call"] for line in json.loads(hotline("list", "--json", *arguments).stdout)]

    assert calls("--kind", "emergency") == [CALL]
    assert calls("--kind", "utility") == [REFUSED]
    assert calls("--kind", "department") == []
    assert calls("--target", "police") == [CALL]
    assert calls("--limit", "1") == [REFUSED]
    assert calls("--since", "yesterday", "--until", "yesterday") == []
    with pytest.raises(InvalidInputError):
        hotline("list", "--since", "tomorrow-ish")


def test_as_csv_no_cell_is_a_formula(hotline: Run, tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(hotline("list", "--format", "csv").stdout.removeprefix("\ufeff"))))
    assert rows[0][:4] == ["通话", "线路编号", "请求时间", "名称"]
    assert {row[3] for row in rows[1:]} == {"公安 110", "'=自来水"}
    assert {row[8] for row in rows[1:]} == {"已结束", "被拒绝"}
    file = tmp_path / "lines.csv"
    hotline("report", "--format", "csv", "--output", str(file))
    report = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row[0] for row in report] == ["线路", "公安 110", "'=自来水", "合计"]
    assert report[1][2:8] == ["1", "1", "0", "0", "0", "100.0%"]


@pytest.mark.clause("R-3W-1")
def test_the_report_of_emergency_transfers(hotline: Run) -> None:
    made = json.loads(hotline("report", "--kind", "emergency", "--json").stdout)
    (police,) = made["targets"]
    (line,) = made["lines"]
    assert police["answer_ms"] == dict.fromkeys(("min", "p50", "p95", "max"), line["ms"]["answered"])
    assert (police["answered"], made["total"]["answered"], made["kind"]) == (1, 1, "emergency")
    shown = hotline("report").stdout
    assert all(word in shown for word in ("公安 110", "合计", "不在服务时间 1", "100.0%"))


class Site:
    """A served desk on a store that the journal filled."""

    def __init__(self, node: AuditedNode) -> None:
        self.settings = node.settings
        now = NOW
        agents = Agents(self.settings, NoSwitch())
        self.desk = Desk(
            self.settings, node.database, agents, lambda: Live(True, 0, []), FakeFigures(), clock=lambda: now
        )

    async def get(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.settings.web.port}{path}"
        headers = {"Authorization": f"Bearer {self.settings.web.token}"}
        async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
            return answer.status, await answer.text()


class NoSwitch:
    async def action(self, name: str, fields: Any = None, *, limit_s: float = 5.0) -> Any:
        raise ConnectionRefusedError(name)


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> Any:
    node = AuditedNode(make_settings(tmp_path, **LINES), database)
    await fill(node)
    made = Site(node)
    ready = asyncio.Event()
    served = asyncio.create_task(serve(made.settings.web, build_app(made.settings.web, made.desk), ready.set))
    async with asyncio.timeout(20):
        await ready.wait()
    yield made
    served.cancel()
    await asyncio.wait([served])


@pytest.mark.clause("R-3W-4")
async def test_the_api_gives_lines_with_their_report(site: Site) -> None:
    status, text = await site.get("/api/v1/three-way?kind=emergency")
    found = json.loads(text)
    assert (status, [line["line"] for line in found["lines"]]) == (200, [LINE])
    assert found["total"]["answered"] == 1
    assert found["truncated"] is False
    _, text = await site.get("/api/v1/three-way?target=water")
    assert [line["state"] for line in json.loads(text)["lines"]] == ["refused"]
    for wrong in ("kind=nothing", "since=2020-01-01", "since=x", "target=%00", f"target={'x' * 61}"):
        status, text = await site.get(f"/api/v1/three-way?{wrong}")
        assert (wrong, status) == (wrong, 422)
        assert "title" in json.loads(text)


async def test_a_call_and_its_page_show_each_step(site: Site) -> None:
    _, text = await site.get(f"/api/v1/calls/{CALL}")
    found = json.loads(text)
    (line,) = found["three_way"]
    assert (line["line"], line["state"], line["label"]) == (LINE, "left", "公安 110")
    assert (found["call"]["source"], found["call"]["pushed"]) == (None, None)
    status, page = await site.get(f"/calls/{CALL}")
    assert status == 200
    assert all(word in page for word in ("三方通话", "公安 110（紧急）", "话机按键", "已结束", "1：110 忙"))
    answered_ms = line["ms"]["answered"]
    assert f"应答 {answered_ms}" in page
    assert "坐席 1001 请求接入 公安 110（话机按键，直接接入）" in page
    _, page = await site.get("/calls/node1-1795321000.50")
    assert "三方通话" not in page


async def test_a_call_that_110_handed_over(tmp_path: Path, database: Database) -> None:
    node = AuditedNode(make_settings(tmp_path, **LINES), database)
    pushed = RoomStory("node1-1795321500.60", NOON + 1500 * SECOND).arrive()
    about = quote("<b>噪音</b>").replace("%", ":")
    pushed.mark("HL_PUSHED", case="A110-7", officer="012345", caller="13900001111", kind="noise", about=about)
    node.write(pushed.hang_up().retire())
    await node.read()
    site = Site(node)
    view = await site.desk.call("node1-1795321500.60")
    assert view["call"]["source"] == "110"
    told = {name: view["call"]["pushed"][name] for name in ("case", "officer", "caller", "kind", "about")}
    assert told == {
        **{"case": "A110-7", "officer": "012345", "caller": "13900001111"},
        **{"kind": "noise", "about": "<b>噪音</b>"},
    }
    (step,) = [step for step in view["steps"] if step["name"] == "HL_PUSHED"]
    assert step["params"] == {"case": "A110-7", "officer": "012345", "kind": "noise"}
    page = site.desk.pages.render("call.html", rooms=site.desk.rooms, **view)
    assert "A110-7" in page
    assert "13900001111" not in page
    assert "&lt;b&gt;噪音" in page
    async with database.read() as session:
        context = await StoredCalls(node.settings)(session, "node1-1795321500.60")
    assert context is not None
    assert context.caller == "13900001111"
    found = await node.audit()
    assert found.is_clean


async def test_the_day_asked_for_is_the_sites(site: Site) -> None:
    local = (NOW + timedelta(hours=8)).date()
    _, text = await site.get(f"/api/v1/three-way?since={local}&until={local}")
    assert len(json.loads(text)["lines"]) == 2
