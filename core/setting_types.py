"""The kinds of single values that ``hotline.toml`` is made of, each with its check."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
"""A name that goes into Asterisk's files: lower-case letters, digits, ``-`` and ``_``."""
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
NumberPattern = Annotated[
    str, StringConstraints(pattern=r"^([0-9XZN]|\[[0-9](-[0-9])?([0-9](-[0-9])?)*\]){7,20}$")
]
"""Telephone numbers of one length: digits, X (0-9), Z (1-9), N (2-9) and sets such as ``[3-9]``."""
Secret = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,128}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Label = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029$;\[\]|,\"\\]+$"
    ),
]
"""Text shown to people; no control character nor a sign that a configuration file would read."""

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise ValueError(
            f"{text[:60]!r} is no address; take one of this machine, or 0.0.0.0 for all"
        ) from error
    return text


def _host(text: str) -> str:
    if ":" not in text and _HOST.fullmatch(text):
        return text
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise ValueError(f"{text[:60]!r} is no host name or address") from error
    return text


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return _host(text)
    return text


Address = Annotated[str, AfterValidator(_address)]
"""An address to listen at; names are refused, they may change."""
Host = Annotated[str, AfterValidator(_host)]
Network = Annotated[str, AfterValidator(_network)]
"""An address, a network such as ``192.0.2.0/28``, or a host name."""


class Section(BaseModel):
    """A part of the file: no unknown key, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
