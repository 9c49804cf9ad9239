from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from hotline.telephony import asterisk_config
from hotline.telephony.runtime import NotRunningError, Runtime
from support.asterisk import make_settings

pytestmark = pytest.mark.asterisk

ENTRY = Path(__file__).resolve().parents[2] / "docker/asterisk/entrypoint.sh"


async def entry(folder: Path, asterisk, **environment: str) -> asyncio.subprocess.Process:
    """Run the image's entry with this machine's Asterisk as the `asterisk` on its PATH."""
    shim = folder / "asterisk"
    shim.write_text(f'#!/bin/sh\nexec {" ".join(asterisk.command())} "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    return await asyncio.create_subprocess_exec(
        str(ENTRY),
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": path, "HOTLINE_STATE": str(folder / "s"), "TZ": "UTC", **environment},
    )


async def test_the_image_waits_for_the_service_then_runs_its_configuration(asterisk_binary, short_folder):
    settings = make_settings(short_folder / "s")
    process = await entry(short_folder, asterisk_binary)
    elsewhere = Runtime(settings, None)
    assert b"waiting for" in await asyncio.wait_for(process.stderr.readline(), 10)
    with pytest.raises(NotRunningError):
        await elsewhere.console("core show version")
    asterisk_config.render(settings, asterisk_binary)
    async with asyncio.timeout(20):
        while await elsewhere.pid() is None:  # noqa: ASYNC110  # a process of its own tells nobody
            await asyncio.sleep(0.05)
    assert "fully booted" in await elsewhere.console("core waitfullybooted")
    assert (await elsewhere.status()).running
    assert await elsewhere.stop()
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_image_gives_up_with_a_reason(asterisk_binary, short_folder):
    process = await entry(short_folder, asterisk_binary, HOTLINE_WAIT_SECONDS="0")
    _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 1
    assert b"start the service" in errors
