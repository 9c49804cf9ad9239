from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from hotline.app.agent_times import AgentTimes
from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.queue.tables import AgentSpellRow
from support.asterisk import make_settings
from support.audited import AuditedNode
from support.call_facts import NOON, SECOND, answered

START = NOON // SECOND


@pytest.fixture
async def node(tmp_path: Path, database: Database) -> AuditedNode:
    node = AuditedNode(make_settings(tmp_path), database)
    node.write(answered())
    return node


def say(node: AuditedNode, second: int, agent: str, event: str, value: str = "") -> None:
    node.queue_log(f"{START + second}|x|public|{agent}|{event}|{value}||||")


def shift(node: AuditedNode, begin: int) -> None:
    """An agent's working time with a pause, a wrap-up and two rings in vain."""
    say(node, begin, "1001", "ADDMEMBER")
    say(node, begin + 10, "1001", "PAUSE", "lunch")
    say(node, begin + 70, "1001", "UNPAUSE")
    say(node, begin + 100, "1001", "RINGNOANSWER", "15000")
    say(node, begin + 120, "1001", "RINGNOANSWER", "15000")
    say(node, begin + 130, "1001", "CONNECT", "4")
    say(node, begin + 190, "1001", "PAUSE", "wrapup")
    say(node, begin + 205, "1001", "UNPAUSE")
    say(node, begin + 900, "1001", "REMOVEMEMBER")


async def read(node: AuditedNode) -> None:
    await node.read()
    times = AgentTimes(node.settings, node.database, clock=lambda: node.now)
    await times.load()
    await times.read()


def rotate(node: AuditedNode, number: int) -> Path:
    log = node.logs / "queue_log"
    return log.rename(log.with_name(f"queue_log.20261122T00000{number}Z.{number:06d}"))


async def test_spells_of_several_days_and_files_are_what_the_journal_says(node: AuditedNode) -> None:
    for day in range(4):
        shift(node, day * 86_400)
        if day < 3:
            rotate(node, day + 1)
    say(node, 4 * 86_400, "1002", "ADDMEMBER")
    await read(node)
    found = await node.audit()
    assert (found.differences, found.spells) == ([], 4 * 5 + 1)
    since = from_us(NOON + 2 * 86_400 * SECOND)
    found = await node.audit(since=since)
    assert (found.differences, found.spells) == ([], 2 * 5 + 1)


SPELL = AgentSpellRow.kind
ATTACKS: dict[str, tuple[Any, str, str]] = {
    "a shorter pause": (
        update(AgentSpellRow).where(SPELL == "paused").values(ended=from_us(NOON + 69 * SECOND)),
        "paused",
        "ended",
    ),
    "another reason": (
        update(AgentSpellRow).where(SPELL == "paused").values(reason="training"),
        "paused",
        "reason",
    ),
    "a ring in vain less": (
        delete(AgentSpellRow).where(SPELL == "no_answer", AgentSpellRow.began < from_us(NOON + 90 * SECOND)),
        "no_answer",
        "",
    ),
    "a kind that there is not": (
        update(AgentSpellRow).where(SPELL == "wrapup").values(kind="holiday"),
        "",
        "",
    ),
    "a moved sign-in": (
        update(AgentSpellRow).where(SPELL == "signed_in").values(began=from_us(NOON - 5 * SECOND)),
        "signed_in",
        "",
    ),
}


@pytest.mark.clause("R-Q-4")
@pytest.mark.parametrize("name", ATTACKS)
async def test_a_changed_spell_is_found_and_named(node: AuditedNode, name: str) -> None:
    shift(node, 0)
    await read(node)
    statement, kind, column = ATTACKS[name]
    async with node.database.write() as session:
        await session.execute(statement)
    found = await node.audit()
    assert found.differences
    kinds = {kind} if kind else {"wrapup", "holiday"}
    assert {(one.call, one.table, one.row.split()[0], one.column) for one in found.differences} == {
        ("agent:1001", "agent_spells", kind, column) for kind in kinds
    }


async def test_what_the_reader_has_not_read_is_no_difference(node: AuditedNode) -> None:
    shift(node, 0)
    await read(node)
    shift(node, 1000)
    found = await node.audit()
    assert (found.differences, found.spells) == ([], 5)


async def test_a_journal_whose_beginning_was_removed_blames_nobody(node: AuditedNode) -> None:
    say(node, 0, "1001", "ADDMEMBER")
    first = rotate(node, 1)
    say(node, 50, "1001", "PAUSE", "lunch")
    say(node, 90, "1001", "UNPAUSE")
    say(node, 500, "1001", "REMOVEMEMBER")
    shift(node, 1000)
    rotate(node, 2)
    shift(node, 3000)
    await read(node)
    first.unlink()
    found = await node.audit()
    assert (found.differences, found.spells) == ([], 9)
    async with node.database.write() as session:
        late = AgentSpellRow.began > from_us(NOON) + timedelta(seconds=3000)
        await session.execute(delete(AgentSpellRow).where(late, SPELL == "wrapup"))
    assert len((await node.audit()).differences) == 1


async def test_without_the_part_that_writes_spells_there_is_nothing_to_compare(node: AuditedNode) -> None:
    shift(node, 0)
    await node.read()
    found = await node.audit()
    assert (found.differences, found.spells) == ([], 0)
