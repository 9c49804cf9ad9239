"""The web application: routes, and the server's life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakSet

from aiohttp import web

from ..core.errors import HotlineError
from ..core.idempotency import IdempotencyKeys
from ..core.settings import WebSettings
from . import (
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
from .access_wiring import add_access
from .auth import auth, safe_headers
from .callback_api import CALLBACKS, Callbacks
from .connections import ASKED, Guarded, asked, most_connections
from .desk import DESK, Desk
from .desk_api import DESKS, AgentDesks
from .door import Access
from .floor_api import FLOOR_PARTS, FloorParts
from .idempotent import KEYS, idempotent
from .openapi import document_of
from .openapi_api import DESCRIPTION, Description
from .own_calls import LiveCalls
from .problems import problems
from .queue_stream import LiveStream, attach
from .routes import check_declared
from .speech_stream import SPEECH, Speech
from .supervise_api import SUPERVISES, Supervises
from .tables import documented
from .three_way_api import COMMANDS, Commands
from .three_way_stream import STREAMS, Streams
from .ticket_api import CHECKS, Checking
from .upkeep_api import UPKEEP, Upkeep

_STATIC = Path(__file__).parent / "static"
LONGEST_BODY = 384 * 1024
"""Bytes; a menu file is the longest that is sent."""
END_LIMIT_S = 2.0
"""How long an answer that is being given may take when the service ends."""


class PagesPortError(HotlineError):
    """The pages cannot listen on their port."""

    error_id = "web.port_in_use"
    retryable = True
    status = 503


@dataclass(frozen=True)
class ThreeWay:
    """What the API needs to bring third lines and supervisors into calls, and to tell of it."""

    commands: Commands
    streams: Streams
    supervises: Supervises


def build_app(
    settings: WebSettings,
    desk: Desk,
    three_way: ThreeWay | None = None,
    speech: Speech | None = None,
    *,
    checks: Checking | None = None,
    callbacks: Callbacks | None = None,
    floor: FloorParts | None = None,
    desks: AgentDesks | None = None,
    access: Access | None = None,
    upkeep: Upkeep | None = None,
    keys: IdempotencyKeys | None = None,
    live_calls: LiveCalls | None = None,
) -> web.Application:
    """Return the application; what it is given is all that it sees of the service.

    Raises ``UndeclaredRouteError`` when a route does not say who may use it.
    """
    app = web.Application(middlewares=[asked, problems, auth, idempotent], client_max_size=LONGEST_BODY)
    app[ASKED] = WeakSet()
    add_access(app, settings, access, live_calls)
    app[DESK] = desk
    app[KEYS] = keys or IdempotencyKeys()
    app.on_response_prepare.append(safe_headers)
    app.router.add_static("/static/", _STATIC)
    app[ui_pages.FOLDER], app[ui_pages.PHONE_URL] = ui_pages.BUILT, ""
    app.add_routes(ui_pages.routes)
    app.add_routes(pages.routes)
    app.add_routes(wall.routes)
    app.add_routes(api.routes)
    app.add_routes(queue_api.routes)
    app.add_routes(runbook.routes)
    app.add_routes(three_way_view.routes)
    app.add_routes(openapi_api.routes)
    app[DESCRIPTION] = Description(lambda: document_of(documented()))
    app.add_routes(assist_api.routes)
    app.add_routes(records_api.routes)
    app.add_routes(ticket_api.routes)
    app.add_routes(risk_api.routes)
    app.add_routes(report_api.routes)
    app[queue_api.STREAM] = stream = LiveStream(desk.figures)
    attach(app, stream)
    if three_way is not None:
        _add_three_way(app, three_way)
    if speech is not None:
        _add_speech(app, speech)
    if checks is not None:
        app[CHECKS] = checks
        app.add_routes(ticket_api.checking)
    if callbacks is not None:
        _add_callbacks(app, callbacks)
    if floor is not None:
        app[FLOOR_PARTS] = floor
        app.add_routes(floor_api.routes)
        attach(app, floor.stream)
    if desks is not None:
        _add_desks(app, desks)
    if upkeep is not None:
        app[UPKEEP] = upkeep
        app.add_routes(upkeep_api.routes)
    check_declared(app)
    return app


def _add_desks(app: web.Application, desks: AgentDesks) -> None:
    async def end(_app: web.Application) -> None:
        desks.streams.close()

    app[DESKS] = desks
    if desks.has_browsers:
        app[ui_pages.PHONE_URL] = desks.settings.address
    app.add_routes(desk_api.routes)
    app.on_shutdown.append(end)


def _add_three_way(app: web.Application, three_way: ThreeWay) -> None:
    async def end(_app: web.Application) -> None:
        three_way.streams.close()

    app[COMMANDS], app[STREAMS] = three_way.commands, three_way.streams
    app[SUPERVISES] = three_way.supervises
    app.add_routes(supervise_api.routes)
    app.add_routes(three_way_api.routes)
    app.add_routes(three_way_stream.routes)
    app.on_shutdown.append(end)


def _add_callbacks(app: web.Application, callbacks: Callbacks) -> None:
    async def end(_app: web.Application) -> None:
        callbacks.streams.close()

    app[CALLBACKS] = callbacks
    app.add_routes(callback_api.routes)
    app.on_shutdown.append(end)


def _add_speech(app: web.Application, speech: Speech) -> None:
    async def end(_app: web.Application) -> None:
        speech.close()

    app[SPEECH] = speech
    app.add_routes(speech_stream.routes)
    app.on_shutdown.append(end)


async def serve(
    settings: WebSettings, app: web.Application, on_ready: Callable[[], None] = lambda: None
) -> None:
    """Serve until cancelled; raises ``PagesPortError`` when the port cannot be had."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=END_LIMIT_S)
    listener: asyncio.Server | None = None
    try:
        await runner.setup()
        assert runner.server is not None  # noqa: S101  # set up a line above
        guarded = Guarded(runner.server, app[ASKED], most=most_connections())
        try:
            listener = await asyncio.get_running_loop().create_server(guarded, settings.host, settings.port)
        except OSError as error:
            raise PagesPortError(
                f"TCP port {settings.port} on {settings.host} cannot be used: {error.strerror}",
                mend="stop the program that holds it, or change web.port",
            ) from error
        on_ready()
        await asyncio.Event().wait()
    finally:
        if listener is not None:
            listener.close()
        await runner.cleanup()
