"""Stands between the service and the switch's manager interface, and cuts the line where a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

Verdict = Callable[[bytes], str]
"""Told one whole action; returns ``pass``, ``lose`` (sent on, then cut) or ``cut`` (not sent on, cut)."""


class AmiProxy:
    """Forwards connections to a port; ``verdict`` judges each action, and holds for one action each time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.verdict: Verdict = lambda _: "pass"
        self.cuts = 0
        self.port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until one side, or a verdict, ends it."""
        switch_reader, switch_writer = await asyncio.open_connection(self._host, self._port)
        back = asyncio.create_task(self._back(switch_reader, writer))
        self._tasks.add(back)
        back.add_done_callback(self._tasks.discard)
        try:
            while True:
                action = await reader.readuntil(b"\r\n\r\n")
                judged = self.verdict(action)
                if judged != "cut":
                    switch_writer.write(action)
                    await switch_writer.drain()
                if judged != "pass":
                    self.cuts += 1
                    back.cancel()
                    writer.transport.abort()
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            with suppress(ConnectionError):
                switch_writer.close()
            writer.close()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def ami_proxy(host: str, port: int) -> AsyncGenerator[AmiProxy]:
    proxy = AmiProxy(host, port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()


def once(action: bytes, judged: str) -> Verdict:
    """Judge the first action of a name; let all others pass."""
    left = [action]

    def verdict(data: bytes) -> str:
        if left and data.startswith(b"Action: " + left[0]):
            left.clear()
            return judged
        return "pass"

    return verdict
