"""Steps of the menus' dialplan that more than one part writes; what goes in is checked here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .model import NAME

PLACEHOLDER = "@version@"
"""Stands for the version until the content is known that it is made from."""
NOW = "${STRFTIME(,,%s%3q)}"
"""Milliseconds since 1970."""
MS = f"$[{NOW} - ${{HL_AT}}]"
"""Milliseconds since the menu began."""

_LABEL = re.compile(r"\([a-z]+\)")


def mark(name: str, *values: str) -> str:
    """Return the step that writes a mark of the citizen's channel."""
    return f"Gosub(hotline-mark,s,1({name},{'&'.join(values)}))"


def to_human(queue: str, why: str) -> list[str]:
    """Return the steps to a human of a queue."""
    return [f"Set(HL_WHY={why})", f"Goto(hotline-human,{safe(queue, NAME)},1)"]


def extension(name: str, steps: Sequence[str]) -> list[str]:
    """Return the lines of an extension; a step may begin with its ``(label)``."""
    lines = [f"exten => {name},1,{steps[0]}"]
    for step in steps[1:]:
        label = _LABEL.match(step)
        shown = label[0] if label else ""
        lines.append(f" same => n{shown},{step.removeprefix(shown)}")
    return lines


def context(name: str) -> str:
    """Return the name of a menu's or a service's context."""
    return f"ivr-{PLACEHOLDER}-{name}"


def safe(value: str, pattern: re.Pattern[str]) -> str:
    """Return a value that matches; raises ``ValueError`` for what may not go into the dialplan."""
    if not pattern.fullmatch(value):
        raise ValueError(f"may not go into the dialplan: {value!r}")
    return value
