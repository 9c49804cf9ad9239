from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).resolve().parent))

from hotline.telephony.install import install
from hotline.telephony.installation import Asterisk
from support.asterisk import Switch, shared_switch, started_switch

pytest_plugins = ("compliance_plugin", "progress_plugin", "side_by_side_plugin")

StartSwitch = Callable[..., Awaitable[Switch]]

# No test depends on how wide a terminal is, which workers are told at their start.
os.environ.pop("COLUMNS", None)
# No test depends on how fast the machine is at the moment.
settings.register_profile("hotline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hotline")


@pytest.fixture(autouse=True)
def own_log() -> Generator[None]:
    """What one test has the log leave out (a command sets it up) is there again for the next."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def asterisk_binary() -> Asterisk:
    """The Asterisk of this machine, fetched when there is none."""

    def progress(what: str, done: int, total: int) -> None:
        if done in (0, total):
            print(f"asterisk: {what}", file=sys.stderr)

    return install(progress)


@pytest.fixture
def short_folder() -> Generator[Path]:
    """A folder whose path leaves room for Asterisk's socket, as ``tmp_path`` may not."""
    with tempfile.TemporaryDirectory(prefix="hotline-") as folder:
        yield Path(folder)


@pytest.fixture
async def running_asterisk(asterisk_binary: Asterisk) -> AsyncGenerator[StartSwitch]:
    """A factory: ``switch = await running_asterisk(queues=[…])`` starts one on free ports."""
    async with AsyncExitStack() as stack:

        async def start(**overrides: Any) -> Switch:
            return await stack.enter_async_context(started_switch(asterisk_binary, **overrides))

        yield start


@pytest.fixture(scope="session")
def shared_asterisk(asterisk_binary: Asterisk) -> Generator[Switch]:
    """One switch with the default settings for the whole session; tests leave it as they found it."""
    with shared_switch(asterisk_binary) as switch:
        yield switch
