from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update
from typer.testing import CliRunner

from hotline.asr import tables as transcripts
from hotline.cli import ticket as ticket_cli
from hotline.cli import ticket_check, ticket_risk
from hotline.core.action_log import actions
from hotline.core.db import Database
from hotline.core.errors import InvalidInputError, NotFoundError
from hotline.core.events import DomainEvent, EventBus
from hotline.core.jobs import Jobs
from hotline.core.settings import WebSettings
from hotline.telephony.tables import CallRow
from hotline.ticket_bridge.call_facts import StoredCalls
from hotline.ticket_bridge.checks.check_service import Checks
from hotline.ticket_bridge.checks.check_tables import Said, checks_of
from hotline.ticket_bridge.checks.examples import examples
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.live.live_events import DraftChecked
from hotline.ticket_bridge.measure.dialogues import read_dialogues
from hotline.ticket_bridge.measure.evaluate import evaluate
from hotline.ticket_bridge.tables import TicketRow, find
from hotline.ticket_bridge.worker import DraftWorker
from hotline.web.desk import Desk
from hotline.web.server import build_app
from hotline.web.ticket_view import ticket_view
from support.asterisk import make_settings
from support.pages import BEARER, TOKEN, FakeDesk
from support.talks import draft_of, transcript_of

CALL = "node1-1700000000.12"
TALK = """坐: 您好 请问 您 需要 什么 帮助
市: 我 投诉 包工头 欠 我们 三十 个 人 的 工钱
坐: 请问 您 贵姓
市: 我姓 王"""
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Bench:
    """A node's drafting on a database, with the live draft that a test sets."""

    def __init__(self, database: Database, state: Path) -> None:
        self.database = database
        self.settings = make_settings(state)
        self.events: list[DomainEvent] = []
        bus = EventBus()
        bus.listen(self.events.append)
        self.live: dict[str, Draft] = {}
        self.jobs = Jobs(database, node="node1", clock=lambda: NOW)
        self.worker = DraftWorker(self.settings, database, self.jobs, bus, clock=lambda: NOW)
        self.checks = Checks(database, node="node1", bus=bus, live=self.live.get, clock=lambda: NOW)

    async def put_call(self, call: str = CALL) -> None:
        row = CallRow(
            id=call,
            node="node1",
            trunk="test",
            did="12345",
            number="13800000000",
            t0=NOW - timedelta(minutes=3),
            facts=[],
        )
        async with self.database.write() as session:
            session.add(row)
            made = transcript_of(TALK, call=call)
            await transcripts.save(session, made, node="node1", cost_ms=1, created_at=NOW)
            await self.jobs.put(session, "draft", call, {"call": call})

    async def ticket(self, call: str = CALL) -> TicketRow:
        async with self.database.read() as session:
            found = await find(session, call)
        assert found is not None
        return found

    async def examples(self) -> list[dict[str, Any]]:
        since = NOW - timedelta(days=1)
        return [one async for one in examples(self.database, StoredCalls(self.settings), since=since)]


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, tmp_path)


@pytest.fixture
async def drafted(bench: Bench) -> Bench:
    await bench.put_call()
    assert await bench.worker.run_once()
    return bench


@pytest.fixture
async def client(drafted: Bench) -> AsyncGenerator[TestClient[Any, Any]]:
    app = build_app(WebSettings(token=TOKEN), cast("Desk", FakeDesk()), checks=drafted.checks)
    async with TestClient(TestServer(app), headers=BEARER) as client:
        yield client


@pytest.mark.clause("R-R-5")
async def test_a_correction_is_stored_shown_logged_and_told(drafted: Bench) -> None:
    before = (await drafted.ticket()).draft().value(FieldName.RISK_GRADE)
    said = Said("1001", {FieldName.KIND: "举报", FieldName.RISK_GRADE: "II"}, frozenset({FieldName.PEOPLE}))
    told = await drafted.checks.say(CALL, said)
    row = await drafted.ticket()
    assert row.kind == "举报"
    assert row.draft().value(FieldName.RISK_GRADE) == "II"
    assert row.draft().value(FieldName.PEOPLE) == 30
    assert row.draft().fields[FieldName.PEOPLE].evidence
    assert told["fields"]["kind"]["value"] == "举报"
    assert told["fields"]["kind"]["by"] == "1001"
    assert told["fields"]["title"]["by"] == "rules"
    assert told["made"]["extractor"] == "rules"
    (check,) = told["checks"]
    assert check["fields"]["kind"] == {"old": "投诉", "new": "举报"}
    assert check["fields"]["people"] == {"old": 30, "new": 30}
    async with drafted.database.read() as session:
        page = ticket_view(row, await checks_of(session, CALL))
    assert {one["label"]: (one["old"], one["new"]) for one in page["checks"][0]["changed"]} == {
        "诉求类型": ("投诉", "举报"),
        "风险等级": (before, "II"),
    }
    assert next(field for field in page["fields"] if field["name"] == "kind")["by"] == "1001"
    (entry,) = await actions(drafted.database, prefix="ticket.")
    assert (entry.who, entry.action, entry.call) == ("1001", "ticket.correct", CALL)
    assert entry.details is not None
    assert entry.details["fields"] == "kind, people, risk_grade"
    assert entry.details["ticket"] == row.id
    told_event = drafted.events[-1]
    assert isinstance(told_event, DraftChecked)
    assert told_event.right == {FieldName.KIND: "举报", FieldName.RISK_GRADE: "II", FieldName.PEOPLE: 30}


