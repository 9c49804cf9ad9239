from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from hotline.cli import calls, recordings
from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.errors import NotFoundError
from hotline.core.events import EventBus
from hotline.core.jobs import Jobs
from hotline.core.settings import Settings
from hotline.telephony.recordings import RecordingFinaliser
from hotline.telephony.tracker import Tracker
from support.asterisk import make_settings
from support.call_facts import answered, text
from support.wavs import write_wav

Run = Callable[..., tuple[int, str]]


async def _prepare(settings: Settings, database: Database) -> None:
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    told = answered()
    log = settings.state / "asterisk" / "log" / "cel-custom"
    log.mkdir(parents=True)
    (log / "hotline.csv").write_text(text(told.rows))
    for kind in ("mix", "citizen", "agent"):
        write_wav(settings.state / "recordings" / "2026/11/22" / f"{told.call}-{kind}.wav", seconds=1)
    tracker = Tracker(settings, database, EventBus(), clock=utc_now)
    await tracker.load()
    await tracker.read_journal()
    await RecordingFinaliser(settings, database, Jobs(database, node="node1"), EventBus()).run_once()
    await database.close()


@pytest.fixture
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = make_settings(tmp_path)
    asyncio.run(_prepare(settings, Database(settings.database)))
    for module in (calls, recordings):
        monkeypatch.setattr(module, "load_settings", lambda _config: settings)

    def run(app: Any, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "300"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout

    return run


@pytest.mark.clause("R-S-1")
def test_numbers_are_masked_unless_asked_for(hotline: Run) -> None:
    (call,) = json.loads(hotline(calls.app, "list", "--json")[1])
    assert (call["number"], call["outcome"]) == ("138****5678", "answered")
    assert "facts" not in call
    assert "13812345678" not in hotline(calls.app, "list")[1]
    assert "13812345678" in hotline(calls.app, "list", "--reveal")[1]
    assert json.loads(hotline(calls.app, "list", "--open", "--json")[1]) == []


def test_one_call_with_its_parts(hotline: Run) -> None:
    found = json.loads(hotline(calls.app, "show", answered().call, "--json")[1])
    assert [leg["role"] for leg in found["legs"]] == ["citizen", "agent", "agent"]
    assert len(found["recordings"]) == 3
    assert found["steps"][0]["name"] == "HL_ARRIVED"
    shown = hotline(calls.app, "show", answered().call)[1]
    assert "HL_AGENT" in shown
    assert "{" not in shown, "no Python in what people read"
    assert "agent=1001" in shown
    arrived = datetime.fromisoformat(found["t0"]).astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"t0            {arrived:%Y-%m-%d %H:%M:%S}" in shown, "in the site's time"
    assert "+00:00" not in shown
    assert "138****5678" in shown
    with pytest.raises(NotFoundError):
        hotline(calls.app, "show", "nobody")


@pytest.mark.clause("R-T-1")
def test_recordings_are_listed_and_verified(hotline: Run, tmp_path: Path) -> None:
    rows = json.loads(hotline(recordings.app, "list", "--call", answered().call, "--json")[1])
    assert {row["kind"] for row in rows} == {"mix", "citizen", "agent"}
    assert json.loads(hotline(recordings.app, "list", "--orphans", "--json")[1]) == []
    assert "mix" in hotline(recordings.app, "list")[1]
    assert hotline(recordings.app, "verify")[0] == 0
    (tmp_path / "recordings" / rows[0]["path"]).unlink()
    status, shown = hotline(recordings.app, "verify", "--json")
    assert (status, [fault["fault"] for fault in json.loads(shown)["faults"]]) == (1, ["missing"])
