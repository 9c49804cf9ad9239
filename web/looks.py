"""Looks at what citizens said: noted before anything is given."""

from __future__ import annotations

import time
from collections import OrderedDict

from aiohttp import web

from ..core.access.errors import RefusedError
from .access_entries import note
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


def check_scope(request: web.Request) -> None:
    """Give sound, in which nothing can be masked, to programs with the scope ``personal`` only."""
    who = request[WHO]
    if not who.is_person and not who.personal:
        raise RefusedError("recordings need the scope personal", mend="make a token with it")
