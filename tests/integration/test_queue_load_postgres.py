"""In a load the AMI goes silent, and later PostgreSQL's tables are locked: afterwards nothing differs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hotline.telephony.installation import Asterisk
from support.load_faults import locked_tables, silent_proxy
from support.load_node import Load, loaded_node, until
from support.load_trial import BEFORE_S, faults_in_a_load
from support.postgres import Cluster

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.heavy(1)]

SILENT_S = 30.0
LOCKED_S = 20


@pytest.mark.takes(139)
@pytest.mark.clause("R-Q-4")
@pytest.mark.clause("R-Q-3")
async def test_ami_connections_that_go_silent_and_tables_that_are_locked(
    asterisk_binary: Asterisk, postgres_cluster: Cluster
) -> None:
    database = postgres_cluster.new_database()
    async with loaded_node(asterisk_binary, seed=4, database=database, ami_through=silent_proxy) as load:
        async with faults_in_a_load(load, 4, calls=435, longer_s=30) as fault:
            await asyncio.sleep(BEFORE_S)
            with fault():
                await silence(load)
            await asyncio.sleep(BEFORE_S)
            with fault():
                async with locked_tables(database):
                    await asyncio.sleep(LOCKED_S)
        await load.proven()


async def silence(load: Load) -> None:
    """Have both connections silent until that is an alarm and for a while longer; leave them healed."""
    assert load.proxy is not None
    before = load.proxy.connections
    load.proxy.cut()
    await until("the service notices", lambda: alarmed(load), SILENT_S)
    assert load.proxy.connections > before, "it never tried again"
    await asyncio.sleep(SILENT_S / 2)
    load.proxy.mend()
    await until("the service is connected again", lambda: healed(load), 30)


async def alarmed(load: Load) -> bool:
    return "asterisk_unreachable" in await kinds(load)


async def healed(load: Load) -> bool:
    return "asterisk_unreachable" not in await kinds(load)


async def kinds(load: Load) -> set[str]:
    """Return which alarms stand."""
    live: dict[str, Any] = await load.node.api("GET", "queue/live")
    return {alarm["kind"] for alarm in live["alarms"]}
