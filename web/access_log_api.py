"""The access log for auditors: who looked at what and why, and the proof that nobody edited it."""

from __future__ import annotations

from aiohttp import web

from ..core.access.access_log import entries, told, verify
from ..core.errors import InvalidInputError
from ..core.roles import Role
from .access_entries import note
from .access_models import LogPage, LogProof, LogQuery
from .answers import answer
from .inputs import query_of
from .paging import CursorError, decode, encode
from .routes import declared
from .users_api import access_of

routes = web.RouteTableDef()

READERS = frozenset({Role.AUDITOR, Role.ADMIN})


@routes.get("/api/v1/access-log")
@declared(allow=READERS, query=LogQuery, answer=LogPage, errors=(CursorError,))
async def listed(request: web.Request) -> web.Response:
    """Return entries, the newest first. That somebody looked is an entry, too."""
    wanted = query_of(request, LogQuery)
    moments = [one for one in (wanted.since, wanted.until) if one is not None]
    if any(one.tzinfo is None for one in moments):
        raise InvalidInputError("since and until need a time zone", mend="such as 2026-11-22T08:00:00+08:00")
    before = None
    if wanted.after:
        at, (node, seq) = decode(wanted.after, 2)
        if at is None or not (seq.isascii() and seq.isdecimal()) or len(seq) > 18:
            raise CursorError("after is no cursor of this list", mend="send the `next` of the page before")
        before = (at, node, int(seq))
    if not wanted.after:
        await note(request, "access-log.list", "access-log", asked=wanted.who or wanted.subject)
    found = await entries(
        access_of(request).database,
        **wanted.model_dump(exclude={"after", "limit"}),
        before=before,
        limit=wanted.limit + 1,
    )
    shown, last = found[: wanted.limit], None
    if len(found) > wanted.limit:
        last = encode((shown[-1].at, (shown[-1].node, str(shown[-1].seq))))
    return answer({"entries": [told(one) for one in shown], "next": last})


@routes.get("/api/v1/access-log/verify")
@declared(allow=READERS, answer=LogProof)
async def proof(request: web.Request) -> web.Response:
    """Compute every hash again, and compare with those that were written down beside the database."""
    access = access_of(request)
    counts, faults = await verify(access.database, state=access.settings.state)
    return answer(
        {"whole": not faults, "entries": sum(counts.values()), "faults": [vars(one) for one in faults[:100]]}
    )
