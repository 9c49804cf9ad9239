"""Checks who drafts tickets: the rules alone, or a model server that can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from urllib.parse import urlsplit

import aiohttp

from ..core.errors import ConfigError
from ..core.settings import Settings
from ..core.webhook import CheckedResolver
from ..ticket_bridge import local_words
from .finding import Finding, fail, ok, warn

_LIMIT_S = 5.0
_BACK = "until then the rules draft"


async def drafts(settings: Settings) -> Iterable[Finding]:
    """Say who drafts, whether the server answers, and where personal data go."""
    chosen = settings.tickets.model
    words = _words(settings)
    if not chosen.url:
        return [ok("drafts", "the rules on this machine draft tickets"), *words]
    host = urlsplit(chosen.url).hostname
    found = [await _look(chosen.url, chosen.key, chosen.name), *words]
    if not chosen.is_here and not chosen.mask:
        found.append(
            warn(
                "drafts",
                f"names and numbers of citizens go to {host} as they were said",
                "set tickets.model.mask = true, or be sure that they may",
            )
        )
    if not chosen.is_here and chosen.url.lower().startswith("http:"):
        mend = "use https in tickets.model.url"
        found.append(warn("drafts", f"what citizens say goes to {host} unencrypted", mend))
    return found


def _words(settings: Settings) -> list[Finding]:
    try:
        local = local_words.read(settings.words)
    except ConfigError as error:
        return [fail("drafts", error.message, error.mend)]
    return [ok("drafts", f"{settings.words.name}: {len(local)} names of the site")] if local else []


async def _look(url: str, key: str, name: str) -> Finding:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    connector = aiohttp.TCPConnector(resolver=CheckedResolver(), force_close=True)
    try:
        async with (
            asyncio.timeout(_LIMIT_S),
            aiohttp.ClientSession(connector=connector) as session,
            session.get(f"{url.rstrip('/')}/models", headers=headers, allow_redirects=False) as answer,
        ):
            status = answer.status
    except TimeoutError:
        return warn("drafts", f"the model server does not answer within {_LIMIT_S:g} s", f"start it; {_BACK}")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        why = type(error).__name__
        mend = f"start it, or correct tickets.model.url; {_BACK}"
        return warn("drafts", f"the model server cannot be reached: {why}", mend)
    if status in (401, 403):
        return warn("drafts", "the model server refuses the key", f"correct tickets.model.key; {_BACK}")
    if status >= 500:
        return warn("drafts", f"the model server answers {status}", f"look at its log; {_BACK}")
    return ok("drafts", f"the model server answers; {name} drafts, checked against the words of the call")
