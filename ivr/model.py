"""A voice menu as data: what a caller hears, and where every key leads (GB 7.1, GB 4).

The shapes here hold what a file says, with the line it says it in; whether that is allowed is
``ivr/check.py``'s business, and only a checked menu is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .greeting import DEFAULT_TEXTS

DIGITS = "0123456789*#"
"""The keys of a telephone."""

MENU, ZERO_LEVEL = "menu", "zero_level"
MODES = (MENU, ZERO_LEVEL)
"""``menu``: greeting and menu; ``zero_level``: greeting and straight to a human (GB/T 33358)."""

NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
"""A name of a menu, service or queue as it may stand in Asterisk's files."""

WAIT_SECONDS = 5
TRIES = 2
VOICE_WAIT_SECONDS = 3


@dataclass(frozen=True)
class Human:
    """The path ends at a human of a queue."""

    queue: str
    line: int


@dataclass(frozen=True)
class OpenMenu:
    """The path goes on in another menu."""

    menu: str
    line: int


@dataclass(frozen=True)
class SelfService:
    """The path ends at a self-service, after which 0 still reaches a human."""

    service: str
    line: int


@dataclass(frozen=True)
class Again:
    """The menu is read out again; it counts as a try, so that the path still ends."""

    line: int


Target = Human | OpenMenu | SelfService | Again
Spoken = Human | OpenMenu | SelfService
"""Where a spoken word may lead."""


@dataclass(frozen=True)
class Menu:
    """One menu: its prompt, its keys, and what happens without a valid key."""

    name: str
    text: str
    keys: Mapping[str, Target]
    on_timeout: Human
    on_invalid: Human
    wait_seconds: int
    """Silence after the prompt that counts as no answer."""
    tries: int
    """How often the menu is read out before the caller is put through to a human."""
    line: int


@dataclass(frozen=True)
class Service:
    """A self-service: a text that answers a frequent question; 0 leads to ``queue`` at any moment."""

    name: str
    text: str
    queue: str
    line: int


@dataclass(frozen=True)
class Voice:
    """The question before the start menu: what the citizen says leads somewhere by its words (R-IVR-4)."""

    text: str
    words: Mapping[str, Spoken]
    """In the order of the file."""
    wait_seconds: int
    """Silence after the question that counts as no answer; then the keys follow."""
    line: int


@dataclass(frozen=True)
class MenuFile:
    """A whole menu file; ``greeting`` holds a text for each of ``greeting.KINDS`` (R-IVR-5)."""

    mode: str
    start: str
    queue: str
    """The queue of zero-level mode, and of whatever names none."""
    greeting: Mapping[str, str]
    menus: Mapping[str, Menu]
    services: Mapping[str, Service]
    lines: Mapping[str, int]
    """Where the top-level keys stand, and each prompt by its name (``menu-main``), for messages."""
    voice: Voice | None = None

    def greeting_text(self, kind: str) -> str:
        """Return the opening words of a kind of day."""
        return self.greeting.get(kind, DEFAULT_TEXTS[kind])
