"""Entries of the access log as requests make them."""

from __future__ import annotations

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from ..core.access.chain import Entry, Plain
from .client import address_of
from .door import ACCESS
from .identity import WHO

log = structlog.get_logger(__name__)


async def note(
    request: web.Request, action: str, subject: str, *, reason: str = "", result: str = "ok", **details: Plain
) -> None:
    """Note what who asks does, before it is done; raises what the database raises: without a log no look."""
    access, who = request.app[ACCESS], request[WHO]
    if access is None:
        return
    await access.log.add(
        Entry(
            who=who.user,
            action=action,
            subject=subject,
            result=result,
            reason=reason,
            role=who.role.value,
            via=who.via,
            address=address_of(request),
            details=details,
        )
    )


async def note_sign_in(
    request: web.Request, user: str, action: str, *, role: str = "", result: str = "ok", must: bool = True
) -> None:
    """Note a sign-in, also a failed one, of which nobody is known yet.

    Not ``must``: who runs the node comes in with its token while the database is away; the service's own log
    then has the line alone.
    """
    access = request.app[ACCESS]
    log.info("sign-in", pii_user=user, action=action, result=result, address=address_of(request))
    if access is None:
        return
    entry = Entry(
        who=user,
        action=action,
        subject=f"user/{user}",
        result=result,
        role=role,
        via="page",
        address=address_of(request),
    )
    try:
        await access.log.add(entry)
    except (SQLAlchemyError, OSError):
        if must:
            raise
