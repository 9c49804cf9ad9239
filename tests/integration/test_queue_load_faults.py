"""Everything around the calls breaks in the middle of a load: afterwards no call and no figure differs."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from hotline.telephony.installation import Asterisk
from support.load_faults import SmallDisk, locked_database, silent_proxy
from support.load_node import Load, loaded_node, until
from support.load_plan import CALLED_BACK, callers
from support.load_recount import Death
from support.load_sipp import Caller
from support.postgres import Cluster

pytestmark = pytest.mark.asterisk

BEFORE_S, LASTS_S = 6.0, 20.0


def some(seed: int, *, called_back: bool = False) -> list[Caller]:
    """Sixty calls within twelve seconds, the last of which end twenty-five seconds later."""
    found = callers(seed, 60, 12, longest_ms=22_000)
    return [one for one in found if called_back or one.kind != CALLED_BACK]


@pytest.mark.postgres
@pytest.mark.clause("R-Q-4")
async def test_a_service_killed_for_the_length_of_many_calls(
    asterisk_binary: Asterisk, postgres_cluster: Cluster
) -> None:
    database = postgres_cluster.new_database()
    async with loaded_node(asterisk_binary, seed=2, database=database) as load:
        async with load.calling(some(2, called_back=True)):
            await asyncio.sleep(BEFORE_S)
            await load.node.kill()
            await asyncio.sleep(LASTS_S)
            await load.node.start()
        await load.proven()


@pytest.mark.clause("R-Q-4")
async def test_a_killed_switch_gives_its_open_calls_an_outcome(asterisk_binary: Asterisk) -> None:
    async with loaded_node(asterisk_binary, seed=3) as load:
        async with load.calling(some(3)):
            await asyncio.sleep(BEFORE_S + 4)
            load.death = await _killed_switch(load)
        rows = await load.proven()
        assert "system_error" in {row.outcome for row in rows}


async def _killed_switch(load: Load) -> Death:
    pid = await load.runtime.pid()
    assert pid is not None
    at = time.time()
    os.kill(pid, signal.SIGKILL)

    async def back() -> bool:
        return await load.runtime.pid() not in (None, pid)

    await until("the switch is begun again", back, 30)
    await load.runtime.console("core waitfullybooted")
    return Death(at, time.time())


@pytest.mark.clause("R-Q-4")
async def test_an_ami_connection_that_goes_silent(asterisk_binary: Asterisk) -> None:
    async with loaded_node(asterisk_binary, seed=4, ami_through=silent_proxy) as load:
        assert load.proxy is not None
        async with load.calling(some(4)):
            await asyncio.sleep(BEFORE_S)
            before = load.proxy.connections
            load.proxy.cut()
            await asyncio.sleep(LASTS_S)
            assert load.proxy.connections > before, "the service never noticed"
            load.proxy.mend()
        await load.proven()


@pytest.mark.clause("R-Q-4")
async def test_a_database_that_is_locked_for_twenty_seconds(asterisk_binary: Asterisk) -> None:
    async with loaded_node(asterisk_binary, seed=5) as load:
        file = load.node.settings.state / "hotline.db"
        async with load.calling(some(5)):
            await asyncio.sleep(BEFORE_S)
            with locked_database(file):
                await asyncio.sleep(LASTS_S)
        await load.proven()


@pytest.mark.clause("R-Q-4")
async def test_a_disk_that_is_full_for_database_and_log(asterisk_binary: Asterisk) -> None:
    with tempfile.TemporaryDirectory(prefix="hotline-disk-") as name:
        disk = SmallDisk(Path(name) / "small")
        try:
            database = f"sqlite+aiosqlite:///{disk.folder}/hotline.db"
            log = disk.folder / "up.log"
            async with loaded_node(asterisk_binary, seed=6, database=database, log=log) as load:
                async with load.calling(some(6)):
                    await asyncio.sleep(BEFORE_S)
                    with disk.full(load.node.pid):
                        await asyncio.sleep(LASTS_S)
                await load.proven()
        finally:
            disk.close()
