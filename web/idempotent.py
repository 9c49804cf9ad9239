"""``Idempotency-Key``: what creates or dials is done once, however often a client asks."""

from __future__ import annotations

import re

from aiohttp import web
from aiohttp.typedefs import Handler

from ..core.errors import HotlineError, InvalidInputError
from ..core.idempotency import Answered, IdempotencyKeys, hashed
from .identity import WHO
from .routes import declaration_of

KEYS: web.AppKey[IdempotencyKeys] = web.AppKey("idempotency_keys", IdempotencyKeys)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]{1,128}", re.ASCII)


@web.middleware
async def idempotent(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request with a key act once; a repeat gets the first one's answer (docs/adr/0175).

    What was refused has done nothing and may be tried again under the same key. After an error that nobody
    expected it is not known what was done: the key stays taken.
    """
    told = declaration_of(request.match_info.route)
    if told is None or not told.repeatable or (word := request.headers.get(HEADER)) is None:
        return await handler(request)
    if not _KEY.fullmatch(word):
        raise InvalidInputError(f"{HEADER} must be 1 to 128 visible ASCII signs", mend="take a UUID")
    who, keys = request[WHO], request.app[KEYS]
    key = hashed(who.via, who.user, word)
    body = await request.read()
    before = await keys.begin(key, hashed(request.method, request.path_qs, body))
    if before is not None:
        return web.json_response(text=before.text, status=before.status, headers={REPLAYED: "true"})
    try:
        response = await handler(request)
    except (HotlineError, web.HTTPException):
        await keys.forget(key)
        raise
    if isinstance(response, web.Response):
        await keys.answered(key, Answered(response.status, response.text or ""))
    return response
