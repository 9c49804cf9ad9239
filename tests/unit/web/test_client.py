"""What is believed of the other end: addresses from our own proxies only, origins whole."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from hotline.web.client import FRONT, Front, address_of, counted_address, is_same_origin


def asked(front: Front, remote: str = "10.0.0.1", **headers: str) -> Any:
    app = web.Application()
    app[FRONT] = front
    sent = {
        "Host": "hotline.example:8345",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return make_mocked_request("POST", "/", headers=sent, app=app).clone(remote=remote)


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, fe80::1%eth0", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
    ],
)
def test_an_address_is_believed_from_our_own_proxies_only(remote: str, forwarded: str, address: str) -> None:
    front = Front(proxies=("10.0.0.0/24",))
    assert address_of(asked(front, remote, X_Forwarded_For=forwarded)) == address


def test_without_proxies_nothing_is_believed_and_ipv6_is_counted_by_its_network() -> None:
    assert address_of(asked(Front(), "192.0.2.7", X_Forwarded_For="203.0.113.9")) == "192.0.2.7"
    assert counted_address(asked(Front(), "2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::/64"
    assert counted_address(asked(Front(), "::ffff:192.0.2.7")) == "192.0.2.7"


@pytest.mark.parametrize(
    ("public", "origin", "is_own"),
    [
        ("", "http://hotline.example:8345", True),
        ("", "https://hotline.example:8345", True),
        ("", "http://hotline.example", False),
        ("", "http://evil.example@hotline.example:8345", False),
        ("", "ftp://hotline.example:8345", False),
        ("", "null", False),
        ("https://hotline.example", "https://hotline.example", True),
        ("https://hotline.example", "http://hotline.example", False),
        ("https://hotline.example", "https://hotline.example:8345", False),
        ("https://hotline.example", "https://hotline.example.evil.example", False),
    ],
)
def test_an_origin_is_ours_or_not(public: str, origin: str, is_own: bool) -> None:
    assert is_same_origin(asked(Front(public), Origin=origin)) is is_own
