"""How Chinese characters sound, without tones: recognisers write one homophone for another (枫岭 as 丰岭).

The readings of the 6,763 characters of GB 2312 and some rarer ones of names stand in ``syllables.json``
(Unicode's Unihan database, the commonest reading of each); ü is written v.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("syllables.json")
_ALSO = {
    "长": "chang",
    "重": "chong",
    "都": "du",
    "行": "hang",
    "乐": "yue",
    "单": "shan",
    "调": "tiao",
    "朝": "zhao",
}


@cache
def _readings() -> dict[str, str]:
    data: dict[str, str] = json.loads(_DATA.read_text(encoding="utf-8"))
    return {char: syllable for syllable, chars in data.items() for char in chars}


def syllable(char: str) -> str:
    """Return the toneless reading of one character; a character without one stands for itself."""
    return _readings().get(char, char)


def syllables(text: str) -> tuple[str, ...]:
    """Return the readings of a text, one for each character."""
    readings = _readings()
    return tuple(readings.get(char, char) for char in text)


def all_syllables(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the readings of a text; more than one where characters have a second common reading."""
    found: list[tuple[str, ...]] = [()]
    for char in text:
        readings = (syllable(char), _ALSO[char]) if char in _ALSO else (syllable(char),)
        found = [(*before, reading) for before in found for reading in readings]
    return tuple(found)


def sound_alike(first: str, second: str) -> bool:
    """Tell whether two texts sound the same without tones."""
    return len(first) == len(second) and syllables(first) == syllables(second)
