"""``hotline queue alarms`` on a real file, and its test of real webhooks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.settings import Settings
from hotline.core.webhook_signature import SIGNATURE, TIMESTAMP, is_signed
from hotline.queue.alarm_tables import AlarmRow, save
from hotline.queue.alarms import Alarm
from support.asterisk import make_settings
from support.node import toml
from support.receiver import Receiver, receiver

pytestmark = pytest.mark.clause("R-Q-3")

SECRET = "webhook-secret-for-tests"


def write(folder: Path, *targets: Receiver) -> tuple[Settings, Path]:
    settings = make_settings(
        folder / "state",
        alarms={"webhook_secret": SECRET},
        webhooks=[{"name": f"t{at}", "url": one.target().url} for at, one in enumerate(targets)],
    )
    file = folder / "hotline.toml"
    file.write_text(toml(json.loads(settings.model_dump_json(exclude_none=True))), encoding="utf-8")
    file.chmod(0o600)
    return settings, file


async def fill(settings: Settings) -> None:
    """Two alarms that stand on two nodes, one that is over, one of a kind that is not known."""
    settings.state.mkdir()
    database = Database(settings.database)
    now = utc_now()
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    wait = {"label": "综合受理", "longest_s": 15.5, "waiting": 2, "limit_s": 15.0}
    near = Alarm("A1", "wait_near", "public", now - timedelta(minutes=2), wait)
    async with database.write() as session:
        await save(session, near, node="node1")
        await save(session, Alarm("A2", "asterisk_unreachable", "node2", now, {}), node="node2")
        over = Alarm("A3", "trunk_down", "carrier", now - timedelta(minutes=9), {"trunk": "carrier"})
        await save(session, over, node="node1")
        await save(session, Alarm("A3", "trunk_down", "carrier", over.raised_at, {}, now), node="node1")
        session.add(
            AlarmRow(
                id="A4",
                kind="gone",
                subject="x",
                severity="warning",
                raised_at=now,
                details={},
                node="node1",
            )
        )
    await database.close()


async def hotline(file: Path, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hotline", "queue", "alarms", "--config", str(file), *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"COLUMNS": "200", "PATH": "/usr/bin:/bin", "HOME": str(file.parent), "LANG": "C.UTF-8"},
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_what_stands_and_what_is_over(tmp_path: Path) -> None:
    settings, file = write(tmp_path)
    await fill(settings)
    status, out, err = await hotline(file, "--json")
    assert status == 0, err
    stands: list[dict[str, Any]] = json.loads(out)
    assert [(one["id"], one["severity"], one["level"], one["node"]) for one in stands] == [
        ("A2", "critical", "II", "node2"),
        ("A1", "warning", None, "node1"),
    ]
    status, out, _ = await hotline(file, "--all", "--json")
    assert [one["id"] for one in json.loads(out)] == ["A2", "A1", "A3"]
    assert json.loads(out)[2]["cleared_at"] is not None
    status, out, _ = await hotline(file)
    assert status == 0
    assert "综合受理：最长已等待 15.5 秒，2 人在等，限值 15 秒" in out
    assert "docs/runbook/wait_near.md" in out
    assert "中继" not in out


async def test_texts_are_shown_as_they_are_and_a_cut_list_says_so(tmp_path: Path) -> None:
    settings, file = write(tmp_path)
    await fill(settings)
    database = Database(settings.database)
    label = "[red]急件[/red][/x]"
    wait = {"label": label, "longest_s": 15.5, "waiting": 2, "limit_s": 15.0}
    async with database.write() as session:
        await save(session, Alarm("A9", "wait_near", "other", utc_now(), wait), node="[b]n[/b]")
    await database.close()
    status, out, err = await hotline(file)
    assert (status, err) == (0, "")
    assert label in out
    assert "[b]n[/b]" in out
    status, out, err = await hotline(file, "--all", "--limit", "2", "--json")
    assert [one["id"] for one in json.loads(out)] == ["A9", "A2"]
    assert "older ones are not shown" in err
    status, out, err = await hotline(file, "--all", "-n", "4", "--json")
    assert (status, len(json.loads(out)), err) == (0, 4, "")


async def test_the_webhooks_are_tried(tmp_path: Path) -> None:
    async with receiver() as good, receiver(503) as bad:
        _, file = write(tmp_path, good, bad)
        status, out, _ = await hotline(file, "--test-webhook", "--json")
        assert status == 1
        results = {one["webhook"]: one for one in json.loads(out)}
        assert (results["t0"]["ok"], results["t0"]["status"]) == (True, 204)
        assert (results["t1"]["ok"], results["t1"]["status"]) == (False, 503)
        assert good.taken[0]["event"] == "alarm.test"
        assert good.taken[0]["alarm"] is None
        headers, body = good.requests[0]
        now_s = utc_now().timestamp()
        assert is_signed(SECRET, headers[TIMESTAMP], headers[SIGNATURE], body, now_s=now_s)
        status, out, _ = await hotline(file, "--test-webhook")
        assert status == 0
        assert SECRET not in out


async def test_without_a_webhook_there_is_nothing_to_try(tmp_path: Path) -> None:
    _, file = write(tmp_path)
    status, _, err = await hotline(file, "--test-webhook")
    assert status == 2
    assert "add [[webhooks]]" in err
