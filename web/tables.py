"""Every table of routes that the service can have: for the OpenAPI document, which shows them all.

``build_app`` takes those whose parts it was given; a test holds that none is missing here.
"""

from __future__ import annotations

from aiohttp import web

from . import (
    access_wiring,
    api,
    assist_api,
    callback_api,
    desk_api,
    floor_api,
    openapi_api,
    pages,
    queue_api,
    records_api,
    report_api,
    risk_api,
    runbook,
    speech_stream,
    supervise_api,
    three_way_api,
    three_way_stream,
    three_way_view,
    ticket_api,
    ui_pages,
    upkeep_api,
    wall,
)

TABLES: tuple[web.RouteTableDef, ...] = (
    pages.routes,
    *access_wiring.TABLES,
    wall.routes,
    ui_pages.routes,
    openapi_api.routes,
    api.routes,
    queue_api.routes,
    runbook.routes,
    three_way_view.routes,
    assist_api.routes,
    supervise_api.routes,
    three_way_api.routes,
    three_way_stream.routes,
    speech_stream.routes,
    ticket_api.routes,
    ticket_api.checking,
    records_api.routes,
    upkeep_api.routes,
    callback_api.routes,
    floor_api.routes,
    desk_api.routes,
    risk_api.routes,
    report_api.routes,
)


def documented() -> web.Application:
    """Return an application that has every route and nothing behind it."""
    app = web.Application()
    for table in TABLES:
        app.add_routes(table)
    return app
