"""Suggestions from the bus to the store and the API, on both databases; never an action."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from hotline.asr import tables as transcripts
from hotline.asr.live_events import SpeechHeard
from hotline.asr.transcripts import Speaker
from hotline.core.clock import to_us, utc_now
from hotline.core.db import Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.settings import Settings
from hotline.queue.agents import Agents
from hotline.telephony.events import CallEnded, LineChanged
from hotline.ticket_bridge.assist import assist_live
from hotline.ticket_bridge.assist.assist_events import Suggested
from hotline.ticket_bridge.assist.assist_live import Assist
from hotline.ticket_bridge.live.live_events import DraftChanged
from hotline.ticket_bridge.repeats.repeat_watch import Repeats
from hotline.web.desk import Desk
from hotline.web.live import Live
from hotline.web.server import build_app
from support.asterisk import make_settings
from support.live_speech import until
from support.pages import FakeFigures
from support.talks import draft_of, transcript_of

pytestmark = [pytest.mark.clause("R-T-9"), pytest.mark.clause("R-T-12")]

ROOT = Path(__file__).resolve().parents[2]
CALL = "node1-1.7"
BEGUN = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
POLICE = {
    "name": "fire",
    "code": "119",
    "label": "消防救援",
    "kind": "emergency",
    "routes": [{"trunk": "test", "number": "119"}],
}


class Scene:
    """An assist on a bus and a store."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.bus = EventBus()
        self.events: list[DomainEvent] = []
        self.bus.listen(self.events.append)
        self.assist = Assist(settings, database, self.bus, caller_of=lambda _call: "13800000001")
        self.bus.listen(self.assist.hear)
        self.said = 0

    def say(self, text: str, speaker: Speaker = "citizen") -> None:
        start = BEGUN + timedelta(seconds=3 * self.said)
        self.said += 1
        self.bus.publish(
            SpeechHeard(
                at=start + timedelta(seconds=2),
                call=CALL,
                leg=f"leg-{speaker}",
                speaker=speaker,
                agent="",
                text=text,
                start_us=to_us(start),
                end_us=to_us(start + timedelta(seconds=2)),
            )
        )

    def told(self) -> list[Suggested]:
        return [one for one in self.events if isinstance(one, Suggested)]

    def api(self) -> TestClient[Any, Any]:
        agents = Agents(self.settings, None)  # type: ignore[arg-type]  # nothing here asks the switch
        desk = Desk(self.settings, self.database, agents, lambda: Live(True, 1, []), FakeFigures())
        desk.assist.standing = self.assist.standing
        return TestClient(TestServer(build_app(self.settings.web, desk)))

    async def get(self, client: TestClient[Any, Any], path: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.settings.web.token}"}
        async with client.get(path, headers=headers) as answer:
            return answer.status, json.loads(await answer.text())


@pytest.fixture
async def scene(tmp_path: Path, database: Database) -> AsyncGenerator[Scene]:
    scene = Scene(make_settings(tmp_path, third_lines=[POLICE]), database)
    async with running(scene):
        yield scene


