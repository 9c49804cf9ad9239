"""Checks the ports of a node: each is free, or held by this node itself."""

from __future__ import annotations

import socket
from collections.abc import Iterable

import aiohttp

from ..core.settings import Settings
from ..telephony import installation
from ..telephony.runtime import Runtime
from .finding import Finding, fail, ok

_ASK_LIMIT_S = 3.0


async def ports(settings: Settings) -> Iterable[Finding]:
    """Try to bind every port; what is taken must be our own switch or our own pages."""
    switch = settings.asterisk
    running = (await Runtime(settings, installation.find()).pid()) is not None
    wanted = [
        ("asterisk.phone_port", socket.SOCK_DGRAM, switch.bind, switch.phone_port),
        ("asterisk.trunk_port", socket.SOCK_DGRAM, switch.bind, switch.trunk_port),
        ("asterisk.ami_port", socket.SOCK_STREAM, switch.ami_host, switch.ami_port),
    ]
    if settings.has_browser_phones:
        wanted.append(("desk.port", socket.SOCK_STREAM, settings.desk.host, settings.desk.port))
    found: list[Finding] = []
    if running:
        found.append(ok("ports", "the switch's ports are held by our own Asterisk"))
    else:
        found += [_try(*one) for one in wanted]
    pages = _try("web.port", socket.SOCK_STREAM, settings.web.host, settings.web.port)
    if pages.status != "ok" and await _is_ours(settings):
        pages = ok("ports", f"web.port {settings.web.port} is held by our own service")
    return [*found, pages]


def bind_error(kind: socket.SocketKind, host: str, port: int) -> str | None:
    """Return why a port cannot be bound, or None when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _try(setting: str, kind: socket.SocketKind, host: str, port: int) -> Finding:
    protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
    reason = bind_error(kind, host, port)
    if reason is None:
        return ok("ports", f"{setting} {port}/{protocol} is free")
    show = f"ss -{'u' if kind == socket.SOCK_DGRAM else 't'}lpn 'sport = :{port}'"
    return fail(
        "ports",
        f"{setting}: {protocol} port {port} on {host} cannot be used: {reason}",
        f"stop the program that holds it ({show}), or change {setting}",
        setting=setting,
    )


async def _is_ours(settings: Settings) -> bool:
    """Ask the pages for their health, in the words that only ours use."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.web.host, settings.web.host)  # noqa: S104  # asked
    place = f"[{host}]" if ":" in host else host
    limit = aiohttp.ClientTimeout(total=_ASK_LIMIT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(f"http://{place}:{settings.web.port}/healthz") as answer,
        ):
            told = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
    return told in ({"status": "ok"}, {"status": "degraded"})
