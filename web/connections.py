"""Who holds connections to the pages: not so many that the service lacks files, and none that asks nothing.

A stranger can open connections without saying a word. Each takes a file of the process, and the store, the
journal and the switch need files, too; so their number has a limit, and who has not asked in time is let go.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from typing import cast
from weakref import WeakSet

from aiohttp import web
from aiohttp.typedefs import Handler

FIRST_REQUEST_S = 30.0
"""So long a new connection may take until its first request has come, headers and all."""
FILES = 65_536
"""Open files that are asked of the machine: what the systemd unit in docs/operations.md asks for."""

ASKED: web.AppKey[WeakSet[asyncio.Transport]] = web.AppKey("asked", WeakSet)
"""Connections that have brought a request."""


def most_connections() -> int:
    """Ask the machine for more open files; return how many of them connections may have: half."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return (FILES if soft == resource.RLIM_INFINITY else soft) // 2


@web.middleware
async def asked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note that a connection has brought a request."""
    if request.transport is not None:
        request.app[ASKED].add(request.transport)
    return await handler(request)


class Guarded:
    """Makes the protocol of each new connection, for ``loop.create_server``.

    ``server`` is aiohttp's; ``asked`` the connections that have brought a request.
    """

    def __init__(
        self,
        server: web.Server,
        asked: WeakSet[asyncio.Transport],
        *,
        most: int,
        first_request_s: float = FIRST_REQUEST_S,
    ) -> None:
        self._server, self._asked = server, asked
        self._most, self._first_request_s = most, first_request_s

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol that meets a new connection."""
        return _Door(self._admit)

    def _admit(self, transport: asyncio.Transport) -> None:
        if len(self._server.connections) >= self._most:
            transport.abort()
            return
        protocol = self._server()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        asyncio.get_running_loop().call_later(self._first_request_s, self._let_go, transport)

    def _let_go(self, transport: asyncio.Transport) -> None:
        if transport not in self._asked:
            transport.abort()


class _Door(asyncio.Protocol):
    """Meets a connection and gives it away in its first moment."""

    def __init__(self, admit: Callable[[asyncio.Transport], None]) -> None:
        self._admit = admit

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._admit(cast("asyncio.Transport", transport))
