"""Settings of the agents' desk: where browsers reach the switch, how long a lost telephone is waited for."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from .setting_types import Address, Port, Section

PATH = "/ws"
"""Where the switch's WebSocket is, below its host and port."""


class DeskSettings(Section):
    """The switch's door for telephones in browsers, open only when an agent has one."""

    host: Address = "127.0.0.1"
    """Another address than this machine's own only with ``certificate``, or in a network that is trusted."""
    port: Port = 8088
    certificate: Path | None = None
    """PEM, with its chain; with it and ``key`` the door speaks TLS."""
    key: Path | None = None
    url: (
        Annotated[str, StringConstraints(pattern=r"^wss?://[A-Za-z0-9.\[\]:-]{1,260}(/[A-Za-z0-9._/-]*)?$")]
        | None
    ) = None
    """How browsers reach the door, when that is another address than its own: a proxy's."""
    codecs: tuple[Literal["alaw", "ulaw", "opus"], ...] = Field(default=("alaw", "opus"), min_length=1)
    """What browsers speak, the preferred first; opus where the switch has it."""
    lost_seconds: int = Field(default=5, ge=2, le=60)
    """A browser that sends no sound for so long has lost the network."""
    resume_seconds: int = Field(default=30, ge=5, le=300)
    """So long the citizen hears music while a lost telephone is waited for; then the queue follows."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self

    @property
    def address(self) -> str:
        """Return the URL by which a browser reaches the switch's WebSocket."""
        if self.url is not None:
            return self.url
        host = ipaddress.ip_address(self.host)
        shown = ("[::1]" if host.version == 6 else "127.0.0.1") if host.is_unspecified else self.host
        place = f"[{shown}]" if ":" in shown and not shown.startswith("[") else shown
        return f"{'wss' if self.certificate else 'ws'}://{place}:{self.port}{PATH}"
