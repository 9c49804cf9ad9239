"""Lets no more loads run at once than there are cores: more would measure the machine, not the service."""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path


@asynccontextmanager
async def turn() -> AsyncGenerator[None]:
    """Wait for a place, and hold it for the length of the block; a process that dies gives its place back."""
    places = [
        Path(tempfile.gettempdir()) / f"hotline-load-{n}.lock" for n in range(max(2, os.cpu_count() or 1))
    ]
    while True:
        for place in places:
            with closing(os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT, 0o600))) as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        await asyncio.sleep(0.5)
