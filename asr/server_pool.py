"""Which of several recognition servers the next stream goes to; used in one event loop only."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp

from ..core.asr_settings import AsrServerSettings
from ..core.errors import ConfigError
from .errors import EngineAwayError
from .server_protocol import KNOWS_RESET, LONGEST_ANSWER

Connection = aiohttp.ClientWebSocketResponse[bool]

REST_S = 10.0
"""A server that could not be reached, or broke off, is asked after all others for so long."""
_FAILURES = (TimeoutError, OSError, aiohttp.ClientError)
_MOST_TRIES = 4
_HEARTBEAT_S = 30.0
_CLOSE_LIMIT = aiohttp.ClientWSTimeout(ws_close=1.0)  # pyright: ignore[reportCallIssue]  # made by attrs
_FULL = 503
_REFUSED = frozenset({401, 403, 407})


class ServerPool:
    """The servers of the settings: fewest streams of ours first, resting ones last, each tried once."""

    def __init__(
        self, settings: AsrServerSettings, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._open: Counter[str] = Counter()
        self._rests_until: dict[str, float] = {}
        self._turn = 0
        self._ssl = _ssl_context(settings) if any(url.startswith("wss:") for url in settings.urls) else None

    def order(self) -> list[str]:
        """Return the addresses in the order in which to try them; moves on, so that equals take turns."""
        urls = self._settings.urls
        now = self._monotonic()
        self._turn = (self._turn + 1) % len(urls)
        turned = urls[self._turn :] + urls[: self._turn]
        return sorted(turned, key=lambda url: (self._rests_until.get(url, 0.0) > now, self._open[url]))

    def broke(self, url: str) -> None:
        """Note that a server broke off or cannot be reached."""
        self._rests_until[url] = self._monotonic() + REST_S

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[tuple[Connection, str]]:
        """Give a connection and its server's address; raises ``EngineAwayError`` when there is none."""
        told: list[str] = []
        for url in self.order()[:_MOST_TRIES]:
            async with _session() as session:
                try:
                    connection = await self._open_one(session, url)
                except _FAILURES as error:
                    self.broke(url)
                    told.append(f"{url}: {_why(error)}")
                    continue
                self._rests_until.pop(url, None)
                self._open[url] += 1
                try:
                    yield connection, url
                    return
                finally:
                    self._open[url] -= 1
                    await connection.close()
        raise EngineAwayError(
            "no recognition server can be used: " + "; ".join(told),
            mend="look at asr.server in hotline.toml and at the servers",
        )

    async def look(self) -> dict[str, str]:
        """Return for each server why it cannot be used now, empty for one that can."""

        async def look_at(url: str) -> str:
            try:
                async with _session() as session:
                    await (await self._open_one(session, url)).close()
            except _FAILURES as error:
                return _why(error)
            return ""

        urls = self._settings.urls
        return dict(zip(urls, await asyncio.gather(*map(look_at, urls)), strict=True))

    async def _open_one(self, session: aiohttp.ClientSession, url: str) -> Connection:
        token = self._settings.token
        async with asyncio.timeout(self._settings.connect_seconds):
            return await session.ws_connect(
                url,
                headers={"Authorization": f"Bearer {token}"} if token else None,
                ssl=self._ssl if self._ssl is not None and url.startswith("wss:") else True,
                protocols=(KNOWS_RESET,),
                max_msg_size=LONGEST_ANSWER,
                heartbeat=_HEARTBEAT_S,
                timeout=_CLOSE_LIMIT,
            )


def _session() -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=None)
    return aiohttp.ClientSession(timeout=timeout, trace_configs=[_never_elsewhere()])


def _ssl_context(settings: AsrServerSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca is not None:
        try:
            context.load_verify_locations(settings.ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"asr.server.ca: {settings.ca} holds no certificates that can be read",
                mend="name a PEM file",
            ) from error
    return context


def _never_elsewhere() -> aiohttp.TraceConfig:
    """Return a trace that ends a connection when a server sends it on: token and sound go nowhere else."""

    async def refuse(_session: object, _context: object, params: aiohttp.TraceRequestRedirectParams) -> None:
        place = urlsplit(params.response.headers.get("Location", "")).netloc[:100]
        raise aiohttp.ClientError(f"it sends to another place ({place or 'unnamed'}), which is not followed")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace


def _why(error: Exception) -> str:
    """Return in a few words why a server cannot be used."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        if error.status == _FULL:
            return "it is full or stopping"
        if error.status in _REFUSED:
            return f"it refuses us ({error.status}); look at asr.server.token"
        return f"it answers {error.status}, no WebSocket"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted ({error.certificate_error}); look at asr.server.ca"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return " ".join(str(error).split())[:200] or type(error).__name__
