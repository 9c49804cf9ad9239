"""A small menu with every kind of ending, and settings that have its queues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotline.core.settings import Settings

from .asterisk import make_settings

QUEUES: list[dict[str, Any]] = [
    {"name": name, "label": name}
    for name in ("public", "enterprise", "dialect", "foreign", "sign", "frequent")
]

MENU = """\
human: public
menus:
  main:
    prompt: 请按键
    wait_seconds: 1
    tries: 2
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      1: {menu: seats}
      2: {service: hours}
      3: {human: frequent}
      "*": {again: true}
  seats:
    prompt: 请选择座席
    wait_seconds: 1
    tries: 1
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      1: {human: enterprise}
      2: {human: dialect}
      3: {human: foreign}
      4: {human: sign}
      5: {human: frequent}
services:
  hours:
    prompt: 全天服务
    human: public
"""


def make_ivr_settings(folder: Path) -> Settings:
    """Return settings with the queues of ``MENU``, which is written to their menu file."""
    settings = make_settings(folder, queues=QUEUES, agents=[])
    settings.menu.write_text(MENU, encoding="utf-8")
    return settings
