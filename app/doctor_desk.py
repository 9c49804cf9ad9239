"""Checks of telephones in browsers: what the switch needs, and what browsers refuse (docs/desk.md)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from ..core.desk_settings import DeskSettings
from ..core.settings import Settings
from ..telephony import installation
from ..telephony.asterisk_config import OPUS_MODULES
from .finding import Finding, fail, ok, warn

NEEDED = ("res_http_websocket", "res_pjsip_transport_websocket", "res_srtp")


async def desk(settings: Settings) -> Iterable[Finding]:
    """Say whether the agents with a browser can be reached; nothing where there are none."""
    agents = [agent.number for agent in settings.agents if agent.phone == "browser"]
    if not agents:
        return []
    found = [*modules(settings), *certificate(settings.desk), *address(settings.desk)]
    found += await asyncio.to_thread(own_name, socket.gethostname(), socket.gethostbyname)
    return found or [ok("desk", f"{len(agents)} agents in browsers, by {settings.desk.address}")]


def modules(settings: Settings) -> Iterable[Finding]:
    """Look for what the switch needs; one that runs elsewhere is not looked at."""
    switch = installation.find() if settings.asterisk.mode == "managed" else None
    names = None if switch is None else switch.module_names()
    if names is None:
        return
    missing = [name for name in NEEDED if name not in names]
    if missing:
        text = f"Asterisk lacks what browsers need: {', '.join(missing)}"
        yield fail("desk", text, "install it whole: hotline asterisk install")
    if "opus" in settings.desk.codecs and names.isdisjoint(OPUS_MODULES):
        yield warn("desk", "this Asterisk has no opus: browsers speak A-law", 'or set desk.codecs = ["alaw"]')


def certificate(desk: DeskSettings) -> Iterable[Finding]:
    """Read certificate and key as the switch will."""
    if desk.certificate is None or desk.key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(desk.certificate, desk.key)
    except (OSError, ssl.SSLError) as error:
        yield fail(
            "desk",
            f"certificate and key cannot be used: {error.strerror or error}",
            "give PEM files that belong together and that hotline's user can read",
            setting="desk.certificate",
        )


def address(desk: DeskSettings) -> Iterable[Finding]:
    """Tell what browsers on other machines refuse: a line without TLS."""
    url = urlsplit(desk.address)
    if url.scheme == "ws" and not _is_here(url.hostname or ""):
        yield fail(
            "desk",
            f"browsers of other machines refuse {desk.address}: it is not encrypted",
            "set desk.url to a wss:// address of your proxy, or desk.certificate and desk.key",
            setting="desk.url",
        )


def own_name(name: str, resolve: Callable[[str], str]) -> list[Finding]:
    """Look this machine's name up: the switch does so at the first call to a browser, for up to 10 s."""
    try:
        resolve(name)
    except OSError:
        mend = f"add a line with it to /etc/hosts: 127.0.1.1 {name}"
        return [fail("desk", f"the machine's own name {name} cannot be resolved", mend)]
    return []


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
