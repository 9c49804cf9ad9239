"""``hotline ticket repeats`` on a real file."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.core.clock import utc_now
from hotline.core.db import Base, Database
from hotline.core.settings import Settings
from hotline.ticket_bridge.repeats.repeat_store import remember
from hotline.ticket_bridge.repeats.repeats import Known, matter_of
from support.asterisk import make_settings
from support.node import toml

pytestmark = pytest.mark.clause("R-R-4")


async def fill(settings: Settings) -> None:
    """Six tickets on one matter and place, of four callers."""
    settings.state.mkdir()
    database = Database(settings.database)
    matter = matter_of("投诉", "公共服务", "[red]书香丽苑[/red]", "停水")
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
        for n in range(6):
            caller = f"1380000000{n}" if n < 3 else "13900000009"
            at = utc_now() - timedelta(minutes=n)
            known = Known(f"t{n}", f"n{n}", f"c{n}", caller, "停水", "[red]书香丽苑[/red]", at)
            await remember(session, known, matter, node="node1", window=timedelta(days=7))
    await database.close()


def test_the_table_and_the_json_name_groups_and_callers(tmp_path: Path) -> None:
    """Numbers are masked, and nothing a citizen said becomes markup."""
    settings = make_settings(tmp_path / "state")
    file = tmp_path / "hotline.toml"
    file.write_text(toml(json.loads(settings.model_dump_json(exclude_none=True))), encoding="utf-8")
    file.chmod(0o600)
    asyncio.run(fill(settings))

    command = [sys.executable, "-m", "hotline", "ticket", "repeats", "--config", str(file), "--calls", "3"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "[red]书香丽苑[/red]" in shown.replace("\n", "")
    assert "139****0009" in shown
    told = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True).stdout)
    assert [(one["callers"], one["tickets"], one["grade"]) for one in told["groups"]] == [(4, 6, None)]
    assert [(one["caller"], one["tickets"]) for one in told["callers"]] == [("139****0009", 3)]
    wrong = subprocess.run([*command, "--since", "never"], capture_output=True, text=True, check=False)
    assert wrong.returncode != 0
    assert "never" in wrong.stderr
