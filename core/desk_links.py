"""Checks what a configuration says of telephones in browsers, against its other parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .config_tables import BrokenLink, section, tables
from .desk_settings import DeskSettings


def find_broken_desk(data: dict[str, Any]) -> Iterator[BrokenLink]:
    """Give every broken link of ``[desk]`` and of agents with ``phone = "browser"``."""
    browsers = False
    for index, agent in tables(data, "agents"):
        if agent.get("phone") != "browser":
            continue
        browsers = True
        if agent.get("address"):
            mend = "take the address out: a browser signs in by itself"
            yield BrokenLink(("agents", index, "address"), "a browser has no fixed address", mend)
    port = section(data, "desk").get("port", DeskSettings.model_fields["port"].default)
    for part, name, default in (("web", "port", 8345), ("asterisk", "ami_port", 5038)):
        if browsers and section(data, part).get(name, default) == port:
            yield BrokenLink(("desk", "port"), f"port {port} is {part}.{name} too", "give each its own port")
