"""A line that a test can cut and mend: TCP from one port of this machine to another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class TcpProxy:
    """Forwards connections; while it is cut there are none, and new ones end at once."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.refused = 0

    def cut(self) -> None:
        """End every connection, without a word to either side."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until one side ends it."""
        if self._is_cut:
            self.refused += 1
            writer.transport.abort()
            return
        back, forth = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, forth}
        try:
            await asyncio.gather(_copy(reader, forth), _copy(back, writer))
        finally:
            self._writers -= {writer, forth}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def tcp_proxy(port: int, to: int) -> AsyncGenerator[TcpProxy]:
    """Listen at a port of this machine."""
    proxy = TcpProxy(to)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    try:
        yield proxy
    finally:
        proxy.cut()
        server.close()
