"""A good configuration file for tests that spoil it, and what is told of a bad one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.core import config_file
from hotline.core.config_file import ConfigFileError

Write = Callable[[str], Path]

SECRET = "abcdefghijklmnop0123456789"

GOOD = f"""\
[asterisk]
ami_event_secret = "{SECRET}"
ami_action_secret = "{SECRET}"

[web]
token = "{SECRET}"

[[queues]]
name = "public"
label = "综合受理"

[[queues]]
name = "enterprise"
label = "涉企专席"
overflow = "public"

[[agents]]
number = "1001"
name = "王芳"
secret = "{SECRET}"
queues = [
    "public",
    "enterprise",
]
"""


def problems(path: Path, environment: dict[str, str] | None = None) -> list[str]:
    """Return the lines that are told of a file that is refused."""
    with pytest.raises(ConfigFileError) as caught:
        config_file.load(path, environment=environment or {})
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.problems)
    return [line.removeprefix(f"{path.parent}{os.sep}") for line in lines]
