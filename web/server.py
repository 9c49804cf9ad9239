"""The web application: routes, and the server's life."""

from __future__ import annotations

import time
from pathlib import Path

from aiohttp import web

from ..core.settings import WebSettings
from . import api, pages
from .auth import GATE, Gate, auth, safe_headers
from .desk import DESK, Desk
from .problems import problems

_STATIC = Path(__file__).parent / "static"


def build_app(settings: WebSettings, desk: Desk) -> web.Application:
    """Return the application; ``desk`` is all that the pages and the API see of the service."""
    app = web.Application(middlewares=[safe_headers, problems, auth], client_max_size=64 * 1024)
    app[GATE] = Gate(settings.token, monotonic=time.monotonic)
    app[DESK] = desk
    app.router.add_static("/static/", _STATIC)
    app.add_routes(pages.routes)
    app.add_routes(api.routes)
    return app


async def serve(settings: WebSettings, desk: Desk) -> web.AppRunner:
    """Begin to listen; the caller ends it with ``cleanup()``."""
    runner = web.AppRunner(build_app(settings, desk), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    return runner
