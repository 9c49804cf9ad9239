"""The switch is killed in the middle of a load: its open calls get an outcome and the moment of its death."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from hotline.telephony.installation import Asterisk
from hotline.telephony.journal_text import restart_of_line, split_lines
from support.load_node import Load, loaded_node, until
from support.load_recount import Death
from support.load_trial import BEFORE_S, STAGES, faults_in_a_load
from support.processes import began_at

pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(1)]


@pytest.mark.takes(119)
@pytest.mark.clause("R-Q-4")
@pytest.mark.clause("R-IVR-8")
async def test_a_killed_switch_gives_its_open_calls_an_outcome(asterisk_binary: Asterisk) -> None:
    async with loaded_node(asterisk_binary, seed=3) as load:
        async with faults_in_a_load(load, 3, stages=STAGES) as fault:
            await asyncio.sleep(BEFORE_S + 10)
            with fault():
                load.death = await killed_switch(load)
        rows = await load.proven()
        cut = [row for row in rows if row.ended_by == "switch_restart"]
        assert len(cut) > 20
        assert {row.ended_at.timestamp() for row in cut if row.ended_at} == {load.death.noted}
        assert {"system_error", "answered"} <= {row.outcome for row in cut}


async def killed_switch(load: Load) -> Death:
    """Kill it, and wait until the next one takes calls; the service's note must lie between the two."""
    pid = await load.runtime.pid()
    assert pid is not None
    at = time.time()
    os.kill(pid, signal.SIGKILL)

    async def back() -> bool:
        return await load.runtime.pid() not in (None, pid)

    await until("the switch is begun again", back, 30)
    await load.runtime.console("core waitfullybooted")
    taken = time.time()
    lines, _ = split_lines((load.runtime.paths.log / "queue_log").read_bytes())
    (noted_us,) = [at_us for _, line in lines if (at_us := restart_of_line(line) or 0) % 1_000_000]
    noted = noted_us / 1e6
    began = began_at(await load.runtime.pid() or 0)
    print(f"death noted {(noted - at) * 1000:.1f} ms after the kill, next begun {began - at:.3f} s after it")
    assert at <= noted <= began
    return Death(at, noted, taken)