@asynccontextmanager
async def running(scene: Scene) -> AsyncGenerator[None]:
    task = asyncio.create_task(scene.assist.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_from_the_words_to_the_stream_the_store_and_the_api(scene: Scene) -> None:
    """A danger is told, called in by the agent, and found afterwards with what became of it."""
    scene.say("喂什么事", "agent")
    scene.say("我家着火了")
    await until(lambda: len(scene.told()) >= 2)
    line = LineChanged(at=BEGUN, call=CALL, node="node1", line="l1", step="asked", target="fire")
    async with scene.api() as client:
        status, view = await scene.get(client, f"/api/v1/calls/{CALL}/suggestions")
        assert status == 200
        assert {one["kind"] for one in view["now"]} == {"emergency_line", "wording"}
        scene.bus.publish(line)
        await until(lambda: any(one.withdrawn for one in scene.told()))
        await until(lambda: not [x for x in scene.assist.standing(CALL) if x.kind == "emergency_line"])
        scene.bus.publish(
            CallEnded(at=BEGUN, call=CALL, node="node1", outcome="answered", ended_by="citizen")
        )
        await until(lambda: any(one.data.get("label") == "未道结束语" for one in scene.told()))
        assert scene.assist.standing(CALL) == []

        rows: list[dict[str, Any]] = []
        async with asyncio.timeout(30):
            while len(rows) < 3 or not any(row["ended_by"] for row in rows):
                rows = (await scene.get(client, f"/api/v1/calls/{CALL}/suggestions"))[1]["told"]
    [danger] = [row for row in rows if row["kind"] == "emergency_line"]
    assert (danger["data"]["target"], danger["ended_by"]) == ("fire", "done")
    assert danger["evidence"][0]["words"] == "着火了"
    assert danger["evidence"][0]["leg"] == "leg-citizen"
    assert {row["data"].get("label") for row in rows} == {None, "未报首问语", "未道结束语"}
    scene.say("着火了")
    assert scene.assist.standing(CALL) == []


async def test_wording_is_checked_again_in_the_transcript_of_the_recording(scene: Scene) -> None:
    """Null while there is no transcript; then every fault with its words and second."""
    spoken = transcript_of("坐: 喂 什么 事\n市: 噪音\n坐: 你 怎么 不早说\n坐: 再见", call=CALL)
    async with scene.api() as client:
        assert (await scene.get(client, f"/api/v1/calls/{CALL}/suggestions"))[1]["wording"] is None
        async with scene.database.write() as session:
            await transcripts.save(session, spoken, node="node1", cost_ms=1, created_at=BEGUN)
        wording = (await scene.get(client, f"/api/v1/calls/{CALL}/suggestions"))[1]["wording"]
    assert [(one["label"], one["words"].replace(" ", "")) for one in wording] == [
        ("未报首问语", "喂什么事"),
        ("质问", "你怎么不早"),
    ]
    assert wording[1]["start_s"] > wording[0]["start_s"]


@pytest.mark.clause("R-R-4")
async def test_the_agent_is_told_of_the_callers_and_the_places_repeats(scene: Scene) -> None:
    """What the live draft says of place and matter is looked for among the stored tickets."""
    words = "市: 我 家 在 书香丽苑 停水 了 要 投诉"
    repeats = Repeats(scene.settings.tickets.repeats)
    made = {n: draft_of(words, call=f"call-{n}", caller=f"1380000000{n}") for n in range(1, 4)}
    place = {"place": _field("书香丽苑"), "title": _field("停水"), "kind": _field("投诉")}
    fields = {**place, "domain": _field("公共服务")}
    async with scene.database.write() as session:
        for n, one in made.items():
            kept = _with(one.fields, fields)
            filled = type(one)(one.call, kept)
            await repeats.remember(session, filled, ticket=f"t{n}", number=f"n{n}", node="x", now=utc_now())
    scene.bus.publish(DraftChanged(at=BEGUN, call=CALL, fields=fields, changed=(), missing=()))
    await until(lambda: {"repeat", "similar"} <= {one.kind for one in scene.told()})
    [mine] = [one for one in scene.told() if one.kind == "repeat"]
    [others] = [one for one in scene.told() if one.kind == "similar"]
    assert (mine.data["count"], others.data["callers"]) == (2, 3)
    async with scene.api() as client:
        status, report = await scene.get(client, "/api/v1/tickets/repeats?callers=3&calls=1")
        assert status == 200
        assert [(one["place"], one["callers"]) for one in report["places"]] == [("书香丽苑", 3)]
        assert all("****" in one["caller"] for one in report["callers"])
        for wrong in ("callers=0", "callers=x", "since=never", "since=2020-01-01", "calls=%00"):
            assert (await scene.get(client, f"/api/v1/tickets/repeats?{wrong}"))[0] == 422
        assert (await scene.get(client, "/api/v1/calls/%00%ff/suggestions"))[1]["told"] == []


async def test_a_store_that_is_away_costs_no_suggestion(tmp_path: Path) -> None:
    """What is heard is told at once; what cannot be written down is counted."""
    nowhere = Database(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder/hotline.db")
    scene = Scene(make_settings(tmp_path), nowhere)
    try:
        async with running(scene):
            scene.say("我家着火了")
            await until(lambda: bool(scene.told()))
            await until(lambda: scene.assist.lost > 0)
            scene.say("没有着火我看错了")
            await until(lambda: any(one.withdrawn for one in scene.told()))
    finally:
        await nowhere.close()


async def test_what_is_too_much_is_let_go_and_counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event too many is counted, and the loop is not kept by reading those that wait."""
    monkeypatch.setattr(assist_live, "MOST_WAITING", 20)
    small = Scene(scene.settings, scene.database)
    for _ in range(30):
        small.say("好")
    assert small.assist.lost == 10


LISTENING = "audio_ports"
"""The shapes of what is heard; nothing is done by them."""


def test_suggestions_have_no_way_to_act() -> None:
    """Nothing that proposes can reach the switch: no module of it imports what dials, moves or bridges."""
    acting = ("ami", "conference", "runtime", "supervise", "callback", "audio", "switchboard")
    folders = ("ticket_bridge/assist/*.py", "ticket_bridge/repeats/*.py", "web/assist*.py")
    modules = [path for folder in folders for path in ROOT.glob(folder)]
    assert len(modules) > 15
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                last = (node.module or "").rsplit(".", maxsplit=1)[-1]
                assert last == LISTENING or not last.startswith(acting), f"{path.name} imports {node.module}"


def _field(value: str) -> dict[str, Any]:
    return {"value": value, "confidence": 0.9, "origin": "call", "evidence": []}


def _with(fields: Any, more: dict[str, dict[str, Any]]) -> dict[Any, Any]:
    from hotline.ticket_bridge.fields import Field, FieldName  # only here

    return {**fields, **{FieldName(name): Field.from_json(value) for name, value in more.items()}}
