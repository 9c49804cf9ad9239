"""The audit and the rotation on a real Asterisk: calls with several outcomes while files are rotated."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hotline.app import schema
from hotline.app.agent_times import AgentTimes
from hotline.core.aio import TaskKeeper
from hotline.core.clock import to_us, utc_now
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.queue.agents import Agents
from hotline.queue.audit import Audit, Auditor
from hotline.queue.replay import replay
from hotline.telephony.ami import Ami
from hotline.telephony.journal_files import JournalFiles, open_content
from hotline.telephony.process import gone
from hotline.telephony.rotation import Rotation
from hotline.telephony.tables import CallRow
from hotline.telephony.tracker import Tracker
from support import sipp
from support.asterisk import ACTION_SECRET, Switch, free_ports
from support.flow import Flow
from support.journal import until, until_idle
from support.node import Node
from support.sipp_agents import answering_agents, desk_phones

pytestmark = pytest.mark.asterisk

AGENTS = 2
QUEUES = [{"name": "public", "label": "综合受理", "max_wait_seconds": 10, "ring_seconds": 5}]


class Reading:
    """The tracker alone, following a switch into a database."""

    def __init__(self, switch: Switch, database: Database) -> None:
        self.switch, self.database = switch, database
        self._tasks = TaskKeeper()
        self.tracker = Tracker(switch.settings, database, EventBus())
        ami = switch.settings.asterisk
        self._ami = Ami(ami.ami_host, ami.ami_port, "hotline-actions", ACTION_SECRET)
        self.agents = Agents(switch.settings, self._ami)
        self.times = AgentTimes(switch.settings, database)

    async def __aenter__(self) -> Reading:
        self._tasks.start(self._ami.run(), name="ami")
        await self._ami.wait_connected(10)
        self._tasks.start(self.tracker.run_journal(), name="journal")
        self._tasks.start(self.times.run(), name="agent times")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._ami.close()
        await self._tasks.stop()

    async def rows(self) -> list[CallRow]:
        async with self.database.read() as session:
            return list(await session.scalars(select(CallRow).order_by(CallRow.id)))

    async def ended(self, calls: int) -> list[CallRow]:
        """Wait until so many calls are stored with their end."""
        async with asyncio.timeout(30):
            while True:
                rows = await self.rows()
                if sum(row.ended_at is not None for row in rows) >= calls:
                    return rows
                await asyncio.sleep(0.2)

    async def audit(self) -> Audit:
        logs = self.switch.runtime.paths.log
        return await Auditor(self.database, logs, self.switch.settings.site.node).run()


@asynccontextmanager
async def agents_at_work(reading: Reading, port: int) -> AsyncGenerator[None]:
    async with answering_agents(port):
        for agent in reading.switch.settings.agents:
            await reading.agents.sign_in(agent.number)
        async with asyncio.timeout(30):
            while (await reading.switch.console("queue show public")).count("(Not in use)") < AGENTS:  # noqa: ASYNC110  # the switch tells nobody
                await asyncio.sleep(0.2)
        yield


def lines_of(path: Path) -> list[str]:
    """Every line of a journal, of all its files in order."""
    found: list[str] = []
    for file in JournalFiles(path).all():
        with open_content(file.path) as content:
            found += content.read().decode().splitlines()
    return found


def held_files(pid: int) -> list[str]:
    folder = Path(f"/proc/{pid}/fd")
    return [os.readlink(link) for link in folder.iterdir() if link.is_symlink()]


def no_line_is_lost(switch: Switch, rows: list[CallRow]) -> None:
    """Each call is whole in the files together, and the switch holds none that was renamed."""
    held = held_files(switch.pid)
    assert str(switch.queue_log) in held
    assert not any("queue_log." in name or "messages.log." in name for name in held)
    queued = [line.split("|") for line in lines_of(switch.queue_log)]
    entered = Counter(line[1] for line in queued if line[4] == "ENTERQUEUE")
    left = Counter(line[1] for line in queued if line[4] in ("CONNECT", "ABANDON", "EXITWITHTIMEOUT"))
    in_queue = {row.id for row in rows if row.t2 is not None and entered[row.id]}
    assert len(in_queue) >= 6
    assert {entered[call] for call in in_queue} == {1}
    assert {left[call] for call in in_queue} == {1}
    ends = Counter(json.loads(f"[{line}]")[3] for line in lines_of(switch.journal) if "LINKEDID_END" in line)
    assert {ends[row.id] for row in rows} == {1}


@pytest.mark.takes(45)
@pytest.mark.clause("R-Q-4")
async def test_calls_during_rotations_are_audited_without_a_difference_and_every_attack_is_named(
    running_asterisk, tmp_path: Path, database: Database
) -> None:
    port = free_ports(1)[0]
    switch: Switch = await running_asterisk(
        queues=QUEUES, agents=desk_phones(AGENTS, port), agents_work={"wrap_up_seconds": 0}
    )
    async with Flow(switch, tmp_path), Reading(switch, database) as reading:
        clock = utc_now() + timedelta(days=1)
        rotation = Rotation(switch.settings, database, switch.console, clock=lambda: clock)

        async def calls(count: int, seconds: float) -> None:
            result = await sipp.call(switch.trunk, [sipp.Wait(seconds)], calls=count, rate=3)
            assert result.ok, result.errors

        async with asyncio.TaskGroup() as group:
            group.create_task(calls(2, 3))  # nobody is signed in
            group.create_task(calls(1, 0.1))  # hangs up in the greeting
            for _ in range(3):
                await asyncio.sleep(0.5)
                await rotation.look()
                clock += timedelta(days=1)
        async with agents_at_work(reading, port), asyncio.TaskGroup() as group:
            group.create_task(calls(4, 6))  # two talk, two wait or give up
            group.create_task(calls(4, 9))
            for _ in range(8):
                await asyncio.sleep(0.7)
                await rotation.look()
                clock += timedelta(days=1)
        await until_idle(switch)
        rows = await reading.ended(11)
        assert len({path for path in switch.journal.parent.glob("hotline.csv*")}) >= 5
        assert len({path for path in switch.queue_log.parent.glob("queue_log*")}) >= 8

        outcomes = Counter(row.outcome or row.apart for row in rows)
        assert outcomes["answered"] >= 2
        assert outcomes["abandoned"] >= 1
        assert len(rows) == 11

        no_line_is_lost(switch, rows)
        found = await reading.audit()
        assert (found.differences, found.figures) == ([], [])
        assert (found.compared, found.in_progress, found.unread, found.bad_records) == (11, 0, 0, 0)
        assert found.spells >= AGENTS
        made = {record.id for record in replay(switch.runtime.paths.log, switch.settings.site.node)}
        assert made == {row.id for row in rows}

        talked = next(row for row in rows if row.t3 is not None)
        assert talked.t3 is not None
        async with database.write() as session:
            moved = {"t3": talked.t3 - timedelta(milliseconds=1)}
            await session.execute(update(CallRow).where(CallRow.id == talked.id).values(moved))
        found = await reading.audit()
        (difference,) = found.differences
        assert (difference.call, difference.table, difference.column) == (talked.id, "calls", "t3")
        assert ("all", "wait_human") in {(one.scope, one.figure) for one in found.figures}
        assert switch.faults() == []


@pytest.mark.clause("R-Q-4")
async def test_the_command_tells_by_its_exit_status(running_asterisk, tmp_path: Path) -> None:
    switch: Switch = await running_asterisk()
    node = Node(switch.settings)
    database = Database(switch.settings.database)
    await schema.upgrade(database)
    async with Flow(switch, tmp_path), Reading(switch, database) as reading:
        await sipp.call(switch.trunk, [sipp.Wait(2)], calls=3, rate=3)
        await until_idle(switch)
        await until(lambda: not reading.tracker.open_calls())
        (first, *_) = await reading.ended(3)

    async def run(*arguments: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hotline", "queue", "audit", "--config", str(node.file), *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "COLUMNS": "200"},
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    status, out, err = await run()
    assert status == 0, out + err
    assert "已核对 3 通" in out

    async with database.write() as session:
        await session.execute(update(CallRow).where(CallRow.id == first.id).values(outcome="answered"))
    status, out, _ = await run()
    assert status == 1
    assert first.id in out
    assert "逐通差异" in out
    assert "指标差异" in out
    status, out, _ = await run("--json")
    told = json.loads(out)
    assert (status, told["clean"], told["difference_count"]) == (1, False, 1)
    assert told["differences"][0] | {"journal": None} == {
        "call": first.id,
        "table": "calls",
        "row": "",
        "column": "outcome",
        "stored": "answered",
        "journal": None,
    }
    async with database.write() as session:
        await session.execute(update(CallRow).where(CallRow.id == first.id).values(outcome=first.outcome))
    begin = utc_now() - timedelta(days=2)
    status, out, _ = await run("--since", f"{begin:%Y-%m-%d}")
    assert status == 2
    assert "没有流水" in out
    assert first.t0 is not None
    assert to_us(first.t0) > to_us(begin)
    status, _, err = await run("--since", "tomorrowish")
    assert (status, "no date or moment" in err) == (2, True)
    switch.journal.unlink()
    status, _, err = await run()
    assert status == 2
    assert "journal" in err
    await database.close()


@pytest.mark.clause("R-Q-4")
async def test_a_switch_killed_under_calls_leaves_no_difference_whoever_was_awake(
    running_asterisk, tmp_path: Path
) -> None:
    """The same journal read by a service that was up all the time, and by one that slept through it."""
    switch: Switch = await running_asterisk(queues=QUEUES)
    stores: list[list[tuple[object, ...]]] = []
    async with Flow(switch, tmp_path):
        awake = Database(f"sqlite+aiosqlite:///{tmp_path}/awake.db")
        await schema.upgrade(awake)
        async with Reading(switch, awake) as reading:
            cut = asyncio.create_task(sipp.call(switch.trunk, [sipp.Wait(30)], calls=3, rate=5, limit_s=6))
            await until(lambda: len(reading.tracker.open_calls()) == 3)
            os.kill(switch.pid, signal.SIGKILL)
            await gone(switch.pid)
            await cut
            switch.pid = await switch.runtime.start()
            await reading.ended(3)
            await sipp.call(switch.trunk, [sipp.Wait(1)], calls=2, rate=5)
            await until_idle(switch)
            await reading.ended(5)
        asleep = Database(f"sqlite+aiosqlite:///{tmp_path}/asleep.db")
        await schema.upgrade(asleep)
        async with Reading(switch, asleep) as reading:
            await reading.ended(5)
        for database in (awake, asleep):
            found = await Auditor(database, switch.runtime.paths.log, switch.settings.site.node).run()
            assert (found.differences, found.figures, found.compared) == ([], [], 5)
            async with database.read() as session:
                rows = await session.scalars(select(CallRow).order_by(CallRow.id))
                stores.append([(row.id, row.ended_at, row.ended_by, row.outcome, row.apart) for row in rows])
            await database.close()
    assert stores[0] == stores[1]
    assert [row[2] for row in stores[0]].count("switch_restart") == 3
