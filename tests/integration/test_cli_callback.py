"""``hotline callback`` over a real file: every command, its JSON, and what it refuses."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner, Result

from hotline.app.robot_results import RobotResults
from hotline.callback_bot.survey.dialogue_check import FOLDER
from hotline.callback_bot.tables import CampaignRow
from hotline.cli import callback, common
from hotline.core.action_log import actions
from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.errors import ConfigError, HotlineError, InvalidInputError, NotFoundError
from hotline.core.settings import Settings
from support.asterisk import make_settings
from support.robot_rows import campaign, put_ended

Run = Callable[..., Result]
TRUNK = {"robot": {"trunks": [{"name": "test", "lines": 2}]}}
BAD = "0" * 25 + "1"
HOSTILE = "=cmd|' /C calc'!A0[red]"


def with_store(settings: Settings, do: Callable[[AsyncSession], Awaitable[None]]) -> None:
    async def done() -> None:
        database = Database(settings.database)
        async with database.write() as session:
            await do(session)
        await database.close()

    asyncio.run(done())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = make_settings(tmp_path, **TRUNK)

    async def fill(session: AsyncSession) -> None:
        await (await session.connection()).run_sync(Base.metadata.create_all)

    with_store(made, fill)
    return made


@pytest.fixture
def hotline(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(common, "load_settings", lambda _config: settings)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(callback.app, list(arguments), env={"COLUMNS": "250"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def told(hotline: Run, *arguments: str) -> Any:
    return json.loads(hotline(*arguments, "--json").stdout)


def test_a_callback_is_added_listed_shown_and_cancelled(hotline: Run, settings: Settings) -> None:
    added = told(
        hotline,
        "add",
        "T-1",
        "138 0013 8000",
        "--person",
        HOSTILE,
        "--handled-on",
        "2026-11-18",
        "--who",
        "2001",
    )
    assert (added["fate"], added["campaign"]) == ("added", "manual")
    assert told(hotline, "add", "T-1", "13800138000", "--handled-on", "2026-11-18")["fate"] == "known"
    (listed,) = told(hotline, "list", "--state", "waiting")
    assert (listed["id"], listed["phone"]) == (added["id"], "138****8000")
    assert "138****8000" in hotline("list").stdout
    shown = told(hotline, "show", added["id"])
    assert (shown["phone"], shown["person"]) == ("13800138000", HOSTILE)
    assert added["id"] in hotline("show", added["id"]).stdout
    assert told(hotline, "pause", added["id"], "--who", "2001")["state"] == "paused"
    assert told(hotline, "resume", added["id"])["state"] == "waiting"
    assert "已取消" in hotline("cancel", added["id"]).stdout

    async def logged() -> list[tuple[str, str]]:
        database = Database(settings.database)
        found = await actions(database, prefix="callback.")
        await database.close()
        return [(one.who, one.action) for one in found]

    log = asyncio.run(logged())
    assert log[0] == ("2001", "callback.add")
    assert [action for _, action in log[2:]] == [
        f"callback.{act}_one" for act in ("pause", "resume", "cancel")
    ]
    assert log[3][0].startswith("cli:")


def test_the_questions_and_the_first_moment_may_be_given(hotline: Run, settings: Settings) -> None:
    own = settings.menu.with_name("dialogues") / "ours.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes((FOLDER / "standard.yaml").read_bytes())
    at = "2089-11-18 09:30:00"
    added = told(hotline, "add", "T", "13800138000", "--dialogue", "ours", "--earliest", at)
    shown = told(hotline, "show", added["id"])
    assert shown["dialogue"] == "ours"
    assert shown["next_at"].startswith("2089-11-18T01:30:00")


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "T", "110"),
        ("add", "T", "13800138000&PJSIP/x"),
        ("add", "T", "13800138000", "--person", "王\r\nAction: Originate"),
        ("add", "T", "13800138000", "--handled-on", "yesterday"),
        ("add", "T", "13800138000", "--who", "x" * 61),
        ("add", "T", "13800138000", "--dialogue", "none"),
        ("add", "T", "13800138000", "--earliest", "2999-11-20"),
        ("add", "T", "13800138000", "--earliest", "2026-11-19", "--latest", "2026-11-18"),
        ("list", "--state", "gone"),
        ("quiet", "abc"),
        ("check", BAD),
        ("check", BAD, "--reopen", "--note", ""),
        ("check", BAD, "--close", "--note", "x", "--level", "好"),
        ("report", "--since", "whenever"),
    ],
)
def test_what_means_nothing_is_refused(hotline: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError):
        hotline(*arguments)


def test_what_is_not_there_is_not_found(hotline: Run) -> None:
    for arguments in (
        ("show", "x"),
        ("status", "none"),
        ("run", "none"),
        ("plan", "none"),
        ("pause", "none"),
        ("cancel", BAD),
    ):
        with pytest.raises(NotFoundError):
            hotline(*arguments)


def test_a_campaign_is_followed_to_its_end(hotline: Run, settings: Settings) -> None:
    told(hotline, "add", "T-1", "13800138000", "--campaign", "november")
    assert told(hotline, "pause", "november")["state"] == "paused"
    begun = told(hotline, "run", "november", "--no-watch")
    assert (begun["state"], begun["open"], begun["states"]["waiting"]) == ("running", 1, 1)
    assert "november" in hotline("status").stdout
    assert told(hotline, "status")[0]["total"] == 1

    async def end(session: AsyncSession) -> None:
        (await session.get_one(CampaignRow, "november")).state = "ended"

    with_store(settings, end)
    assert told(hotline, "run", "november")["state"] == "ended"
    assert "已结束" in hotline("status", "november", "--watch").stdout


def test_a_dry_run_says_whom_it_would_call_when_and_writes_nothing(hotline: Run) -> None:
    told(hotline, "add", "T-1", "13800138000", "--campaign", "november", "--priority", "3")
    told(hotline, "add", "T-2", "13900139000", "--campaign", "november", "--unit", HOSTILE)
    before = told(hotline, "list")
    planned = told(hotline, "plan", "november", "--limit", "5")
    assert [(one["ticket"], one["phone"]) for one in planned] == [
        ("T-1", "138****8000"),
        ("T-2", "139****9000"),
    ]
    assert all(one["at"] is not None for one in planned)
    assert "T-2" in hotline("plan").stdout
    assert told(hotline, "list") == before


def test_a_robot_that_calls_nobody_says_so(
    hotline: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(common, "load_settings", lambda _config: make_settings(tmp_path))
    with pytest.raises(ConfigError, match="calls nobody"):
        hotline("run", "november")


@pytest.mark.clause("R-CB-6")
def test_a_bad_mark_is_listed_and_decided(hotline: Run, settings: Settings) -> None:
    async def fill(session: AsyncSession) -> None:
        session.add(campaign())
        row = await put_ended(session, BAD, solved="no", satisfied="不满意")
        row.unit = HOSTILE
        await RobotResults(settings, Database(settings.database)).results.ended(session, row, utc_now())

    with_store(settings, fill)
    assert [one["id"] for one in told(hotline, "check")] == [BAD]
    assert BAD in hotline("check").stdout
    done = told(hotline, "check", BAD, "--close", "--note", "已修好", "--level", "满意", "--who", "2001")
    assert (done["state"], done["result"]["level"], done["result"]["checked_by"]) == ("done", "满意", "2001")
    assert told(hotline, "check") == []
    with pytest.raises(HotlineError, match="does not wait"):
        hotline("check", BAD, "--reopen", "--note", "x")
    with pytest.raises(HotlineError, match="状态"):
        hotline("check", BAD, "--phone", "13900139000")


def test_the_quiet_list_is_kept_and_masked(hotline: Run) -> None:
    told(hotline, "add", "T-1", "13800138000")
    assert told(hotline, "quiet", "+8613800138000", "--why", "来电要求", "--who", "2001") == {"ended": 1}
    assert told(hotline, "add", "T-2", "13800138000")["fate"] == "quiet"
    assert [one["phone"] for one in told(hotline, "quiet")] == ["138****8000"]
    assert "13800138000" in hotline("quiet", "--reveal").stdout
    assert told(hotline, "quiet", "13800138000", "--remove") == {"removed": True}
    assert "不在" in hotline("quiet", "13800138000", "--remove").stdout


def test_the_report_is_written_in_every_format(hotline: Run, settings: Settings, tmp_path: Path) -> None:
    async def fill(session: AsyncSession) -> None:
        results = RobotResults(settings, Database(settings.database)).results
        for number, level in enumerate(("满意", "基本满意", "不满意")):
            row = await put_ended(session, str(number), satisfied=level, solved="yes")
            row.unit = HOSTILE if number else "城管局"
            await results.ended(session, row, utc_now())

    with_store(settings, fill)
    period = ("--since", "2026-11-20", "--until", "2026-11-20")
    made = told(hotline, "report", *period)
    assert made["total"]["figures"]["cb_satisfied_rate"]["value"] == pytest.approx(1 / 3)
    assert [row["key"] for row in made["rows"]] == [HOSTILE, "城管局"]
    shown = hotline("report", *period).stdout
    assert "满意率" in shown
    assert "33.33" in shown
    file = tmp_path / "november.xlsx"
    hotline("report", *period, "--format", "xlsx", "-o", str(file))
    cells = [cell.value for row in openpyxl.load_workbook(file)["明细"].iter_rows() for cell in row]
    assert HOSTILE in cells
    text = hotline("report", *period, "--format", "csv").stdout_bytes.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][0] == f"'{HOSTILE}"
    only = told(hotline, "report", *period, "--unit", "城管局", "--by", "day")
    assert only["total"]["figures"]["cb_ended"]["value"] == 1


HEAD = "工单编号,联系电话,诉求人,承办单位,备注\n"


def test_a_file_is_checked_as_a_whole_before_anything_is_added(hotline: Run, tmp_path: Path) -> None:
    file, wrong = tmp_path / "a.csv", tmp_path / "wrong.csv"
    file.write_text(
        f"{HEAD}T-1,13800138000,王女士,城管局,x\nT-2,110,{HOSTILE},水务局,x\nT-1,13800138000,王女士,城管局,x\n",
        encoding="gb18030",
    )
    done = hotline("import", str(file), "-c", "november", "--problems", str(wrong), "--json")
    told_of = json.loads(done.stdout)
    assert (done.exit_code, told_of["good"], told_of["bad"]) == (1, 1, 2)
    assert [one["row"] for one in told_of["problems"]] == [3, 4]
    assert told_of["unused_columns"] == ["备注"]
    assert len(list(csv.reader(io.StringIO(wrong.read_text("utf-8-sig"))))) == 3
    assert told(hotline, "status") == []
    assert "有问题 2 行" in hotline("import", str(file), "-c", "november").stdout
    assert (
        told(hotline, "import", str(file), "-c", "november", "--skip-bad", "--check")["written"]["added"] == 0
    )
    made = told(hotline, "import", str(file), "-c", "november", "--skip-bad", "--paused", "--name", "十一月")
    assert made["written"] == {"added": 1, "known": 0, "quiet": 0, "not_drawn": 0}
    (campaign,) = told(hotline, "status")
    assert (campaign["state"], campaign["name"], campaign["total"]) == ("paused", "十一月", 1)
    assert told(hotline, "import", str(file), "-c", "november", "--skip-bad")["written"]["known"] == 1


def test_a_file_that_is_no_table_is_refused(hotline: Run, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        hotline("import", str(tmp_path / "none.xlsx"), "-c", "x")
    for data in (b"", b"PK\x03\x04broken", bytes(range(256)), HEAD.replace("联系电话", "=1+1").encode()):
        file = tmp_path / "a.xlsx"
        file.write_bytes(data)
        with pytest.raises(InvalidInputError):
            hotline("import", str(file), "-c", "x")


@pytest.mark.parametrize("command", [one.name for one in callback.app.registered_commands])
def test_every_command_has_an_example_and_json(command: str) -> None:
    text = CliRunner().invoke(callback.app, [command, "--help"], env={"COLUMNS": "120"}).stdout
    assert f"hotline callback {command}" in text
    assert "--json" in text
