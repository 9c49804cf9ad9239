"""Finds words that lead a citizen to an answer (R-CB-4; GB 7.5, BJ 5.4.4). Pure but for its list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from ..model import LEVELS

_SPACES = re.compile(r"[\s，,、；;：:\"“”]+")
_ENDS = re.compile(r"([\u4e00-\u9fff]+)[？?。！!]")


def leading(text: str) -> str | None:
    """Return the first part of a prompt that expects an answer, None when it is neutral."""
    lists, folded = _lists(), _SPACES.sub("", text)
    if word := next((word for word in lists["words"] if word in folded), None):
        return word
    for sentence in _ENDS.findall(text):
        if tail := next((tail for tail in lists["tails"] if sentence.endswith(tail)), None):
            return f"…{tail}"
    return None


def one_sided(text: str, levels: int) -> bool:
    """Tell whether a question names some levels and not the others; 是否满意 is neutral."""
    folded = _SPACES.sub("", text)
    for phrase in _lists()["neutral"]:
        folded = folded.replace(phrase, "　")
    named = [level for level in sorted(LEVELS[levels], key=len, reverse=True) if _takes(folded, level)]
    for level in sorted(LEVELS[levels], key=len, reverse=True):
        folded = folded.replace(level, "　")
    return "满意" in folded or len(named) not in (0, levels)


def _takes(text: str, level: str) -> bool:
    """Tell whether a level is named as itself, and not only inside a longer one."""
    rest = text
    for longer in sorted(
        (name for name in LEVELS[5] if level in name and name != level), key=len, reverse=True
    ):
        rest = rest.replace(longer, "　")
    return level in rest


@cache
def _lists() -> Mapping[str, Sequence[str]]:
    data = yaml.safe_load(Path(__file__).with_name("leading.yaml").read_text(encoding="utf-8"))
    return {name: tuple(sorted(words, key=len, reverse=True)) for name, words in data.items()}
