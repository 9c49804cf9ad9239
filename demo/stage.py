"""The demo's own node: a fresh configuration in a folder that is thrown away, on ports that are free."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from ..app.first_files import CONFIG, write_first_files
from ..core import config_file
from ..core.settings import Settings

WRAP_UP_S = 3
RTP_PORTS = 100
_PORTS = (12000, 31000)
"""Below the range from which the kernel gives ports to others."""


def make_settings(folder: Path) -> Settings:
    """Write a new node's files as ``hotline init`` does, and return its settings on free ports.

    Nothing of the environment goes in: a node of the user's own is not to be touched.
    """
    write_first_files(folder)
    settings = config_file.load(folder / CONFIG, environment={})
    phone, trunk, ami, pages = _free(socket.SOCK_DGRAM, 2) + _free(socket.SOCK_STREAM, 2)
    rtp = _free_range(RTP_PORTS)
    ports = {
        "bind": "127.0.0.1",
        "phone_port": phone,
        "trunk_port": trunk,
        "ami_port": ami,
        "rtp_first": rtp,
        "rtp_last": rtp + RTP_PORTS - 1,
        "max_calls": RTP_PORTS // 4,
    }
    return settings.model_copy(
        update={
            "asterisk": settings.asterisk.model_copy(update=ports),
            "web": settings.web.model_copy(update={"host": "127.0.0.1", "port": pages}),
            "agents_work": settings.agents_work.model_copy(update={"wrap_up_seconds": WRAP_UP_S}),
        }
    )


def _is_free(kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free(kind: socket.SocketKind, count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(*_PORTS)  # noqa: S311  # no secret
        if _is_free(kind, port):
            found.add(port)
    return list(found)


def _free_range(count: int) -> int:
    while True:
        first = random.randrange(*_PORTS, 2)  # noqa: S311  # no secret
        if all(_is_free(socket.SOCK_DGRAM, port) for port in range(first, first + count)):
            return first
