"""Writes the files of a new node: configuration with secrets of its own, voice menu, prompts folder."""

from __future__ import annotations

import os
import secrets
import string
from collections.abc import Callable
from pathlib import Path

from ..core.config_template import new_config
from ..core.errors import HotlineError
from ..ivr.check import DEFAULT_MENU

_LETTERS = string.ascii_letters + string.digits

CONFIG, MENU, PROMPTS_README = "hotline.toml", "menu.yaml", "prompts/README.md"
POSTGRES_PASSWORD = "postgres-password"  # noqa: S105  # a file's name
"""Read by ``docker/compose.yaml`` only: the password of the PostgreSQL that it starts."""

_README = """\
# 人工录音 Recorded prompts

把录音放在这里，文件名与菜单或语音服务同名（例如 `menu-main.wav`），它就替换合成语音。
A recording here replaces the synthesised voice of the menu or service of the same name: `menu-main.wav`
is heard instead of the text of the menu `main`.

- WAV, 8 kHz or 16 kHz, 16 bit, mono.
- `hotline ivr apply` takes it over; calls in progress go on undisturbed.
"""


class FilesExistError(HotlineError):
    """The folder holds a configuration already; nothing is ever overwritten."""

    error_id = "init.exists"
    status = 409


def make_secret() -> str:
    """Return a secret of 190 random bits in letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(32))


def write_first_files(folder: Path, *, make_secret: Callable[[], str] = make_secret) -> list[Path]:
    """Write what is not there yet and return it; raises ``FilesExistError`` when there is a configuration.

    What holds a secret is created with mode 0600: it is never readable by others, not even for a moment.
    """
    config = folder / CONFIG
    if config.exists():
        raise FilesExistError(
            f"{config} exists and is left as it is", mend="name another folder, or edit that file"
        )
    files = (
        (MENU, DEFAULT_MENU.read_text(encoding="utf-8"), 0o644),
        (PROMPTS_README, _README, 0o644),
        (POSTGRES_PASSWORD, make_secret(), 0o600),
    )
    written: list[Path] = []
    for name, text, mode in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path, text, mode)
            written.append(path)
    _create(config, new_config(make_secret), 0o600)  # last: with it the folder is complete
    return [config, *written]


def _create(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
