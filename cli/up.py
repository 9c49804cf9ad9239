"""``hotline up``: runs a node until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..app.service import Service
from ..core.aio import end_the_rest
from ..core.collector import settle
from ..core.errors import HotlineError
from ..core.log import setup_logging
from ..core.priority import give_way
from ..core.settings import Settings, WebSettings
from ..telephony.install import install
from ..telephony.installation import Asterisk
from .common import (
    ConfigOption,
    JsonOption,
    command_name,
    config_path,
    load_settings,
    print_json,
    progress_console,
)
from .placed import placed

CALLS_END_LIMIT_S = 300.0


def up(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Write the log as JSON lines.")] = False,
) -> None:
    """Run everything: the switch, the service and the pages.

    Ctrl-C ends the service and, once its calls are over, the switch (again: at once). SIGTERM ends the
    service only: calls go on, and the next start adopts the switch.

    Example:  hotline up --config .run/hotline.toml
    """
    setup_logging(json=log_json)
    settings = load_settings(config)
    asterisk = install(_say) if settings.asterisk.mode == "managed" else None
    with placed(config):
        asyncio.run(_up(settings, asterisk, config_path(config), as_json=as_json))


def _end_now() -> None:
    """End the process as it is: whatever still waits may be killed at any moment (docs/adr/0080)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _say(what: str, done: int = 0, total: int = 0) -> None:
    if done in (0, total):
        progress_console.print(f"  {what}", markup=False)


async def _up(settings: Settings, asterisk: Asterisk | None, file: Path, *, as_json: bool) -> None:
    loop = asyncio.get_running_loop()
    asked: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.put_nowait, number)
    service = Service(settings, asterisk, progress=_say)
    give_way()
    running = asyncio.create_task(_serve(service, file, as_json=as_json))
    first = asyncio.create_task(asked.get())
    await asyncio.wait({running, first}, return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    await asyncio.wait({running})
    if not running.cancelled():
        first.cancel()
        running.result()
    elif first.result() is signal.SIGINT and asterisk is not None:
        await _stop_switch(service, asked)
    if not await end_the_rest():
        _end_now()


async def _serve(service: Service, file: Path, *, as_json: bool) -> None:
    """Run the service until cancelled; raises what kept it from starting."""
    async with service:
        settle()
        _where_to_look(service, file, as_json=as_json)
        await asyncio.Event().wait()


async def _stop_switch(service: Service, asked: asyncio.Queue[signal.Signals]) -> None:
    """End the switch when its calls are over; Ctrl-C again ends it at once, SIGTERM leaves it to itself."""
    _say("service stopped; the switch ends when its calls are over (Ctrl-C again: at once)")
    graceful = asyncio.create_task(service.runtime.stop(graceful=True, limit_s=CALLS_END_LIMIT_S))
    again = asyncio.create_task(asked.get())
    await asyncio.wait({graceful, again}, return_when=asyncio.FIRST_COMPLETED)
    if not graceful.done():
        graceful.cancel()
        await asyncio.wait({graceful})
        if again.result() is signal.SIGINT:
            await service.runtime.stop()
        return
    again.cancel()
    try:
        graceful.result()
    except HotlineError as error:
        _say(str(error))


def _where_to_look(service: Service, file: Path, *, as_json: bool) -> None:
    settings, switch = service.settings, service.settings.asterisk
    pages = _address(settings.web) if service.pages.up else None
    if as_json:
        print_json({"ready": True, "pages": pages, "phones": switch.phone_port, "trunk": switch.trunk_port})
        sys.stdout.flush()
        return
    for line in (
        "",
        f"热线已启动  {settings.site.name}（{settings.site.node}）",
        f"  页面      {pages or '没有起来，原因见上面的日志；电话照常接听，页面会自动重试'}",
        f"            令牌见 {file} 的 [web] token",
        *((f"  坐席网页  {pages}desk",) if pages and settings.has_browser_phones else ()),
        f"  坐席话机  注册到 UDP {switch.phone_port} 端口，账号与密码见 [[agents]]；*11 签入，*12 签出",
        f"  市民来电  中继送到 UDP {switch.trunk_port} 端口",
        "  体验      另开一个终端：make demo",
        f"  检查      {command_name()} doctor --config {file}",
        "  停止      Ctrl-C",
        "",
    ):
        progress_console.print(line, markup=False, soft_wrap=True)


def _address(web: WebSettings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104  # shown
    return f"http://[{host}]:{web.port}/" if ":" in host else f"http://{host}:{web.port}/"
