"""Another session locks the tables of PostgreSQL in the middle of a load: afterwards nothing differs."""

from __future__ import annotations

import asyncio

import pytest

from hotline.telephony.installation import Asterisk
from support.load_faults import locked_tables
from support.load_node import loaded_node
from support.load_trial import fault_in_a_load
from support.postgres import Cluster

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.heavy(1)]


@pytest.mark.takes(40)
@pytest.mark.clause("R-Q-4")
async def test_tables_that_are_locked_for_twenty_seconds(
    asterisk_binary: Asterisk, postgres_cluster: Cluster
) -> None:
    database = postgres_cluster.new_database()
    async with loaded_node(asterisk_binary, seed=7, database=database) as load:
        async with fault_in_a_load(load, 7), locked_tables(database):
            await asyncio.sleep(20)
        await load.proven()
