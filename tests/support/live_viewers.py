"""Many viewers of the live view in one process, each of which tells when it first saw a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_LONGEST_LINE = 1 << 20


class Viewers:
    """So many open streams; ``saw`` waits until each has shown something."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._wanted = b""
        self._round = 0
        self._seen: list[float] = []
        self._all = asyncio.Event()
        self._open = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def count(self) -> int:
        """How many are open."""
        return self._open

    async def more(self, count: int, *, limit_s: float = 60.0) -> None:
        """Open so many more, a few at a time, as screens of a site come up."""
        wanted = self._open + count
        for _ in range(count):
            self._tasks.append(asyncio.create_task(self._read()))
            await asyncio.sleep(0.005)
        async with asyncio.timeout(limit_s):
            while self._open < wanted:  # noqa: ASYNC110  # of many tasks
                await asyncio.sleep(0.05)

    def watch_for(self, words: bytes) -> None:
        """From now on each notes when it first sees these words in a view."""
        self._wanted, self._seen = words, []
        self._all.clear()
        self._round += 1

    async def saw(self, *, limit_s: float = 30.0) -> list[float]:
        """Return the loop's time at which each saw it; raises ``TimeoutError``."""
        async with asyncio.timeout(limit_s):
            await self._all.wait()
        return self._seen

    async def close(self) -> None:
        """Let all go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=_LONGEST_LINE)
        try:
            writer.write(
                b"GET /api/v1/queue/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Authorization: Bearer " + self._token.encode() + b"\r\n\r\n"
            )
            status = await reader.readline()
            if b" 200 " not in status:
                raise AssertionError(f"a viewer was not let in: {status!r}")
            await reader.readuntil(b"\r\n\r\n")
            self._open += 1
            noted = 0
            while True:
                line = await reader.readline()
                if not line:
                    raise AssertionError("a viewer's stream ended")
                if noted < self._round and line.startswith(b"data: ") and self._wanted in line:
                    noted = self._round
                    self._seen.append(loop.time())
                    if len(self._seen) == self._open:
                        self._all.set()
        finally:
            writer.close()


@asynccontextmanager
async def viewers_of(port: int, token: str) -> AsyncGenerator[Viewers]:
    """Viewers of a service's live view; they are let go with the block."""
    viewers = Viewers(port, token)
    try:
        yield viewers
    finally:
        await viewers.close()
