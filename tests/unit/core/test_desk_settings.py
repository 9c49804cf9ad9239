"""Settings of telephones in browsers."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from hotline.core.desk_links import find_broken_desk
from hotline.core.desk_settings import DeskSettings


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({}, "ws://127.0.0.1:8088/ws"),
        ({"host": "0.0.0.0", "port": 9}, "ws://127.0.0.1:9/ws"),  # noqa: S104  # told, not bound
        ({"host": "::"}, "ws://[::1]:8088/ws"),
        ({"host": "fd00::2"}, "ws://[fd00::2]:8088/ws"),
        ({"host": "192.0.2.1", "certificate": "a.pem", "key": "b.pem"}, "wss://192.0.2.1:8088/ws"),
        ({"url": "wss://hotline.example/phone"}, "wss://hotline.example/phone"),
    ],
)
def test_the_address_that_browsers_are_told(told, url) -> None:
    assert DeskSettings.model_validate(told).address == url


@pytest.mark.parametrize(
    "told",
    [
        {"url": "https://hotline.example"},
        {"url": "wss://hotline.example/a b"},
        {"url": "wss://hotline.example; script-src *"},
        {"url": "wss://x\r\nSet-Cookie: a"},
        {"certificate": "a.pem"},
        {"key": "a.pem"},
        {"codecs": []},
        {"codecs": ["g722"]},
        {"host": "hotline.example"},
    ],
)
def test_what_cannot_be_is_refused(told) -> None:
    with pytest.raises(ValidationError):
        DeskSettings.model_validate(told)


def test_a_browser_has_no_fixed_address_and_the_door_a_port_of_its_own() -> None:
    agent = {"number": "1001", "phone": "browser", "address": "192.0.2.7"}
    found = list(find_broken_desk({"agents": [agent], "desk": {"port": 8345}}))
    assert [one.key for one in found] == [("agents", 0, "address"), ("desk", "port")]
    assert list(find_broken_desk({"agents": [{**agent, "phone": "sip"}], "desk": {"port": 8345}})) == []
