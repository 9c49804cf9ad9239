"""Where a webhook may go: checks of a target's URL, and of the addresses that its name stands for."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_LONGEST = 500
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_NUMERIC_NAME = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*")
"""What some resolvers read as an address although it is not written as one: ``2130706433``, ``0x7f.1``."""

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset(ipaddress.ip_address(one) for one in ("100.100.100.200", "fd00:ec2::254"))
"""Metadata services that are not link-local: Alibaba Cloud's, and Amazon's by IPv6."""


def checked_url(url: str) -> str:
    """Return a target's URL unchanged; raises ``ValueError`` saying what is wrong with it.

    ``https`` anywhere; plain ``http`` only to an address of this machine or of a private network. No user
    name or password in it, no fragment, and no address that ``is_forbidden``.
    """
    if len(url) > _LONGEST or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise ValueError(f"must be at most {_LONGEST} printable ASCII characters without a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from error
    if parts.scheme not in ("https", "http"):
        raise ValueError("must begin with https://")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ValueError("must not hold a user name or password; the signature proves who sends")
    if parts.fragment or "#" in url:
        raise ValueError("must not hold a # part")
    if port == 0:
        raise ValueError("port 0 cannot be called")
    host = parts.hostname or ""
    address = _address(host)
    if address is None and (not _NAME.fullmatch(host) or _NUMERIC_NAME.fullmatch(host)):
        raise ValueError("has no host name or address")
    if address is not None and is_forbidden(address):
        raise ValueError(f"{address} is an address that nothing may be sent to")
    if parts.scheme == "http" and not _is_near(host, address):
        raise ValueError("plain http only goes to an address of this machine or a private network; use https")
    return url


def is_forbidden(address: Ip) -> bool:
    """Tell whether no webhook goes to an address, such as the metadata service of a cloud."""
    if isinstance(address, ipaddress.IPv6Address) and (inner := address.ipv4_mapped or address.sixtofour):
        return is_forbidden(inner)
    return (
        address in _METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
    )


def _address(host: str) -> Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_near(host: str, address: Ip | None) -> bool:
    return host == "localhost" or (address is not None and address.is_private)
