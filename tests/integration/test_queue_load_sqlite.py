"""In a load another process locks the SQLite file, and later its disk is full: afterwards nothing differs."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from hotline.telephony.installation import Asterisk
from support.load_faults import SmallDisk, locked_database
from support.load_node import loaded_node
from support.load_trial import BEFORE_S, faults_in_a_load

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1)]

FAULT_S = 20


@pytest.mark.takes(131)
@pytest.mark.clause("R-Q-4")
async def test_a_database_that_is_locked_and_a_disk_that_is_full_for_database_and_log(
    asterisk_binary: Asterisk,
) -> None:
    with tempfile.TemporaryDirectory(prefix="hotline-disk-") as name:
        disk = SmallDisk(Path(name) / "small")
        try:
            file, log = disk.folder / "hotline.db", disk.folder / "up.log"
            database = f"sqlite+aiosqlite:///{file}"
            async with loaded_node(asterisk_binary, seed=5, database=database, log=log) as load:
                async with faults_in_a_load(load, 5, calls=390, longer_s=25) as fault:
                    await asyncio.sleep(BEFORE_S)
                    with fault(), locked_database(file):
                        await asyncio.sleep(FAULT_S)
                    await asyncio.sleep(BEFORE_S)
                    with fault(), disk.full(load.node.pid):
                        await asyncio.sleep(FAULT_S)
                await load.proven()
        finally:
            disk.close()
