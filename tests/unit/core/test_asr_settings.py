"""The engine of speech recognition and its servers, as the file names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.core import config_file
from support.config_text import GOOD, SECRET, Write, problems

LAST = GOOD.count("\n")


def test_the_engine_is_in_the_process_unless_the_file_says_otherwise(write: Write) -> None:
    asr = config_file.load(write(GOOD), environment={}).asr
    assert (asr.engine, asr.model, asr.server.urls) == ("vosk", "mini-cn-synthetic", ())


def test_a_pool_of_servers(write: Write, tmp_path: Path) -> None:
    more = f"""[asr]
engine = "server"
[asr.server]
urls = ["ws://10.0.0.5:2700", "wss://asr.example/cn?x=1", "ws://[::1]:2700"]
token = "{SECRET}"
ca = "ca.pem"
fallback = false
"""
    server = config_file.load(write(GOOD + more), environment={}).asr.server
    assert len(server.urls) == 3
    assert server.ca == tmp_path / "ca.pem"
    assert not server.fallback


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://10.0.0.5:2700", "must be like ws://10.0.0.5:2700 or wss://asr.example"),
        ("ws://", "must be like ws://10.0.0.5:2700 or wss://asr.example"),
        ("ws://user:pass@host", "must not hold a user name or password; set asr.server.token"),
        ("ws://host:0", "must hold neither a # part nor port 0"),
        ("ws://host/#x", "must hold neither a # part nor port 0"),
        ("ws://host:99999", "is no URL: Port out of range 0-65535"),
        ("ws://host/\\r\\nX: 1", "must be printable ASCII characters without a blank or backslash"),
    ],
)
def test_an_address_that_is_none_is_told_with_its_line(write: Write, url: str, told: str) -> None:
    more = f'[asr]\nengine = "server"\nserver.urls = ["{url}"]\n'
    assert problems(write(GOOD + more)) == [f"hotline.toml:{LAST + 3}: asr.server.urls[1]: {told}"]


def test_an_engine_without_what_it_needs_is_told(write: Write) -> None:
    assert problems(write(GOOD + '[asr]\nengine = "server"\n')) == [
        f"hotline.toml:{LAST + 2}: asr.engine: no server is named "
        '(set asr.server.urls, e.g. ["ws://10.0.0.5:2700"])'
    ]
    (line,) = problems(write(GOOD + '[asr]\nengine = "sherpa"\n'))
    assert "asr.model: sherpa has no named models (give the folder of a model, with a /)" in line
