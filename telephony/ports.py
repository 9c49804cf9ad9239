"""Checks the switch's ports before it is started: Asterisk itself only logs a port that it cannot have."""

from __future__ import annotations

import errno
import socket

from ..core.errors import HotlineError
from ..core.settings import Settings


class PortInUseError(HotlineError):
    """A port that the switch must listen on is taken by another program."""

    error_id = "asterisk.port_in_use"
    status = 409


def check_ports(settings: Settings) -> None:
    """Raise ``PortInUseError`` for the first port that another program holds."""
    switch = settings.asterisk
    wanted = [
        (socket.SOCK_DGRAM, switch.bind, switch.phone_port, "asterisk.phone_port", "asterisk.bind"),
        (socket.SOCK_DGRAM, switch.bind, switch.trunk_port, "asterisk.trunk_port", "asterisk.bind"),
        (socket.SOCK_STREAM, switch.ami_host, switch.ami_port, "asterisk.ami_port", "asterisk.ami_host"),
    ]
    if settings.has_browser_phones:
        wanted.append((socket.SOCK_STREAM, settings.desk.host, settings.desk.port, "desk.port", "desk.host"))
    for kind, host, port, name, where in wanted:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                foreign = error.errno == errno.EADDRNOTAVAIL
                setting = where if foreign else name
                way = f"change {setting}"
                mend = (
                    f"{way} to an address of this machine"
                    if foreign
                    else f"stop the program that holds it, or {way}"
                )
                protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
                raise PortInUseError(
                    f"{protocol} port {port} on {host} cannot be used: {error.strerror}",
                    mend=mend,
                    port=port,
                    setting=setting,
                ) from error
