"""Pages and API on a real server and a real store, with the rows of a call that was told by its journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from hotline.asr import tables as transcripts
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.jobs import Jobs
from hotline.queue.agents import Agents
from hotline.queue.states import AgentKind, AgentState
from hotline.telephony.ami import AmiMessage
from hotline.telephony.tables import CallRow, CallStepRow, RecordingRow
from hotline.ticket_bridge.worker import DraftWorker
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.server import PagesPortError, build_app, serve
from support.asterisk import make_settings
from support.pages import FakeFigures
from support.talks import transcript_of

CALL = "node1-1795320000.12"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SOUND = "2026/11/22/node1-1795320000.12-mix.wav"
TALK = """坐: 您好 请问 您 需要 什么 帮助
市: 我 投诉 包工头 欠 我们 三十 个 人 的 工钱
坐: 请问 您 贵姓
市: 我姓 王"""


class NoSwitch:
    """A switch that is away: no test here needs one."""

    async def action(
        self, name: str, fields: Mapping[str, str | list[str]] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        raise ConnectionRefusedError(name)


class Site:
    """A served desk, and a program that has the token."""

    def __init__(self, state: Path, database: Database) -> None:
        self.settings = make_settings(state)
        self.database = database
        self.recordings = state / "recordings"
        self.agents: list[AgentState] = []
        agents = Agents(self.settings, NoSwitch())
        self.desk = Desk(
            self.settings,
            database,
            agents,
            lambda: Live(True, 1, ["菜单出错"], self.agents),
            FakeFigures(),
            clock=lambda: NOW,
        )
        self.headers = {"Authorization": f"Bearer {self.settings.web.token}"}

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        url = URL(f"http://127.0.0.1:{self.settings.web.port}{path}", encoded=True)
        async with (
            aiohttp.ClientSession(headers=self.headers) as session,
            session.get(url, headers=headers) as answer,
        ):
            return answer.status, (await answer.read()).decode("utf-8", "replace"), dict(answer.headers)

    async def fill(self) -> None:
        """Write a call with steps, recording, transcript and the ticket that the worker makes of it."""
        call = CallRow(
            id=CALL,
            node="node1",
            trunk="test",
            did="12345",
            number="13812345678",
            queue="public",
            agent="1001",
            t0=NOW - timedelta(minutes=3),
            t1=NOW - timedelta(minutes=3, seconds=-2),
            t3=NOW - timedelta(minutes=3, seconds=-5),
            ended_at=NOW,
            ended_by="citizen",
            outcome="answered",
            wait_human_us=3_000_000,
            wait_citizen_us=5_000_000,
            facts=[],
        )
        late = CallRow(
            id="node1-9", node="node1", trunk="test", did="12345", number="1", facts=[], t0=None, outcome=None
        )
        step = CallStepRow(
            call=CALL,
            leg=CALL,
            n=1,
            name="HL_HUMAN",
            node="node1",
            at=NOW,
            params={"why": "zero", "queue": "public"},
        )
        async with self.database.write() as session:
            session.add_all(
                [call, late, step, self.row(SOUND), self.row("../secret.wav"), self.row("link.wav")]
            )
            made = transcript_of(TALK, call=CALL)
            await transcripts.save(session, made, node="node1", cost_ms=1, created_at=NOW)
        jobs = Jobs(self.database, node="node1", clock=lambda: NOW)
        async with self.database.write() as session:
            await jobs.put(session, "draft", CALL, {"call": CALL})
        worker = DraftWorker(self.settings, self.database, jobs, EventBus(), clock=lambda: NOW)
        assert await worker.run_once()
        file = self.recordings / SOUND
        file.parent.mkdir(parents=True)
        file.write_bytes(bytes(range(200)))
        secret = self.recordings.parent / "secret.wav"
        secret.write_bytes(b"secret")
        (self.recordings / "link.wav").symlink_to(secret)

    @staticmethod
    def row(path: str) -> RecordingRow:
        return RecordingRow(
            node="node1",
            path=path,
            call=CALL,
            kind="mix",
            state="ready",
            sha256="0" * 64,
            bytes=200,
            duration_ms=1000,
            sample_rate=8000,
            begun_at=NOW,
            repaired=False,
            registered_at=NOW,
        )


@pytest.fixture
async def site(tmp_path: Path, database: Database) -> AsyncGenerator[Site]:
    site = Site(tmp_path / "state", database)
    ready = asyncio.Event()
    task = asyncio.create_task(serve(site.settings.web, build_app(site.settings.web, site.desk), ready.set))
    async with asyncio.timeout(10):
        await ready.wait()
    yield site
    task.cancel()
    await asyncio.wait({task})


async def test_pages_without_any_row(site: Site) -> None:
    status, text, _ = await site.get("/")
    assert status == 200
    assert "还没有来电" in text
    assert "还没有草稿工单" in text
    assert "菜单出错" in text


async def test_the_overview_names_agents_that_need_looking_at(site: Site) -> None:
    def state(number: str, kind: AgentKind, reason: str = "") -> AgentState:
        return AgentState(number, kind, NOW, reason, ("public",))

    site.agents = [
        state("1001", AgentKind.PAUSED, "noanswer"),
        state("1002", AgentKind.UNREACHABLE),
        state("1003", AgentKind.SIGNED_OUT),
        state("1004", AgentKind.PAUSED, "<b>meal</b>"),
    ]
    _, text, _ = await site.get("/")
    shown = text.partition('aria-label="坐席"')[2].partition("</section>")[0]
    assert [word in shown for word in ("王芳", "未接听", "李强", "话机不可达", "赵敏", "<b>meal")] == [
        *(True, True, True, True, False, False)
    ]
    assert shown.count('class="bad"') == 2
    site.agents = []
    assert 'aria-label="坐席"' not in (await site.get("/"))[1]


async def test_pages_and_api_of_a_call(site: Site) -> None:
    await site.fill()
    _, text, _ = await site.get("/")
    for words in ("<b>1</b>", "综合受理", "王芳", "138****5678", "3.0 秒", "已接听", "投诉", CALL):
        assert words in text, words
    status, text, _ = await site.get(f"/calls/{CALL}")
    assert status == 200
    for words in (
        "请求人工（按 0），队列 public",
        "欠我们三十个人的工钱",
        f'src="/api/v1/recordings/node1/{SOUND}"',
    ):
        assert words in text, words

    _, text, _ = await site.get("/api/v1/calls")
    rows = json.loads(text)["calls"]
    assert [row["id"] for row in rows] == [CALL, "node1-9"], "a call without an arrival comes last"
    assert rows[0]["arrived_at"] == "2026-11-22T03:57:00+00:00"
    _, text, _ = await site.get("/api/v1/calls?limit=1")
    assert len(json.loads(text)["calls"]) == 1
    _, text, _ = await site.get(f"/api/v1/calls/{CALL}")
    call = json.loads(text)
    assert call["ticket"]["kind"] == "投诉"
    assert {field["name"]: field["value"] for field in call["ticket"]["fields"]}["people"] == 30
    assert len(call["transcript"]["utterances"]) == 4
    _, text, _ = await site.get("/api/v1/tickets")
    assert json.loads(text)["tickets"][0]["call"] == CALL


async def test_ranges_of_a_recording(site: Site) -> None:
    await site.fill()
    path = f"/api/v1/recordings/node1/{SOUND}"
    status, _, headers = await site.get(path)
    assert (status, headers["Content-Type"], headers["Content-Length"]) == (200, "audio/wav", "200")
    status, text, headers = await site.get(path, Range="bytes=65-69")
    assert (status, text, headers["Content-Range"]) == (206, "ABCDE", "bytes 65-69/200")
    status, _, headers = await site.get(path, Range="bytes=-10")
    assert (status, headers["Content-Range"]) == (206, "bytes 190-199/200")
    assert (await site.get(path, Range="bytes=500-"))[0] == 416


@pytest.mark.parametrize(
    "path",
    [
        "../secret.wav",
        "..%2fsecret.wav",
        "%2e%2e/secret.wav",
        "link.wav",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "2026",
        "2026/11/22/",
        "none.wav",
        "%00",
        f"{SOUND}%00",
        "%ff%fe",
        "x" * 5000,
        "%ED%A0%80",
    ],
)
async def test_nothing_but_a_registered_recording_in_the_folder_is_given(site: Site, path: str) -> None:
    """``../secret.wav`` and ``link.wav`` are even registered: the folder is a border of its own."""
    await site.fill()
    status, text, _ = await site.get(f"/api/v1/recordings/node1/{path}")
    assert status == 404
    assert "secret" not in text.replace("secret.wav", "")
    assert "root:" not in text


@pytest.mark.parametrize(
    "call", ["%00", f"{CALL}%00", "..%2f..", "x" * 5000, "%ff", "'%20OR%201=1%20--", "%ED%A0%80"]
)
async def test_a_call_that_cannot_be_is_not_found(site: Site, call: str) -> None:
    for place in ("/calls/", "/api/v1/calls/"):
        assert (await site.get(f"{place}{call}"))[0] == 404


async def test_a_taken_port_is_one_clear_error(site: Site) -> None:
    with pytest.raises(PagesPortError, match=r"cannot be used.*change web\.port"):
        await serve(site.settings.web, build_app(site.settings.web, site.desk))


async def test_a_store_that_is_away_is_told_and_waited_for(site: Site) -> None:
    site.desk._database = site.desk.lists._database = Database(
        "postgresql+asyncpg://hotline@127.0.0.1:1/none"
    )
    status, text, _ = await site.get("/")
    assert status == 503
    assert "通话不受影响" in text
    status, text, _ = await site.get("/api/v1/calls")
    assert (status, json.loads(text)["type"]) == (503, "urn:hotline:store.away")
    assert (await site.get("/api/v1/status"))[0] == 200
    await site.desk._database.close()
