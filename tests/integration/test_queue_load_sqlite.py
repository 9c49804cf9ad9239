"""Another process locks the SQLite file in the middle of a load: afterwards no call and no figure differs."""

from __future__ import annotations

import asyncio

import pytest

from hotline.telephony.installation import Asterisk
from support.load_faults import locked_database
from support.load_node import loaded_node
from support.load_trial import fault_in_a_load

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1)]


@pytest.mark.takes(45)
@pytest.mark.clause("R-Q-4")
async def test_a_database_that_is_locked_for_twenty_seconds(asterisk_binary: Asterisk) -> None:
    async with loaded_node(asterisk_binary, seed=5) as load:
        async with fault_in_a_load(load, 5):
            with locked_database(load.node.settings.state / "hotline.db"):
                await asyncio.sleep(20)
        await load.proven()
