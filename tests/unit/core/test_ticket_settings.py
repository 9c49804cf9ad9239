from __future__ import annotations

import pytest
from pydantic import ValidationError

from hotline.core.config_environment import read_environment
from hotline.core.ticket_settings import ModelServerSettings, TicketSettings


def test_without_a_url_the_rules_draft_alone() -> None:
    assert TicketSettings().model.url == ""
    assert TicketSettings().model.key == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "http://localhost:8000/v1",
        "http://[::1]:8000/v1/",
        "https://models.example/v1",
        "https://192.0.2.7:8443/v1",
    ],
)
def test_https_anywhere_and_plain_http_on_this_machine(url: str) -> None:
    assert ModelServerSettings(url=url, name="m").url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.1.7:8000/v1",
        "http://models.example/v1",
        "ftp://models.example/v1",
        "file:///etc/passwd",
        "//models.example/v1",
        "models.example/v1",
        "https://user:word@models.example/v1",
        "https://models.example/v1?key=1",
        "https://models.example/v1#a",
        "https://169.254.169.254/v1",
        "https://2130706433/v1",
        "http://127.0.0.1.models.example/v1",
        "http://localhost@models.example/v1",
        "https://models.example\\@here/v1",
        "https://models.example/v1\r\nX: 1",
        "https://模型.example/v1",
    ],
)
def test_no_other_place_is_asked(url: str) -> None:
    with pytest.raises(ValidationError):
        ModelServerSettings(url=url, name="m")


def test_plain_http_elsewhere_when_it_is_allowed() -> None:
    allowed = ModelServerSettings(url="http://models.example:8000/v1", name="m", plain_http=True)
    assert not allowed.is_here
    with pytest.raises(ValidationError):
        ModelServerSettings(url="http://169.254.169.254/v1", name="m", plain_http=True)


def test_a_server_needs_its_models_name() -> None:
    with pytest.raises(ValidationError, match="name"):
        ModelServerSettings(url="https://models.example/v1")


@pytest.mark.parametrize("key", ["short", "with blank", "with\nbreak-in-it", "schlüssel-mit-ü"])
def test_a_key_goes_into_a_header_and_nowhere_else(key: str) -> None:
    with pytest.raises(ValidationError):
        ModelServerSettings(key=key)


def test_the_environment_can_hold_the_key() -> None:
    read = read_environment({"HOTLINE_TICKETS__MODEL__KEY": "sk-12345678"})
    assert not read.refused
    data: dict[str, object] = {}
    read.apply(data)
    assert data == {"tickets": {"model": {"key": "sk-12345678"}}}
