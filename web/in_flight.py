"""Requests that last, such as streams, end when the session or the token that opened them does.

What somebody may is checked when a request comes. A stream goes on for hours: every few seconds the sessions
and tokens of what is open are looked at, and the connections of those that are over are cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager, suppress

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from ..core.access.identity import Identity
from ..core.roles import Role
from .door import ACCESS
from .gate import GATE

log = structlog.get_logger(__name__)

EVERY_S = 5.0
TOUCH_EVERY = 12
"""At each so-manieth look the open desks of agents are noted as being used."""


class InFlight:
    """The requests that are being answered, by who asked."""

    def __init__(self) -> None:
        self._open: dict[Identity, dict[int, web.Request]] = {}

    @contextmanager
    def holding(self, who: Identity, request: web.Request) -> Generator[None]:
        """Hold a request while it is answered."""
        requests = self._open.setdefault(who, {})
        requests[id(request)] = request
        try:
            yield
        finally:
            del requests[id(request)]
            if not requests and self._open.get(who) is requests:
                del self._open[who]

    def who(self) -> list[Identity]:
        """Return who has requests open."""
        return list(self._open)

    def cut(self, who: Identity) -> int:
        """Cut the connections of somebody; return how many."""
        requests = self._open.get(who, {})
        for request in requests.values():
            if request.transport is not None:
                request.transport.abort()
        return len(requests)


IN_FLIGHT: web.AppKey[InFlight] = web.AppKey("in_flight", InFlight)


async def look(app: web.Application, *, touch: bool = False) -> None:
    """Cut who is not let in any more; raises what the database raises."""
    flight, access, gate = app[IN_FLIGHT], app[ACCESS], app[GATE]
    there = [who for who in flight.who() if who.key]
    sessions = {who.key: who for who in there if who.via == "session" and who.user != "token"}
    tokens = {who.key: who for who in there if who.via == "api-token"}
    over = [
        who for who in there if who.via == "session" and who.user == "token" and not gate.key_is_open(who.key)
    ]
    if access is not None:
        if touch and (desks := [key for key, who in sessions.items() if who.role is Role.AGENT]):
            await access.sessions.touch(desks)
        if sessions:
            good = await access.sessions.still_open(list(sessions))
            over += [who for key, who in sessions.items() if key not in good]
        if tokens:
            valid = await access.tokens.still_good(list(tokens))
            over += [who for key, who in tokens.items() if key not in valid]
    for who in over:
        log.info("connections of an ended session cut", who=who.user, count=flight.cut(who))


async def watch(app: web.Application) -> AsyncIterator[None]:
    """Look every few seconds as long as the application lives."""

    async def run() -> None:
        count = 0
        while True:
            await asyncio.sleep(EVERY_S)
            count += 1
            with suppress(SQLAlchemyError, OSError):  # while the store is away nobody is turned out
                await look(app, touch=count % TOUCH_EVERY == 0)

    task = asyncio.create_task(run(), name="in-flight")
    yield
    task.cancel()
    await asyncio.wait({task})