@pytest.mark.clause("R-R-5")
async def test_what_was_confirmed_while_they_talked_outlives_the_draft_of_the_recording(bench: Bench) -> None:
    bench.live[CALL] = draft_of("市: 我 举报 包工头", call=CALL)
    with pytest.raises(InvalidInputError, match="field by field"):
        await bench.checks.say(CALL, Said("1001", {}, whole=True))
    told = await bench.checks.say(CALL, Said("1001", {FieldName.NAME: "王建国"}, frozenset({FieldName.KIND})))
    assert told["id"] == ""
    assert told["fields"]["kind"]["value"] == "举报"

    await bench.put_call()
    assert await bench.worker.run_once()
    row = await bench.ticket()
    assert row.kind == "举报"
    assert row.draft().value(FieldName.NAME) == "王建国"
    assert row.draft().value(FieldName.PEOPLE) == 30
    assert await bench.checks.said_of(CALL) == {FieldName.NAME: "王建国", FieldName.KIND: "举报"}


async def test_drafting_and_checking_at_once_lose_nothing(bench: Bench) -> None:
    calls = [f"{CALL}{index}" for index in range(6)]
    for call in calls:
        await bench.put_call(call)
        bench.live[call] = draft_of(TALK, call=call)
    said = Said("1001", {FieldName.KIND: "举报"})

    async def draft_all() -> None:
        while await bench.worker.run_once():
            pass

    await asyncio.gather(draft_all(), *(bench.checks.say(call, said) for call in calls))
    for call in calls:
        assert (await bench.ticket(call)).kind == "举报"


async def test_who_is_nobody_and_what_is_nothing_is_refused(drafted: Bench) -> None:
    for key in ("", "x" * 400, "a\x00b", "other"):
        with pytest.raises(NotFoundError):
            await drafted.checks.say(key, Said("1001", {FieldName.KIND: "举报"}))
    with pytest.raises(InvalidInputError):
        await drafted.checks.say(CALL, Said("1001", {}))
    assert (await drafted.ticket()).kind == "投诉"
    assert not await actions(drafted.database, prefix="ticket.")


async def test_old_tickets_stay_readable(drafted: Bench) -> None:
    async with drafted.database.write() as session:
        await session.execute(update(TicketRow).values(made=None, checked_at=None))
    told = await drafted.checks.show(CALL)
    assert told["made"] == {"extractor": "rules", "model": "", "by_model": [], "dropped": {}, "fallback": ""}
    assert told["checks"] == []
    assert (await drafted.ticket()).draft().value(FieldName.KIND) == "投诉"


@pytest.mark.clause("R-T-12")
async def test_the_api_shows_corrects_and_confirms(drafted: Bench, client: TestClient[Any, Any]) -> None:
    number = (await drafted.ticket()).number
    path = f"/api/v1/tickets/{number}"
    shown = await (await client.get(path)).json()
    assert shown["number"] == number
    assert [hint["field"] for hint in shown["missing"]][:1] == ["place"]

    answer = await client.patch(path, json={"who": "1001", "fields": {"place": "和平路7号", "people": None}})
    told = await answer.json()
    assert answer.status == 200, told
    assert told["fields"]["place"]["value"] == "和平路7号"
    assert told["fields"]["people"] is None
    assert "place" not in [hint["field"] for hint in told["missing"]]

    told = await (await client.patch(path, json={"who": "1009", "confirm": True})).json()
    assert told["checked_by"] == "1009"
    assert told["fields"]["kind"]["by"] == "1009"
    assert told["missing"] == []


async def test_the_api_refuses_what_it_cannot_mean(drafted: Bench, client: TestClient[Any, Any]) -> None:
    kind = {"kind": "举报"}
    for body in (
        {},
        {"fields": kind},
        {"who": "", "fields": kind},
        {"who": "a\nb", "fields": kind},
        {"who": "x" * 61, "fields": kind},
        {"who": "1001"},
        {"who": "1001", "fields": []},
        {"who": "1001", "fields": {"kind": "赞扬"}},
        {"who": "1001", "fields": {"status": "已办结"}},
        {"who": "1001", "fields": {"title": "a\u0000b"}},
        {"who": "1001", "confirm": "kind"},
        {"who": "1001", "confirm": ["number"]},
        {"who": "1001", "confirm": [1]},
        {"who": "1001", "confirm": False},
        [],
    ):
        answer = await client.patch(f"/api/v1/tickets/{CALL}", json=body)
        assert answer.status == 422, body
        assert answer.content_type == "application/problem+json"
    assert not await actions(drafted.database, prefix="ticket.")


