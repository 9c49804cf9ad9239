"""A recognition server over a local engine: vosk-server's protocol, with limits, load and a token."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakSet

import structlog
from aiohttp import WSCloseCode, web

from ..core.errors import HotlineError
from .engine import Engine
from .server_limits import Limits, Load
from .server_protocol import KNOWS_RESET
from .server_stream import Stream

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 20.0
_RETRY_AFTER_S = "2"
_TURN_S = 0.05


class ServerPortError(HotlineError):
    """The recognition server cannot listen at its address."""

    error_id = "asr.port_in_use"
    retryable = True
    status = 503


@dataclass(frozen=True)
class Listening:
    """Where a server listens, and its figures."""

    host: str
    port: int
    load: Load

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"ws://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class RecognitionServer:
    """Serves streams at every path but ``/health`` and ``/metrics``; one engine, a fixed set of threads."""

    def __init__(
        self, engine: Engine, *, threads: int, limits: Limits | None = None, token: str | None = None
    ) -> None:
        self._engine = engine
        self._limits = limits or Limits()
        self._token = token
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="asr-server")
        self._connections: WeakSet[web.WebSocketResponse] = WeakSet()
        self._silent: dict[object, asyncio.TimerHandle] = {}
        """Callers, by their protocol, that have not said what they want."""
        self.load = Load(self._limits, threads)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncGenerator[Listening]:
        """Serve inside the block; leaving it lets streams end for ``stop_s``, then closes them.

        Raises ``ServerPortError``. Port 0 takes a free one.
        """
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/{path:.*}", self._stream)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            try:
                server = await asyncio.get_running_loop().create_server(self._guarded(runner), host, port)
            except OSError as error:
                raise ServerPortError(
                    f"TCP port {port} on {host} cannot be used: {error.strerror}",
                    mend="stop the program that holds it, or give another --port",
                ) from error
            try:
                yield Listening(host, server.sockets[0].getsockname()[1], self.load)
            finally:
                await self._stop()
                server.close()
        finally:
            await runner.cleanup()
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _guarded(self, runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
        """Return what makes a caller's protocol: one that never comes to a request is dropped in time."""
        loop = asyncio.get_running_loop()
        make = runner.server
        if make is None:
            raise RuntimeError("the runner was not set up")

        def guarded() -> asyncio.Protocol:
            protocol = make()

            def drop() -> None:
                self._silent.pop(protocol, None)
                if protocol.transport is not None:
                    self.load.refused.labels("silent").inc()
                    protocol.transport.abort()

            self._silent[protocol] = loop.call_later(self._limits.request_s, drop)
            return protocol

        return guarded

    async def _health(self, request: web.Request) -> web.Response:
        self._heard_from(request)
        answer = web.json_response(self.load.to_json(), status=503 if self.load.refusal() else 200)
        answer.force_close()
        return answer

    async def _metrics(self, request: web.Request) -> web.Response:
        self._heard_from(request)
        if not self._is_allowed(request):
            return self._refuse(401, "token")
        answer = web.Response(
            body=self.load.exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )
        answer.force_close()
        return answer

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self._heard_from(request)
        if not self._is_allowed(request):
            return self._refuse(401, "token")
        if self._token is None and "Origin" in request.headers:
            return self._refuse(403, "origin")
        if why := self.load.refusal():
            return self._refuse(503, why)
        connection = web.WebSocketResponse(
            protocols=(KNOWS_RESET,),
            heartbeat=_HEARTBEAT_S,
            max_msg_size=self._limits.message_bytes,
            timeout=2.0,
            compress=False,
        )
        if not connection.can_prepare(request):
            return self._refuse(426, "no websocket")
        self.load.open += 1
        self.load.taken.inc()
        why = "failed"
        try:
            await connection.prepare(request)
            self._connections.add(connection)
            why = await Stream(connection, self._engine, self._pool, self._limits, self.load).run()
        except Exception:
            log.exception("a stream failed")
            await connection.close(code=WSCloseCode.INTERNAL_ERROR, message=b"recognition failed")
        finally:
            self.load.open -= 1
            self.load.ended.labels(why).inc()
        return connection

    def _heard_from(self, request: web.Request) -> None:
        if (timer := self._silent.pop(request.protocol, None)) is not None:
            timer.cancel()

    def _is_allowed(self, request: web.Request) -> bool:
        if self._token is None:
            return True
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(given, f"Bearer {self._token}".encode())

    def _refuse(self, status: int, why: str) -> web.Response:
        """Answer before there is a stream: a balancer can still ask another server."""
        self.load.refused.labels(why).inc()
        headers = {"Retry-After": _RETRY_AFTER_S} if status == 503 else {}
        answer = web.json_response({"status": why}, status=status, headers=headers)
        answer.force_close()
        return answer

    async def _stop(self) -> None:
        """Take no more streams, let those that are end, and close the rest as going away."""
        self.load.is_stopping = True
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limits.stop_s
        while self.load.open and loop.time() < end:  # noqa: ASYNC110  # the streams end each for itself
            await asyncio.sleep(_TURN_S)
        for timer in self._silent.values():
            timer.cancel()
        closing = (one.close(code=WSCloseCode.GOING_AWAY, message=b"stopping") for one in self._connections)
        await asyncio.gather(*closing, return_exceptions=True)


def is_open_to_others(host: str) -> bool:
    """Tell whether other machines can reach a server that listens at an address."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
