"""On a full machine the work after the calls waits in the store, on both databases, and none is lost."""

from __future__ import annotations

import asyncio

from hotline.core.db import Database
from hotline.core.jobs import WHEN_FULL_S, Jobs
from hotline.core.spare import Spare, Times


class Machine:
    """A machine that is full or idle."""

    def __init__(self, *, full: bool) -> None:
        self.full, self.now, self.busy = full, 0.0, 0
        self.spare = Spare(times=self.times, clock=lambda: self.now)

    def times(self) -> Times:
        return Times(self.busy, round(100 * self.now))

    def goes_on(self, seconds: float) -> None:
        self.now += seconds
        self.busy += round(100 * seconds) if self.full else 0


async def test_jobs_wait_on_a_full_machine_and_are_all_done_after_it(database: Database):
    machine = Machine(full=True)
    jobs = Jobs(database, node="node1", spare=machine.spare)
    async with database.write() as session:
        for number in range(6):
            await jobs.put(session, "transcribe", f"call-{number}", {})
            await jobs.put(session, "draft", f"call-{number}", {})

    async def leased(kind: str) -> bool:
        return await jobs.lease(kind, owner="worker", lease_s=60) is not None

    machine.goes_on(1)
    assert await leased("transcribe")
    assert await leased("draft"), "one kind does not take the other's turn"
    machine.goes_on(1)
    assert await leased("transcribe")
    waits = asyncio.ensure_future(leased("transcribe"))
    await asyncio.sleep(0.3)
    assert not waits.done()
    machine.goes_on(WHEN_FULL_S)
    assert await waits
    machine.full = False
    machine.goes_on(1)
    assert [await leased("transcribe") for _ in range(4)] == [True] * 3 + [False]
    assert [await leased("draft") for _ in range(6)] == [True] * 5 + [False]
