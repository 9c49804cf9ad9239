from __future__ import annotations

import asyncio
import os
import signal
import socket

import pytest

from hotline.core.clock import to_us, utc_now
from hotline.telephony.journal_text import restart_of_line, split_lines
from hotline.telephony.ports import PortInUseError
from hotline.telephony.process import alive
from hotline.telephony.runtime import Runtime
from hotline.telephony.supervisor import Supervisor, SwitchChange, SwitchState
from support.asterisk import end_switch, make_settings
from support.journal import until

pytestmark = pytest.mark.asterisk


class Watch:
    """Collects the changes and lets a test wait for one."""

    def __init__(self) -> None:
        self.changes: asyncio.Queue[SwitchChange] = asyncio.Queue()

    async def until(self, state: SwitchState) -> SwitchChange:
        async with asyncio.timeout(20):
            while True:
                change = await self.changes.get()
                if change.state == state:
                    return change


def starts_of(switch):
    lines, _ = split_lines(switch.queue_log.read_bytes())
    return [at for _, line in lines if (at := restart_of_line(line))]


async def test_adopts_then_restarts_after_kill_9(running_asterisk):
    switch = await running_asterisk()
    watch = Watch()
    supervisor = Supervisor(switch.runtime, watch.changes.put_nowait, first_pause_s=0.05)
    with switch.queue_log.open("ab") as torn:
        torn.write(b"1795318470|NONE|NONE|NONE|CONFIG")
    task = asyncio.create_task(supervisor.run())
    try:
        change = await watch.until(SwitchState.RUNNING)
        assert (change.pid, change.adopted) == (switch.pid, True)
        killed_us = to_us(utc_now())
        os.kill(switch.pid, signal.SIGKILL)
        assert (await watch.until(SwitchState.DIED)).pid == switch.pid
        seen_us = to_us(utc_now())
        change = await watch.until(SwitchState.RUNNING)
        assert change.pid not in (None, switch.pid)
        assert not change.adopted
        assert await switch.runtime.pid() == change.pid
        # Ours tells the moment, the switch's own line, which a thread of its own writes, the second.
        starts = await until(lambda: found if (found := starts_of(switch))[-1] % 1_000_000 == 0 else [])
        (died_us,) = [at for at in starts if at % 1_000_000]
        assert killed_us <= died_us <= seen_us
        assert starts.index(died_us) == len(starts) - 2, "between the two starts of the switch"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert alive(change.pid)


async def test_a_start_that_fails_is_reported_and_tried_again(asterisk_binary, short_folder):
    runtime = Runtime(make_settings(short_folder / "s"), asterisk_binary)
    watch = Watch()
    supervisor = Supervisor(runtime, watch.changes.put_nowait, first_pause_s=0.05, longest_pause_s=0.2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", runtime.settings.asterisk.phone_port))
        task = asyncio.create_task(supervisor.run())
        change = await watch.until(SwitchState.FAILED)
        assert isinstance(change.error, PortInUseError)
    try:
        assert (await watch.until(SwitchState.RUNNING)).pid is not None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await end_switch(runtime)


async def test_a_listener_that_fails_does_not_end_the_watch(running_asterisk):
    switch = await running_asterisk()
    watch = Watch()

    def broken(change: SwitchChange) -> None:
        watch.changes.put_nowait(change)
        raise RuntimeError("the listener is broken")

    task = asyncio.create_task(Supervisor(switch.runtime, broken, first_pause_s=0.05).run())
    try:
        await watch.until(SwitchState.RUNNING)
        os.kill(switch.pid, signal.SIGKILL)
        await watch.until(SwitchState.RUNNING)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
