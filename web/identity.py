"""Who is asking, for the handlers: there on every route that is not public (``web/auth.py``)."""

from __future__ import annotations

from aiohttp import web

from ..core.access.errors import RefusedError
from ..core.access.identity import Identity
from ..core.errors import InvalidInputError

WHO: web.RequestKey[Identity] = web.RequestKey("who", Identity)


def acting(request: web.Request, named: str = "") -> str:
    """Return who does something, for the logs: itself; only the ``[web]`` token may name somebody."""
    who = request[WHO]
    return named if who.via == "token" and named else who.user


def answerable(request: web.Request, named: str) -> str:
    """Return who answers for a judgement; the ``[web]`` token is nobody, so who uses it names somebody."""
    named = named.strip()
    if not named and request[WHO].via == "token":
        raise InvalidInputError("who says so is missing", mend='send {"who": "1001", …}')
    return acting(request, named)


def for_agent(request: web.Request, number: str) -> str:
    """Return an agent's number that the asker may act for; raises ``RefusedError``.

    Programs with the ``[web]`` token act for everyone and need not name one ("").
    """
    who = request[WHO]
    if not number and who.is_person and who.agent:
        number = who.agent
    if who.via == "token" or who.may_act_for(number):
        return number
    raise RefusedError(
        "you may act for your own telephone only", mend="ask a supervisor", agent=who.agent or ""
    )
