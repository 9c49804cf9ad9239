"""What the doctor says of who may come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from hotline.app import schema
from hotline.app.doctor_access import access
from hotline.core.access.access_log import AccessLog
from hotline.core.access.chain import Entry
from hotline.core.db import Database
from hotline.core.settings import Settings
from support.doors import door_settings


def settings_of(folder: Path, url: str, **web: Any) -> Settings:
    return door_settings(folder / "state", database=url, web=web)


async def said(settings: Settings) -> list[tuple[str, str]]:
    return [(one.status, one.message) for one in await access(settings)]


async def test_the_doctor_makes_no_database(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    assert (await said(settings_of(tmp_path, f"sqlite+aiosqlite:///{file}")))[0][0] == "ok"
    assert not file.exists()


async def test_the_doctor_proves_the_log_and_asks_for_users(tmp_path: Path, database_url: str) -> None:
    database = Database(database_url)
    await schema.upgrade(database)
    plain = settings_of(tmp_path, database_url)
    log = AccessLog(database, node="node1", state=plain.state)
    for number in range(3):
        await log.add(Entry("w", "look", f"call/{number}"))
    assert await said(plain) == [("ok", "the access log is whole (its newest 3 entries)")]
    [(status, message)] = await said(
        settings_of(tmp_path, database_url, public_url="https://hotline.example")
    )
    assert (status, "everybody signs in by the one [web] token" in message) == ("warn", True)
    async with database.write() as session:
        dropped = "no_update" if database.is_sqlite else "only_added ON access_log"
        await session.execute(text(f"DROP TRIGGER access_log_{dropped}"))
        await session.execute(text("UPDATE access_log SET who = 'x' WHERE seq = 2"))
    assert await said(plain) == [("fail", "the access log was changed (node node1, entry 2: changed)")]
    await database.close()
