"""The access log and the store of users on both databases: what is written stays as it is, and shows it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from hotline.app import schema
from hotline.app.access_watch import PART, prove
from hotline.app.health import Health
from hotline.cli.main import command_line
from hotline.core.access.access_log import HEADS, AccessLog, entries, verify
from hotline.core.access.chain import Entry
from hotline.core.access.errors import LockedError, TakenError, WrongSignInError
from hotline.core.access.sessions import Sessions
from hotline.core.access.tables import AccessRow
from hotline.core.access.users import NewUser
from hotline.core.db import Database
from hotline.core.roles import Role
from support.asterisk import make_settings
from support.doors import NOON, PASSWORD, Doors, door_settings
from support.node import Node

HOSTILE = "x\x00'); DROP TABLE access_log;--\ud800\u202e" + "长" * 500


async def filled(database: Database, state: Path, count: int = 6) -> AccessLog:
    log = AccessLog(database, node="node1", state=state, clock=lambda: NOON)
    for number in range(count):
        await log.add(Entry(f"user{number}", "look", f"call/{number}", details={"n": number, "b": True}))
    return log


async def test_what_is_added_at_once_by_several_processes_is_one_chain(
    database: Database, tmp_path: Path
) -> None:
    logs = [AccessLog(database, node="node1", state=tmp_path, clock=lambda: NOON) for _ in range(3)]
    await asyncio.gather(*(log.add(Entry("w", "look", f"call/{n}")) for n in range(40) for log in logs))
    other = AccessLog(database, node="node2", clock=lambda: NOON)
    await other.add(Entry(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, details={HOSTILE: HOSTILE}))
    assert await verify(database, state=tmp_path) == ({"node1": 120, "node2": 1}, [])
    found = await entries(database, subject="call/7", limit=500)
    assert len(found) == 3
    assert [one.entry.who for one in await entries(database, since=NOON + timedelta(seconds=1))] == []


@pytest.mark.clause("R-S-1")
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (update(AccessRow).where(AccessRow.seq == 3).values(who="nobody"), ("changed", 3)),
        (update(AccessRow).where(AccessRow.seq == 3).values(details={"n": 9}), ("changed", 3)),
        (
            update(AccessRow).where(AccessRow.seq == 3).values(at=NOON + timedelta(microseconds=1)),
            ("changed", 3),
        ),
        (delete(AccessRow).where(AccessRow.seq == 3), ("missing", 3)),
        (delete(AccessRow).where(AccessRow.seq == 1), ("missing", 1)),
        (delete(AccessRow).where(AccessRow.seq >= 5), ("cut", 5)),
        (delete(AccessRow), ("cut", 1)),
    ],
)
async def test_an_edited_log_shows_where(
    database: Database, tmp_path: Path, change: Any, fault: tuple[str, int]
) -> None:
    """Tables of these tests have no triggers: somebody took them away who owns the database."""
    await filled(database, tmp_path)
    async with database.write() as session:
        await session.execute(change)
    _, faults = await verify(database, state=tmp_path)
    assert [(one.fault, one.seq) for one in faults[:1]] == [fault]
    _, newest = await verify(database, state=tmp_path, newest=2)
    assert bool(newest) == (fault[0] == "cut")


async def test_a_chain_that_was_made_anew_is_found_by_what_was_written_beside_it(
    database: Database, tmp_path: Path
) -> None:
    await filled(database, tmp_path / "true")
    async with database.write() as session:
        await session.execute(delete(AccessRow))
    await filled(database, tmp_path / "false", count=5)
    forged = AccessLog(database, node="node1", state=tmp_path / "false", clock=lambda: NOON)
    await forged.add(Entry("somebody else", "look", "call/5"))
    assert (await verify(database, state=tmp_path / "false"))[1] == [], "a whole chain, by itself"
    _, faults = await verify(database, state=tmp_path / "true")
    assert ("changed", 6) in [(one.fault, one.seq) for one in faults]


async def test_a_broken_log_stands_among_the_nodes_faults(database: Database, tmp_path: Path) -> None:
    doors, health = Doors(door_settings(tmp_path), database), Health()
    await filled(database, tmp_path)
    await prove(doors.access, health)
    assert health.lines() == []
    async with database.write() as session:
        await session.execute(delete(AccessRow).where(AccessRow.seq == 6))
    await prove(doors.access, health)
    assert "访问日志被改动" in health.lines()[0]
    health.good(PART)


@pytest.mark.clause("R-S-1")
async def test_the_database_lets_nobody_change_an_entry(tmp_path: Path, database_url: str) -> None:
    database = Database(database_url)
    try:
        await schema.upgrade(database)
        await filled(database, tmp_path)
        changes = ["UPDATE access_log SET who = 'x'", "DELETE FROM access_log WHERE seq = 6"]
        if not database.is_sqlite:
            changes.append("TRUNCATE access_log")
        for change in changes:
            with pytest.raises(DBAPIError, match="can only be added to"):
                async with database.write() as session:
                    await session.execute(text(change))
        assert await verify(database, state=tmp_path) == ({"node1": 6}, [])
    finally:
        await database.close()


async def test_a_disk_that_takes_no_heads_costs_no_entry(database: Database, tmp_path: Path) -> None:
    (tmp_path / HEADS).mkdir()
    log = AccessLog(database, node="node1", state=tmp_path, clock=lambda: NOON)
    await log.add(Entry("w", "look", "call/1"))
    assert len(await entries(database)) == 1


async def test_many_guesses_at_once_are_no_more_than_one_after_the_other(
    database: Database, tmp_path: Path
) -> None:
    doors = Doors(door_settings(tmp_path), database)
    await doors.add("wangfang", Role.AGENT, "1001")
    guesses = [doors.access.sign_in.by_password("wangfang", f"guess {n}") for n in range(30)]
    told = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(one, WrongSignInError) for one in told) == 5
    assert sum(isinstance(one, LockedError) for one in told) == 25
    again = Doors(door_settings(tmp_path), database)
    with pytest.raises(LockedError):
        await again.access.sign_in.by_password("wangfang", PASSWORD)


class Away:
    """A database that can be gone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.gone = False

    def read(self) -> Any:
        if self.gone:
            raise OSError("no route to the database")
        return self._database.read()

    def write(self, **how: bool) -> Any:
        return self._database.write(**how)


