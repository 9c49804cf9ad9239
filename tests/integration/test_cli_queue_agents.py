"""``hotline queue agents`` reads the store alone: no service and no switch runs here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.app.agent_times import AgentTimes
from hotline.cli import queue, queue_agents
from hotline.core.clock import from_us
from hotline.core.db import Base, Database
from hotline.core.errors import HotlineError
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.telephony.tracker import Tracker
from support.asterisk import make_settings
from support.call_facts import NOON, SECOND, answered, text

Run = Callable[..., str]

BEGIN_S = NOON // SECOND
LINES = (
    (0, "NONE|main|1001|UNPAUSE|signed-in"),
    (5, "node1-1795320000.12|main|1002|RINGNOANSWER|4500"),
    (44, "NONE|main|1001|PAUSE|wrapup"),
    (59, "NONE|main|1001|UNPAUSE|wrapup-end"),
    (60, "NONE|main|1001|PAUSE|noanswer"),
    (90, "NONE|main|1001|UNPAUSE|ready"),
    (120, "node1-1795320001.9|main|1001|REMOVEMEMBER|"),
)


async def _prepare(settings: Settings) -> None:
    database = Database(settings.database)
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    log = settings.state / "asterisk" / "log"
    (log / "cel-custom").mkdir(parents=True)
    (log / "cel-custom" / "hotline.csv").write_text(text(answered(at_us=NOON + 3 * SECOND).rows))
    (log / "queue_log").write_text("".join(f"{BEGIN_S + second}|{rest}\n" for second, rest in LINES))
    tracker, times = Tracker(settings, database, EventBus()), AgentTimes(settings, database)
    await tracker.load()
    await tracker.read_journal()
    await times.load()
    await times.read()
    await database.close()


@pytest.fixture
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = make_settings(tmp_path)
    asyncio.run(_prepare(settings))
    monkeypatch.setattr(queue_agents, "load_settings", lambda _config: settings)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(queue.app, ["agents", *arguments], env={"COLUMNS": "400"})
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.stdout

    return run


def moment(second: float) -> str:
    """A moment of the story as people type it, in UTC."""
    return from_us(NOON + round(second * SECOND)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_json_has_times_figures_and_their_definitions(hotline: Run) -> None:
    one, two, three = json.loads(hotline("--since", moment(0), "--until", moment(120), "--json"))
    assert [row["agent"] for row in (one, two, three)] == ["1001", "1002", "1003"]
    assert sum(one["times_ms"].values()) == pytest.approx(120_000, abs=8)
    assert one["pauses_ms"] == {"noanswer": 30_000}
    assert one["figures"]["agent_handled"] == {"value": 1, "definition": "agent_handled", "version": 1}
    assert one["figures"]["agent_occupancy"]["value"] == pytest.approx(45 / 90, abs=0.02)
    assert two["figures"]["agent_no_answer"]["value"] == 1
    assert three["times_ms"]["signed_out"] == 120_000


def test_people_read_names_reasons_and_lengths(hotline: Run) -> None:
    shown = hotline("--since", moment(0), "--until", moment(120))
    line = next(line for line in shown.splitlines() if "1001" in line)
    assert "王芳" in line
    assert "未接听 0:00:30" in line
    assert "0:00:15" in line
    assert "%" in line
    assert "{" not in shown


@pytest.mark.parametrize(
    "arguments", [("--since", "never"), ("--since", "2199-01-01", "--until", "2199-01-02")]
)
def test_a_period_that_cannot_be_is_told(hotline: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(HotlineError):
        hotline(*arguments)


@pytest.mark.parametrize(
    ("ms", "shown"), [(None, ""), (0, ""), (999, "0:00:01"), (59_499, "0:00:59"), (36_061_000, "10:01:01")]
)
def test_lengths_for_people(ms: int | None, shown: str) -> None:
    assert queue_agents.length(ms) == shown
