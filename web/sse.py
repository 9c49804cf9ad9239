"""Server-sent events to one viewer: its headers, its end, and what becomes of one who does not read."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import structlog
from aiohttp import web

from .answers import plain

log = structlog.get_logger(__name__)

HEARTBEAT_S = 10.0
"""So often at least something is sent: it keeps proxies from closing the connection."""
WRITE_LIMIT_S = 10.0
"""A viewer who takes no bytes for so long is dropped."""
ALIVE = b": still here\n\n"


def plain_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data as JSON holds them: nothing but mappings, lists, texts and numbers."""
    return json.loads(json.dumps(data, ensure_ascii=False, default=_plain))


def encode(name: str, data: Mapping[str, Any], number: int | None = None) -> bytes:
    """Return one event; its data are one line of JSON, whatever is in them."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
    head = f"event: {name}\n" if number is None else f"event: {name}\nid: {number}\n"
    return f"{head}data: {text}\n\n".encode()


async def send(
    request: web.Request, events: AsyncIterator[bytes], *, what: str, longest_s: float, retry_ms: int = 1000
) -> web.StreamResponse:
    """Give a viewer events until they end, it goes, it does not read, or ``longest_s`` is over.

    ``events`` gives something from time to time, be it ``ALIVE``: only then a viewer that went is noticed.
    """
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    loop = asyncio.get_running_loop()
    end = loop.time() + longest_s
    try:
        await response.prepare(request)
        await response.write(f"retry: {retry_ms}\n\n".encode())
        async for event in events:
            async with asyncio.timeout(WRITE_LIMIT_S):
                await response.write(event)
            if loop.time() > end:
                break
    except TimeoutError:
        log.info("viewer dropped, it does not read", stream=what)
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:
        log.debug("viewer gone", stream=what)
    return response


def _plain(value: Any) -> Any:
    """Return the JSON form of our own values; raises ``TypeError`` for a stranger."""
    if isinstance(value, datetime) or hasattr(value, "to_json") or hasattr(value, "as_json"):
        return plain(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"no JSON form of {type(value).__name__}")
