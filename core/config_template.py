"""Writes the text of a new ``hotline.toml``: commented, with secrets of its own, ready to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FILE = "hotline.toml.j2"


@dataclass(frozen=True)
class _Queue:
    name: str
    label: str
    overflow: str = ""
    max_wait_seconds: int = 0


@dataclass(frozen=True)
class _Agent:
    number: str
    name: str
    queues: tuple[str, ...]


QUEUES = (
    _Queue("public", "综合受理"),
    _Queue("enterprise", "涉企专席", "public", 30),
    _Queue("dialect", "方言专席", "public", 30),
    _Queue("foreign", "外语专席", "public", 30),
    _Queue("sign", "手语视频专席", "public", 30),
    _Queue("frequent", "高频事项专席", "public", 30),
)
"""The seats that GB/T 33358 names (R-IVR-3); the special ones fall back on the general one (R-IVR-1)."""

AGENTS = (
    _Agent("1001", "王芳", ("public", "enterprise")),
    _Agent("1002", "李强", ("public", "frequent", "dialect")),
    _Agent("1003", "赵敏", ("public", "foreign", "sign")),
)


def new_config(make_secret: Callable[[], str]) -> str:
    """Return the text of a new configuration; ``make_secret`` is asked once for each secret."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # TOML is written, from constants and generated secrets only
    )
    template = environment.get_template(_FILE)
    return template.render(secret=make_secret, queues=QUEUES, agents=AGENTS)
