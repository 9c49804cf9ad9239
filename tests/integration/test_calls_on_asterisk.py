"""Records and recordings of real calls on a real Asterisk: live events, the journal, the files."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from hotline.core.aio import TaskKeeper
from hotline.core.db import Base, Database
from hotline.core.events import DomainEvent, EventBus
from hotline.core.jobs import JobRow, Jobs
from hotline.telephony.ami import Ami
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.events import (
    AgentAnswered,
    CallArrived,
    CallBridged,
    CallEnded,
    CallStored,
    HumanRequested,
    QueueEntered,
)
from hotline.telephony.events_wanted import EVENTS_WANTED
from hotline.telephony.recordings import RecordingFinaliser, verify
from hotline.telephony.tables import CallRow, RecordingRow
from hotline.telephony.tracker import Tracker
from support.asterisk import EVENT_SECRET, Switch
from support.flow import AGENTS, QUEUES, Flow
from support.journal import until, until_idle

pytestmark = pytest.mark.asterisk


class Attached:
    """The service's tracker and finaliser attached to a switch."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.settings = switch.settings
        self.database = Database(self.settings.database)
        self.events: list[DomainEvent] = []
        self._tasks = TaskKeeper()
        self.tracker = self._tracker()
        self.finaliser = RecordingFinaliser(
            self.settings, self.database, Jobs(self.database, node="node1"), self._bus
        )
        asterisk = self.settings.asterisk
        self.ami = Ami(
            asterisk.ami_host, asterisk.ami_port, "hotline-events", EVENT_SECRET, wanted=EVENTS_WANTED
        )
        self.ami.on("*", self._live)

    def _tracker(self) -> Tracker:
        self._bus = EventBus()
        self._bus.listen(self.events.append)
        return Tracker(self.settings, self.database, self._bus)

    async def _live(self, message: AmiMessage) -> None:
        self.tracker.feed_live(message)

    async def start(self) -> None:
        async with self.database.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        self._tasks.start(self.ami.run(), name="ami")
        await self.ami.wait_connected(10)
        self._tasks.start(self.tracker.run_journal(), name="journal")
        self._tasks.start(self.finaliser.run(), name="recordings")

    async def stop(self) -> None:
        await self.ami.close()
        await self._tasks.stop()
        await self.database.close()

    def of(self, kind: type[DomainEvent]) -> list[DomainEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    async def rows(self, table: type[Base]) -> list[Any]:
        async with self.database.read() as session:
            return list(await session.scalars(select(table)))

    async def finished(self, calls: int) -> list[CallRow]:
        """Wait until so many calls are stored with all their files."""
        async with asyncio.timeout(45):
            while True:
                rows = await self.rows(CallRow)
                if len([row for row in rows if row.files_done]) >= calls:
                    return sorted(rows, key=lambda row: row.id)
                await asyncio.sleep(0.1)


@pytest.fixture
async def flow(running_asterisk, tmp_path: Path) -> AsyncGenerator[Flow]:
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, agents_work={"wrap_up_seconds": 1})
    async with Flow(switch, tmp_path) as flow:
        yield flow


@pytest.fixture
async def attached(flow: Flow) -> AsyncGenerator[Attached]:
    attached = Attached(flow.switch)
    await attached.start()
    yield attached
    await attached.stop()


async def test_calls_are_followed_live_and_stored_from_the_journal(flow: Flow, attached: Attached) -> None:
    agent = await flow.agent("1001")
    first, second = await flow.citizen("13800000001"), await flow.citizen("13800000002")
    await first.call("12345")
    await agent.wait_for("established")
    await until(lambda: attached.of(CallBridged))
    assert len(attached.tracker.open_calls()) == 1
    await second.call("12345")
    await until(lambda: len(attached.of(QueueEntered)) == 2)
    await second.hang_up()
    await agent.hang_up()
    await until_idle(flow.switch)
    talked, gave_up = await attached.finished(2)

    assert (talked.outcome, talked.ended_by, talked.agent, talked.queue) == (
        "answered",
        "agent",
        "1001",
        "public",
    )
    assert (talked.number, talked.did, talked.trunk) == ("13800000001", "12345", "test")
    points = [talked.t0, talked.t1, talked.t2, talked.t3, talked.t4, talked.ended_at]
    assert None not in points
    assert sorted(points) == points
    assert (gave_up.outcome, gave_up.ended_by, gave_up.t3) == ("abandoned", "citizen", None)
    for kind in (CallArrived, HumanRequested, QueueEntered, CallEnded):
        assert len(attached.of(kind)) == 2, kind
    assert len(attached.of(AgentAnswered)) == len(attached.of(CallBridged)) == 1
    assert not attached.tracker.open_calls()
    assert attached.tracker.counts["bad_journal"] == attached.tracker.counts["bad_live"] == 0

    recordings = await attached.rows(RecordingRow)
    assert sorted(row.kind for row in recordings if row.call == talked.id) == ["agent", "citizen", "mix"]
    assert {row.state for row in recordings} == {"ready"}
    assert await verify(attached.database, flow.switch.recordings, node="node1") == (6, [])
    assert [(job.key, sorted(job.payload["legs"])) for job in await attached.rows(JobRow)] == [
        (talked.id, ["agent", "citizen"])
    ]


@pytest.mark.clause("R-Q-4")
async def test_the_journal_alone_gives_what_live_and_journal_gave(flow: Flow, attached: Attached) -> None:
    agent, citizen = await flow.agent("1001"), await flow.citizen()
    await citizen.call("12345")
    await agent.wait_for("established")
    await citizen.hang_up()
    await until_idle(flow.switch)
    await until(lambda: attached.of(CallStored))
    await attached.finished(1)
    await attached.stop()

    def told(row: CallRow) -> dict[str, Any]:
        return {name: getattr(row, name) for name in row.__table__.columns.keys() if name != "files_done"}  # noqa: SIM118  # not a dict

    [once] = [told(row) for row in await attached.rows(CallRow)]
    async with attached.database.write() as session:
        for table in Base.metadata.tables.values():
            await session.execute(delete(table))
    alone = Tracker(attached.settings, attached.database, EventBus())
    await alone.load()
    await alone.read_journal()
    assert [told(row) for row in await attached.rows(CallRow)] == [once]


@pytest.mark.clause("R-IVR-8")
async def test_a_killed_switch_leaves_true_records_and_whole_recordings(
    flow: Flow, attached: Attached
) -> None:
    agent = await flow.agent("1001")
    talking, waiting = await flow.citizen("13800000001"), await flow.citizen("13800000002")
    await talking.call("12345")
    await agent.wait_for("established")
    await waiting.call("12345")
    await until(lambda: len(attached.of(QueueEntered)) == 2)
    await until(lambda: sum(file.stat().st_size > 40_000 for file in flow.files().values()))
    os.kill(flow.switch.pid, signal.SIGKILL)
    await until(lambda: not _is_alive(flow.switch.pid))
    flow.switch.pid = await flow.switch.runtime.start()
    first, second = await attached.finished(2)
    assert (first.outcome, first.ended_by) == ("answered", "switch_restart")
    assert (second.outcome, second.ended_by) == ("system_error", "switch_restart")
    rows = await attached.rows(RecordingRow)
    assert any(row.repaired and row.duration_ms > 1000 for row in rows)
    assert {row.call for row in rows} <= {first.id, second.id}
    assert len(attached.of(CallEnded)) == 2


def _is_alive(pid: int) -> bool:
    """Whether a process runs (one that is over and not yet waited for does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
