"""Looks at what citizens said: noted before anything is given, and whether it was said in an own call."""

from __future__ import annotations

import time
from collections import OrderedDict

from aiohttp import web
from sqlalchemy import select

from ..core.access.errors import RefusedError
from ..core.roles import Role
from ..telephony.tables import CallRow, RecordingRow
from .access_entries import note
from .door import ACCESS
from .identity import WHO

SAME_LOOK_S = 60.0
"""What somebody is given again within so long is one look: a player asks for a recording piece by piece."""
_MOST = 5000


class Looks:
    """Who looked at what a moment ago; forgets the oldest."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    def is_new(self, key: tuple[str, str, str], now: float) -> bool:
        """Tell whether this is another look than the last one."""
        at = self._at.get(key)
        return at is None or now - at >= SAME_LOOK_S

    def put(self, key: tuple[str, str, str], now: float) -> None:
        """Remember a look that stands in the log."""
        self._at[key] = now
        self._at.move_to_end(key)
        while len(self._at) > _MOST:
            self._at.popitem(last=False)


LOOKS: web.AppKey[Looks] = web.AppKey("looks", Looks)


async def looked(request: web.Request, subject: str) -> None:
    """Note a look in the access log; raises what the database raises, and then nothing is to be given."""
    who, looks, now = request[WHO], request.app[LOOKS], time.monotonic()
    key = (who.user, who.key, subject)
    if looks.is_new(key, now):
        await note(request, "look", subject)
        looks.put(key, now)


async def is_own_call(request: web.Request, call: str) -> bool:
    """Tell whether the asker is the agent of a call, and so heard what was said in it."""
    who, access = request[WHO], request.app[ACCESS]
    if who.role is not Role.AGENT or not who.agent or access is None or not call.isprintable():
        return False
    async with access.database.read() as session:
        return await session.scalar(select(CallRow.agent).where(CallRow.id == call)) == who.agent


def check_scope(request: web.Request) -> None:
    """Give sound, in which nothing can be masked, to programs with the scope ``personal`` only."""
    who = request[WHO]
    if not who.is_person and not who.personal:
        raise RefusedError("recordings need the scope personal", mend="make a token with it")


async def check_may_hear(request: web.Request, node: str, path: str) -> None:
    """Let agents hear their own calls only, and programs with the scope ``personal``."""
    check_scope(request)
    who, access = request[WHO], request.app[ACCESS]
    if who.role is not Role.AGENT or access is None or not (node + path).isprintable():
        return
    query = (
        select(CallRow.agent)
        .join(RecordingRow, RecordingRow.call == CallRow.id)
        .where(RecordingRow.node == node, RecordingRow.path == path)
    )
    async with access.database.read() as session:
        agent = await session.scalar(query)
    if not who.agent or agent != who.agent:
        raise RefusedError("agents hear their own calls only", mend="ask a supervisor")
