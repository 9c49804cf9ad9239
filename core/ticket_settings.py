"""The settings of draft tickets: who makes them, and the model server that may be asked (``[tickets]``)."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from .setting_types import Section
from .webhook_url import checked_url


class ModelServerSettings(Section):
    """A server of the OpenAI chat protocol that drafts; without ``url`` the rules draft alone."""

    url: Annotated[str, StringConstraints(max_length=500)] = ""
    """The base, such as ``http://127.0.0.1:8000/v1``; ``/chat/completions`` is added."""
    name: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{0,100}$")] = ""
    """The model's name, as the server calls it."""
    key: Annotated[str, StringConstraints(pattern=r"^([\x21-\x7e]{8,500})?$")] = ""
    """What the server knows us by, from its operator; most servers on this machine want none."""
    timeout_s: float = Field(default=20.0, ge=1, le=120)
    """For everything, from the connection to the last byte of the answer."""
    every_s: float = Field(default=10.0, ge=1, le=600)
    """In a call in progress the server is asked at most so often, and once more at its end."""
    at_once: int = Field(default=2, ge=1, le=64)
    """So many requests at a time; a draft that would be one more is the rules'."""
    mask: bool = True
    """Whether numbers and names are replaced by placeholders before anything is sent."""
    plain_http: bool = False
    """Whether what is sent may go to another machine unencrypted."""

    @model_validator(mode="after")
    def _can_be_asked(self) -> ModelServerSettings:
        if self.url:
            _check(self.url, plain_http=self.plain_http)
            if not self.name:
                raise ValueError("url needs name, the model's name as the server calls it")
        return self

    @property
    def is_here(self) -> bool:
        """Tell whether the server is on this machine."""
        return is_loopback(urlsplit(self.url).hostname or "")


class RepeatSettings(Section):
    """When a caller or a matter counts as told again (R-R-4)."""

    caller_days: int = Field(default=30, ge=1, le=366)
    """The window in which the calls of one number are counted (一人多诉)."""
    caller_from: int = Field(default=2, ge=2, le=100)
    """From this call on in the window the agent is told."""
    watch_from: int = Field(default=5, ge=2, le=1000)
    """From this call on in the window the number is on the watch list (重点关注)."""
    place_days: int = Field(default=7, ge=1, le=90)
    """The window in which independent callers on one matter and place are counted (多人同诉)."""


class TicketSettings(Section):
    """Draft tickets."""

    model: ModelServerSettings = ModelServerSettings()
    repeats: RepeatSettings = RepeatSettings()


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check(url: str, *, plain_http: bool) -> None:
    """Refuse what is no base of a server, and plain http to another machine that was not allowed."""
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in ("http", "https"):
        raise ValueError("url must begin with https:// (or http:// on this machine)")
    if "?" in url:
        raise ValueError("url must not hold a ? part")
    checked_url(f"https://{rest}")
    host = urlsplit(url).hostname or ""
    if scheme.lower() == "http" and not plain_http and not is_loopback(host):
        raise ValueError(
            "plain http only goes to this machine; use https, or plain_http = true in a safe network"
        )
