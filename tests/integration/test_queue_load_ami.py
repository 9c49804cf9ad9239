"""The AMI connections go silent in the middle of a load: noticed, healed, and no call or figure differs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hotline.telephony.installation import Asterisk
from support.load_faults import silent_proxy
from support.load_node import Load, loaded_node, until
from support.load_trial import fault_in_a_load

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1)]

SILENT_S = 30.0


@pytest.mark.takes(50)
@pytest.mark.clause("R-Q-4")
@pytest.mark.clause("R-Q-3")
async def test_an_ami_connection_that_goes_silent(asterisk_binary: Asterisk) -> None:
    async with loaded_node(asterisk_binary, seed=4, ami_through=silent_proxy) as load:
        assert load.proxy is not None
        async with fault_in_a_load(load, 4):
            before = load.proxy.connections
            load.proxy.cut()
            await until("the service notices", lambda: alarmed(load), SILENT_S)
            assert load.proxy.connections > before, "it never tried again"
            await asyncio.sleep(SILENT_S / 2)
            load.proxy.mend()
            await until("the service is connected again", lambda: healed(load), 30)
        await load.proven()


async def alarmed(load: Load) -> bool:
    return "asterisk_unreachable" in await kinds(load)


async def healed(load: Load) -> bool:
    return "asterisk_unreachable" not in await kinds(load)


async def kinds(load: Load) -> set[str]:
    """Return which alarms stand."""
    live: dict[str, Any] = await load.node.api("GET", "queue/live")
    return {alarm["kind"] for alarm in live["alarms"]}
