"""What is known of the browser or program at the other end: its address, its page, whether TLS is between."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via", "Origin")


@dataclass(frozen=True)
class Front:
    """How the pages are reached from outside: by which address, through which proxies."""

    public_url: str = ""
    """Such as ``https://hotline.example.gov.cn``; "" when browsers come straight to us."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks whose ``X-Forwarded-For`` is believed."""

    @property
    def is_tls(self) -> bool:
        """Tell whether people come by TLS."""
        return self.public_url.startswith("https://")


FRONT: web.AppKey[Front] = web.AppKey("front", Front)


def is_secure(request: web.Request) -> bool:
    """Tell whether the browser speaks TLS, with us or with the proxy before us."""
    return request.secure or request.app[FRONT].is_tls


def public_origin(request: web.Request) -> str:
    """Return the origin under which the browser knows us."""
    return request.app[FRONT].public_url or f"{request.scheme}://{request.host}"


def is_same_origin(request: web.Request) -> bool:
    """Tell whether a changing request comes from our own page (against CSRF)."""
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    front = request.app[FRONT]
    if front.public_url:
        return origin in (front.public_url, f"{request.scheme}://{request.host}")
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc == request.host


def comes_from_elsewhere(request: web.Request) -> bool:
    """Tell whether a browser says that another site's page sends this."""
    return "Origin" in request.headers and not is_same_origin(request)


def address_of(request: web.Request) -> str:
    """Return the client's address: what the nearest proxy that we know says, else the other end."""
    address = request.remote or ""
    proxies = request.app[FRONT].proxies
    if not _is_in(address, proxies):
        return address
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")]
    for hop in reversed(hops):
        if not _is_address(hop):
            return address
        address = hop
        if not _is_in(hop, proxies):
            break
    return address


def counted_address(request: web.Request) -> str:
    """Return what failures are counted by: an IPv6 client has a whole /64 to itself."""
    address = address_of(request)
    if ":" in address and _is_address(address):
        one = ipaddress.IPv6Address(address)
        return str(one.ipv4_mapped or ipaddress.ip_network(f"{one}/64", strict=False))
    return address


def is_of_this_machine(request: web.Request) -> bool:
    """Tell whether a program of this machine asks for itself: not by a proxy, nor for a web page."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = request.url.host or ""
    return _is_loopback(request.remote or "") and (host == "localhost" or _is_loopback(host))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _is_in(address: str, networks: Sequence[str]) -> bool:
    if not networks or not _is_address(address):
        return False
    one = ipaddress.ip_address(address)
    one = getattr(one, "ipv4_mapped", None) or one
    return any(one in ipaddress.ip_network(network, strict=False) for network in networks)


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
