"""The service's disk is full in the middle of a load: afterwards no call and no figure differs."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from hotline.telephony.installation import Asterisk
from support.load_faults import SmallDisk
from support.load_node import loaded_node
from support.load_trial import fault_in_a_load

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1)]


@pytest.mark.takes(35)
@pytest.mark.clause("R-Q-4")
async def test_a_disk_that_is_full_for_database_and_log(asterisk_binary: Asterisk) -> None:
    with tempfile.TemporaryDirectory(prefix="hotline-disk-") as name:
        disk = SmallDisk(Path(name) / "small")
        try:
            database = f"sqlite+aiosqlite:///{disk.folder}/hotline.db"
            log = disk.folder / "up.log"
            async with loaded_node(asterisk_binary, seed=6, database=database, log=log) as load:
                async with fault_in_a_load(load, 6):
                    with disk.full(load.node.pid):
                        await asyncio.sleep(20)
                await load.proven()
        finally:
            disk.close()