async def test_the_api_knows_nobody_without_the_token(client: TestClient[Any, Any]) -> None:
    for method in ("GET", "PATCH"):
        answer = await client.request(
            method, f"/api/v1/tickets/{CALL}", headers={"Authorization": "Bearer x"}
        )
        assert answer.status == 401
    assert (await client.get("/api/v1/tickets/none")).status == 404
    assert (await client.get("/api/v1/tickets/a%00b")).status == 404


@pytest.mark.clause("R-R-5")
async def test_checked_drafts_become_labelled_calls_that_can_be_evaluated(
    drafted: Bench, tmp_path: Path
) -> None:
    await drafted.checks.say(CALL, Said("1001", {FieldName.KIND: "举报"}, frozenset({FieldName.PEOPLE})))
    (one,) = await drafted.examples()
    assert one["gold"] == {"kind": "举报", "people": 30}
    assert one["machine"] == {"kind": "投诉", "people": 30}
    assert one["call_time"] == "2026-11-22T17:27:00+08:00"
    assert one["caller"] == "13800000000"
    assert [turn["speaker"] for turn in one["turns"]] == ["agent", "citizen", "agent", "citizen"]
    file = tmp_path / "checked.jsonl"
    file.write_text(json.dumps(one, ensure_ascii=False) + "\n")
    (dialogue,) = read_dialogues(file)
    scores = {score.field: score for score in evaluate([dialogue], text_of="asr")}
    assert (scores["kind"].calls, scores["kind"].score) == (1, 0.0)
    assert (scores["people"].calls, scores["people"].score) == (1, 1.0)
    assert scores["domain"].calls == 0

    await drafted.checks.say(CALL, Said("1009", {}, whole=True))
    (one,) = await drafted.examples()
    assert one["gold"]["kind"] == "举报"
    assert one["gold"]["phone"] is None
    assert one["machine"]["kind"] == "投诉"
    assert one["checked_by"] == ["1001", "1009"]


@pytest.mark.clause("R-T-12")
def test_the_commands_correct_confirm_show_and_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(tmp_path)

    async def prepare() -> str:
        from hotline.app import schema

        database = Database(settings.database)
        await schema.upgrade(database)
        bench = Bench(database, tmp_path)
        await bench.put_call()
        await bench.worker.run_once()
        number = (await bench.ticket()).number
        await database.close()
        return number

    number = asyncio.run(prepare())
    monkeypatch.setattr(ticket_check, "load_settings", lambda _config: settings)
    monkeypatch.setattr(ticket_cli.common, "load_settings", lambda _config: settings)
    monkeypatch.setattr(ticket_risk, "load_settings", lambda _config: settings)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(ticket_cli.app, list(arguments), env={"COLUMNS": "200"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "更正 3 项" in run("correct", number, "kind=举报", "people=", "confidential=是", "--who", "1001")
    assert "确认" in run("confirm", number, "--field", "domain", "--who", "1009")
    told = json.loads(run("show", number, "--json"))
    assert told["fields"]["kind"]["value"] == "举报"
    assert told["fields"]["people"] is None
    assert told["fields"]["confidential"]["value"] is True
    sheet = run("show", number)
    assert "诉求类型：投诉 → 举报" in sheet
    assert "填写：规则" in sheet
    assert "问一下：事发地点？" in sheet
    assert "III 级：预警提示，2026-11-23 17:30 前（LN 6.2.3）" in run("risk-form", number)
    run("correct", number, "risk_grade=I", "risk_class=社会安全", "people=120", "--who", "1001")
    form = json.loads(run("risk-form", number, "--who", "王芳", "--json"))
    assert (form["response"]["action"], form["response"]["form"]) == ("紧急报备", True)
    assert (form["form"]["涉及人数"], form["form"]["报备人员"]) == ("100人及以上", "王芳")
    assert "I 级：紧急报备，立即（LN 6.2.1）" in run("risk-form", number)
    run("correct", number, "risk_grade=", "risk_class=", "--who", "1001")
    assert "没有风险标记，无须报备" in run("risk-form", number)
    (line,) = run("examples", "--since", "2026-11-01", "--json").splitlines()
    assert json.loads(line)["gold"]["kind"] == "举报"
    assert number in run("examples", "--since", "2026-11-01")
    for bad in (["correct", number, "kind", "--who", "1"], ["correct", number, "kind=赞扬", "--who", "1"]):
        with pytest.raises(InvalidInputError):
            run(*bad)
    with pytest.raises(NotFoundError):
        run("confirm", "none", "--who", "1001")


def test_a_text_of_a_citizen_is_no_markup(tmp_path: Path) -> None:
    told = {
        "made": {"by_model": [], "fallback": "", "model": ""},
        "missing": [],
        "checks": [
            {
                "at": "2026-11-22T09:30:00+00:00",
                "who": "1001",
                "fields": {"title": {"old": None, "new": "[red]\x1b[31m\n"}},
            }
        ],
    }
    assert "\x1b" not in ticket_check.notes(told)
    assert len(ticket_check.notes(told).splitlines()) == 2
