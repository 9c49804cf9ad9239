"""The API's own description: the OpenAPI document, and a page to read it on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from aiohttp import web

from ..core.clock import utc_now
from ..core.roles import SIGNED_IN
from .desk import DESK
from .openapi_page import sections_of
from .routes import declared

routes = web.RouteTableDef()


class Description:
    """The document of an application, made when it is first asked for."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self._make()

    @cached_property
    def text(self) -> str:
        """The document as JSON."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))


DESCRIPTION: web.AppKey[Description] = web.AppKey("openapi", Description)


@routes.get("/api/v1/openapi.json")
@declared(allow=SIGNED_IN, answer=dict[str, Any])
async def document(request: web.Request) -> web.Response:
    """Return this document: OpenAPI 3.1, made of the code that answers."""
    return web.json_response(text=request.app[DESCRIPTION].text)


@routes.get("/api/docs")
@declared(allow=SIGNED_IN, media="text/html")
async def page(request: web.Request) -> web.Response:
    """Show the API to people: every operation with its roles, parameters, body and answers."""
    found = request.app[DESCRIPTION].document
    text = request.app[DESK].pages.render(
        "api_docs.html", now=utc_now(), info=found["info"], sections=sections_of(found)
    )
    return web.Response(text=text, content_type="text/html")
