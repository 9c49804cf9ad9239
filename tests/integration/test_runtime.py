from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

import pytest

from hotline.telephony.ports import PortInUseError
from hotline.telephony.process import alive, gone
from hotline.telephony.runtime import NotRunningError, Runtime
from support.asterisk import make_settings
from support.journal import until_console

pytestmark = pytest.mark.asterisk


async def test_starts_quietly_and_is_fully_booted(running_asterisk):
    switch = await running_asterisk()
    await until_console(switch, "core show version", "Asterisk 2")  # the last command that the console learns
    assert switch.faults() == []
    status = await switch.runtime.status()
    assert (status.running, status.pid) == (True, switch.pid)
    assert status.version == switch.runtime.asterisk.version
    with socket.create_connection(("127.0.0.1", switch.settings.asterisk.ami_port), timeout=5) as ami:
        assert ami.recv(100).startswith(b"Asterisk Call Manager/")


async def test_a_second_start_adopts_the_running_one(running_asterisk):
    switch = await running_asterisk()
    again = Runtime(switch.settings, switch.runtime.asterisk)
    assert await again.start() == switch.pid


async def test_files_with_secrets_are_their_owners_alone(running_asterisk):
    switch = await running_asterisk()
    for name in ("manager.conf", "pjsip.conf"):
        assert (switch.runtime.paths.etc / name).stat().st_mode & 0o077 == 0


async def test_stop_ends_the_process(running_asterisk):
    switch = await running_asterisk()
    assert await switch.runtime.stop()
    assert not alive(switch.pid)
    assert not (await switch.runtime.status()).running
    assert not await switch.runtime.stop()
    with pytest.raises(NotRunningError):
        await switch.console("core show version")


async def test_survives_the_death_of_its_starter(asterisk_binary, short_folder):
    settings = make_settings(short_folder / "s")
    (short_folder / "settings.json").write_text(settings.model_dump_json(), encoding="utf-8")
    starter = """
import asyncio, sys, time
from hotline.core.log import setup_logging
from hotline.core.settings import Settings
from hotline.telephony.installation import find
from hotline.telephony.runtime import Runtime
setup_logging()
settings = Settings.model_validate_json(open(sys.argv[1], encoding="utf-8").read())
print(asyncio.run(Runtime(settings, find()).start()), flush=True)
time.sleep(600)
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", starter, str(short_folder / "settings.json"), stdout=asyncio.subprocess.PIPE
    )
    runtime = Runtime(settings, asterisk_binary)
    try:
        pid = int(await process.stdout.readline())
        process.kill()
        await process.wait()
        assert alive(pid)
        assert await runtime.pid() == pid
    finally:
        await runtime.stop()
    assert not alive(pid)


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ("phone_port", socket.SOCK_DGRAM),
        ("trunk_port", socket.SOCK_DGRAM),
        ("ami_port", socket.SOCK_STREAM),
    ],
)
async def test_a_port_in_use_is_one_error_with_port_and_setting(asterisk_binary, short_folder, setting, kind):
    settings = make_settings(short_folder / "s")
    port = getattr(settings.asterisk, setting)
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        with pytest.raises(PortInUseError) as caught:
            await Runtime(settings, asterisk_binary).start()
    assert str(port) in str(caught.value)
    assert f"asterisk.{setting}" in str(caught.value)


async def test_gone_returns_at_the_death_of_any_process(running_asterisk):
    switch = await running_asterisk()
    waiting = asyncio.create_task(gone(switch.pid))
    await asyncio.sleep(0)
    os.kill(switch.pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        await waiting
    await gone(switch.pid)
