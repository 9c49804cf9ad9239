"""The room of a call-back on a real switch: on record with the call in which it was promised (R-3W-4)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hotline.core.db import Base, Database
from hotline.core.events import EventBus
from hotline.core.jobs import JobRow
from hotline.telephony.tables import CallRow, RoomLineRow
from hotline.telephony.tracker import Tracker
from support.callbacks import HEARD_S
from support.flow import CITIZEN_HZ, Flow
from support.journal import until, until_idle
from support.recorded import Recorded, job_of, rows_of, stored
from support.rooms import room_flow, room_mark, third_phone

pytestmark = [pytest.mark.asterisk, pytest.mark.clause("R-3W-4")]


async def promised(flow: Flow) -> None:
    """A citizen waits, asks for a call-back to the number that was seen, and is let go."""
    citizen = await flow.citizen("13800000001")
    await citizen.call("12345")
    await citizen.wait_for("established")
    await flow.queue("PJSIP/trunk-test")
    await asyncio.sleep(HEARD_S)
    await citizen.press("2")
    await until(lambda: any(line.values.get("status") == "KEY" for line in flow.mark("HL_QUEUE_END")))
    await asyncio.sleep(HEARD_S + 1)
    await citizen.press("1")
    await citizen.wait_for("closed", limit_s=30)


async def test_the_room_of_a_call_back_is_that_of_the_call_which_promised_it(
    running_asterisk: Any, tmp_path: Path, database: Database
) -> None:
    back = {"trunk": "second", "ring_seconds": 20, "retry_seconds": 1}
    async with (
        await room_flow(running_asterisk, tmp_path, callback=back, waiting={"offer_seconds": 5}) as flow,
        Recorded(flow.switch, database) as recorded,
    ):
        await promised(flow)
        async with (
            third_phone(flow, "13800000001", trunk="second", hertz=CITIZEN_HZ) as citizen,
            third_phone(flow) as police,
        ):
            agent = await flow.agent("1001")
            await citizen.wait_for("established", limit_s=40)
            await until(lambda: flow.mark("HL_CALLBACK_ANSWERED"))
            await until(lambda: len(list(flow.switch.recordings.rglob("*-citizen9.wav"))) == 1)
            await agent.press("*110")
            await police.wait_for("established", limit_s=30)
            await room_mark(flow, "JOINED")
            await until(lambda: "joined" in recorded.steps())
            assert recorded.kind("1001") == "talking"
            (voice,) = flow.switch.recordings.rglob("*-room-agent-1001.wav")
            await until(lambda: voice.stat().st_size > 40_000)
            await citizen.hang_up()
            await police.wait_for("closed")
            await agent.wait_for("closed")
            await until_idle(flow.switch)
        await until(lambda: "left" in recorded.steps())
        async with asyncio.timeout(60):
            while not await jobs(database):  # noqa: ASYNC110  # another task registers the talk
                await asyncio.sleep(0.2)
        found = await recorded.audit()
        (call,) = await rows_of(database, CallRow)
        (line,) = await rows_of(database, RoomLineRow)
        assert (call.outcome, line.call, line.target, line.state) == (
            *("callback_accepted", call.id),
            *("police", "left"),
        )
        assert call.ended_at < line.asked_at < line.answered_at < line.left_at
        assert recorded.steps().count("joined") == 1
        payload = await job_of(database, call.id)
        assert sorted(payload["legs"]) == ["agent", "citizen"]
        assert [part["speaker"] for part in payload["parts"]] == ["agent", "third"]
        assert (found.is_clean, found.compared) == (True, 1), found.differences
        alone = Database(f"sqlite+aiosqlite:///{tmp_path / 'alone.db'}")
        async with alone.write() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        tracker = Tracker(flow.switch.settings, alone, EventBus())
        await tracker.load()
        await tracker.read_journal()
        assert await stored(alone) == await stored(database)
        await alone.close()


async def jobs(database: Database) -> list[Any]:
    """What is asked of the recognition."""
    return [row for row in await rows_of(database, JobRow) if row.kind == "transcribe"]