async def test_who_asked_a_moment_ago_is_known_while_the_database_is_away(
    database: Database, tmp_path: Path
) -> None:
    doors = Doors(door_settings(tmp_path), database)
    await doors.add("wangfang", Role.AGENT, "1001")
    user = await doors.access.users.find("wangfang")
    assert user is not None
    away = Away(database)
    kept = timedelta(hours=1)
    sessions = Sessions(cast("Database", away), idle=kept, longest=kept, clock=doors.clock)
    used, unused, ended = [await sessions.begin(user, way="password", address="") for _ in range(3)]
    known = [await sessions.find(secret) for secret in (used, ended)]
    assert all(known)
    await sessions.end(ended)
    away.gone = True
    doors.clock.forward(minutes=14)
    assert await sessions.find(used) == known[0]
    for stranger in (unused, ended, "made up"):
        with pytest.raises(OSError, match="no route"):
            await sessions.find(stranger)
    doors.clock.forward(minutes=1)
    with pytest.raises(OSError, match="no route"):
        await sessions.find(used)


async def test_two_cannot_take_one_name_at_once(database: Database, tmp_path: Path) -> None:
    doors = Doors(door_settings(tmp_path), database)
    new = NewUser("wangfang", "王芳", Role.AGENT)
    adds = [doors.access.users.add(new, PASSWORD, by="test") for _ in range(5)]
    told = await asyncio.gather(*adds, return_exceptions=True)
    assert sum(isinstance(one, TakenError) for one in told) == 4


def test_the_commands_keep_users_tokens_and_the_log(tmp_path: Path, database_url: str) -> None:
    node = Node(make_settings(tmp_path / "state", database=database_url))
    asyncio.run(_made(database_url))

    def ask(*words: str, typed: str = "", status: int = 0) -> Any:
        made = CliRunner().invoke(
            command_line(words[0]), [*words, "--json", "--config", str(node.file)], input=typed
        )
        assert made.exit_code == status, made.output
        return json.loads(made.stdout)

    told = ask("user", "add", "wangfang", "--role", "agent", "--name", "王芳")
    assert (told["user"]["user"], len(told["password"]) >= 16) == ("wangfang", True)
    told = ask("user", "add", "liqiang", "--role", "ops", "--password-stdin", typed=f"{PASSWORD}\n")
    assert told["password"] is None
    assert ask("user", "disable", "liqiang")["disabled_at"]
    assert ask("user", "enable", "liqiang")["disabled_at"] is None
    assert ask("user", "passwd", "wangfang")["password"]
    assert [one["user"] for one in ask("user", "list")] == ["liqiang", "wangfang"]
    made = ask("token", "create", "city", "--role", "ops", "--scope", "read:queue", "--days", "7")
    assert made["token"].startswith("hotline_")
    assert ask("token", "revoke", made["id"])["revoked_at"]
    assert "token" not in ask("token", "list")[0]
    listed = ask("access-log", "list")
    assert [one["action"] for one in listed][-2:] == ["user.add", "user.add"]
    assert made["token"] not in json.dumps(listed)
    told = ask("access-log", "verify")
    assert (told["whole"], list(told["entries"].values())) == (True, [len(listed)])
    heads = next(tmp_path.rglob(HEADS))
    heads.write_text(heads.read_text().replace(listed[0]["hash"], "f" * 64))
    assert not ask("access-log", "verify", status=1)["whole"]


async def _made(url: str) -> None:
    database = Database(url)
    await schema.upgrade(database)
    await database.close()
