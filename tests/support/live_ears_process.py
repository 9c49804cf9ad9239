"""Live audio in a process of its own, to be killed: ``python -m support.live_ears_process SETTINGS``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from hotline.core.settings import Settings
from hotline.telephony.audio import LegOfCall, LiveAudio
from support.attached import attached

TESTS = Path(__file__).resolve().parent.parent


class Nowhere:
    """A sink that keeps nothing."""

    def __init__(self, leg: LegOfCall) -> None:
        self.leg = leg

    def feed(self, pcm: bytes, at_us: int) -> None:
        """Take nothing."""

    def lost(self, seconds: float, at_us: int) -> None:
        """Take nothing."""

    def end(self) -> None:
        """Take nothing."""


async def _serve(settings: Settings) -> None:
    async with attached(settings) as parts:
        live = LiveAudio(settings, parts.actions, parts.tracker, Nowhere)
        parts.bus.listen(live.hear)
        await live.run()


@asynccontextmanager
async def listening_process(settings: Settings) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run it for the length of the block; it is killed at the end if it is not dead by then."""
    file = settings.state / "live-ears.json"
    file.write_text(settings.model_dump_json(), encoding="utf-8")
    one = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.live_ears_process", str(file)),
        cwd=TESTS,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    try:
        yield one
    finally:
        if one.returncode is None:
            os.kill(one.pid, signal.SIGKILL)
            await one.wait()


if __name__ == "__main__":
    asyncio.run(_serve(Settings.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))))
