"""Puts the door, and the API of users and looks, into an application."""

from __future__ import annotations

from aiohttp import web

from ..core.settings import WebSettings
from . import access_log_api, oidc_api, reveals_api, session_api, users_api
from .door import Access, install_door
from .in_flight import IN_FLIGHT, InFlight, watch
from .looks import LOOKS, Looks
from .oidc import OIDC, Oidc
from .own_calls import LIVE_CALLS, LiveCalls

TABLES = (
    session_api.routes,
    oidc_api.routes,
    users_api.routes,
    reveals_api.routes,
    access_log_api.routes,
)


def add_access(
    app: web.Application,
    settings: WebSettings,
    access: Access | None,
    live_calls: LiveCalls | None = None,
) -> None:
    """Give an application its door; without ``access`` only the ``[web]`` token opens it."""
    install_door(app, settings, access)
    oidc = None if access is None else access.settings.access.oidc
    app[OIDC] = None if oidc is None else Oidc(oidc)
    app[IN_FLIGHT] = InFlight()
    app[LOOKS] = Looks()
    app[LIVE_CALLS] = live_calls
    app.cleanup_ctx.append(watch)
    for table in TABLES:
        app.add_routes(table)
