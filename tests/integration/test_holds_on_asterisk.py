"""A hold that a restart of the service lies in stays a hold: what stands is asked of the switch."""

from __future__ import annotations

import asyncio

import pytest

from hotline.core.db import Database
from support.flow import AGENTS, QUEUES, Flow
from support.journal import until
from support.watching import Watching

pytestmark = pytest.mark.asterisk

LOOKS_S = 3
"""A note that is wrong would be written at the first look, a second after the start."""


@pytest.fixture
async def database(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'agents.db'}")
    yield database
    await database.close()


def notes(switch) -> list[str]:
    lines = [line.split("|") for line in switch.queue_log.read_text(encoding="utf-8").splitlines()]
    return [line[4] for line in lines if len(line) > 4 and line[4] in {"HL_HOLD", "HL_UNHOLD"}]


async def test_a_hold_across_a_restart_is_one_hold_and_what_changed_meanwhile_is_seen(
    running_asterisk, tmp_path, database
):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    async with Flow(switch, tmp_path) as flow:
        phone, citizen = await flow.agent("1001"), await flow.citizen()
        await citizen.call("12345")
        await phone.wait_for("established")
        async with Watching(switch, database) as watching:
            await until(lambda: watching.kind("1001") == "talking")
            await phone.hold()
            await until(lambda: notes(switch) == ["HL_HOLD"])
            await until(lambda: watching.times.tracks["1001"].is_held)
        async with Watching(switch, database) as watching:
            assert watching.kind("1001") == "held"
            states = {state.number: state.kind.value for state in await watching.agents.states()}
            assert states["1001"] == "held"
            await asyncio.sleep(LOOKS_S)
            assert watching.kind("1001") == "held"
            assert notes(switch) == ["HL_HOLD"]
        await phone.resume()
        await asyncio.sleep(1)
        async with Watching(switch, database) as watching:
            assert watching.kind("1001") == "talking"
            await until(lambda: notes(switch) == ["HL_HOLD", "HL_UNHOLD"])
            await until(lambda: not watching.times.tracks["1001"].is_held)
        await phone.hold()
        await asyncio.sleep(1)
        async with Watching(switch, database) as watching:
            assert watching.kind("1001") == "held"
            await until(lambda: watching.times.tracks["1001"].is_held)
            await phone.resume()
            await until(lambda: watching.kind("1001") == "talking")
    assert switch.faults() == []
