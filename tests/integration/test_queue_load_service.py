"""The service is killed for a minute in the middle of a load: afterwards no call and no figure differs."""

from __future__ import annotations

import asyncio

import pytest

from hotline.telephony.installation import Asterisk
from support.load_node import loaded_node
from support.load_trial import faults_in_a_load
from support.postgres import Cluster

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.heavy(1)]


@pytest.mark.takes(140)
@pytest.mark.clause("R-Q-4")
async def test_a_service_killed_for_the_length_of_many_calls(
    asterisk_binary: Asterisk, postgres_cluster: Cluster
) -> None:
    database = postgres_cluster.new_database()
    async with loaded_node(asterisk_binary, seed=2, database=database) as load:
        async with faults_in_a_load(load, 2, longer_s=30, least=10) as fault:
            await asyncio.sleep(17)
            with fault():
                await load.node.kill()
                await asyncio.sleep(60)
                await load.node.start()
        await load.proven()
