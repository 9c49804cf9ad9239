"""Settings of speech recognition: which engine hears, and where the servers of recognition are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from .setting_types import Secret, Section

_PRINTABLE = re.compile(r"[\x21-\x7e]{1,500}")


def _server_url(url: str) -> str:
    """Return the address of a recognition server unchanged; raises ``ValueError`` saying what is wrong."""
    if not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise ValueError("must be printable ASCII characters without a blank or backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from error
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError("must be like ws://10.0.0.5:2700 or wss://asr.example")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password; set asr.server.token")
    if "#" in url or port == 0:
        raise ValueError("must hold neither a # part nor port 0")
    return url


ServerUrl = Annotated[str, AfterValidator(_server_url)]


class AsrServerSettings(Section):
    """A pool of servers that speak vosk-server's protocol, for ``engine = "server"``."""

    urls: tuple[ServerUrl, ...] = Field(default=(), max_length=64)
    """One address (a balancer) or each server's own; each new stream goes to the one with the fewest."""
    token: Secret | None = None
    """Sent as ``Authorization: Bearer``; in the clear unless the address begins with ``wss``."""
    ca: Path | None = None
    """A file of certificates (PEM) that the servers' own are checked with, besides the machine's."""
    connect_seconds: float = Field(default=3.0, gt=0, le=60)
    answer_seconds: float = Field(default=10.0, ge=1, le=300)
    """A server that owes an answer for so long counts as hung."""
    fallback: bool = True
    """Whether a recording is recognised by the local ``model`` when no server does it."""


class LiveAsrSettings(Section):
    """Recognition while the call goes on (docs/live-speech.md); the transcript after it is apart."""

    enabled: bool = True
    threads: int = Field(default=1, ge=1, le=64)
    """All legs share them; each hears about ten legs that talk, with the demo's model."""
    most_legs: int = Field(default=64, ge=2, le=4000)
    """More at a time are never begun; fewer, when the threads have no time for more."""
    machine_full_percent: int = Field(default=60, ge=10, le=100)
    """Nor when the switch and other programs take so much of the processors; 100: whatever they take.

    A stream is work for the switch as well: two more channels for a call."""


class AsrSettings(Section):
    """Speech recognition, of live calls and of recordings."""

    engine: Literal["vosk", "server", "sherpa"] = "vosk"
    """``vosk``: in this process; ``server``: a pool of servers; ``sherpa``: sherpa-onnx in this process."""
    model: str = "mini-cn-synthetic"
    """A name of ``hotline model list`` or a model's folder (for ``sherpa`` always a folder)."""
    threads: int = Field(default=1, ge=1, le=64)
    server: AsrServerSettings = AsrServerSettings()
    live: LiveAsrSettings = LiveAsrSettings()
