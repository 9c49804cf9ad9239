"""Which of a dialogue's reasons somebody names for not being satisfied (R-CB-3). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ..model import UNCLEAR
from .reading import Reading
from .text import load, plain
from .yes_no import Judged

_NOT_THAT = re.compile("(?:不是|不关|跟|并非|倒不是|不在于|不怪|没有说)(?:因为|说|他们?|你们?|工作人员|的)*$")
_ALL_FINE = re.compile("^(?:都|也|倒)?(?:还)?(?:挺|很|蛮)?(?:可以|好|行|不错)")


def reason(reading: Reading, reasons: Mapping[str, Sequence[str]]) -> Judged:
    """Return the choice that is named first; ``reasons`` has the words of each choice."""
    text = reading.text
    found: list[tuple[int, str]] = []
    for choice, words in reasons.items():
        for match in _heard_by(choice, tuple(words)).finditer(text):
            before, behind = text[: match.start()], text[match.end() :]
            if not _NOT_THAT.search(before) and not _ALL_FINE.match(behind):
                found.append((match.start(), choice))
                break
    if not found:
        return UNCLEAR, 0.3
    return min(found)[1], 0.9 if len(found) == 1 else 0.75


@lru_cache(maxsize=64)
def _heard_by(choice: str, words: tuple[str, ...]) -> re.Pattern[str]:
    own = [re.escape(plain(word)) for word in words]
    known = load("reasons").get(choice)
    return re.compile("|".join([*own, *([known] if known else [])]) or "(?!)")
