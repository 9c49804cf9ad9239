"""One way of writing for what people say: dialect, like sounds and stammering made alike. Pure.

Blanks mean nothing, because recognisers put them between words; punctuation, where there is any, becomes
``，`` or ``？`` and only ever helps.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ...core.pinyin import syllables

STOP, ASK = "，", "？"
LONGEST = 400
"""Nobody answers a question in more characters; what is behind them is not read."""
_PUNCTUATION = re.compile(r"[,。.、；;：:…!\-—~～\"'“”‘’()()【】《》<>\[\]{}|/\\*#@&^_+=`·□]+")
_BLANKS = re.compile(r"\s+")
_HESITATION = re.compile(r"[嗯啊呃额哦]+(?:…|\.{2,}|。{2,})+")
_STOPS = re.compile("，*？[，？]*|，+")


@cache
def load(name: str) -> Any:
    """Return a data file of this folder (``NAME.yaml``), read once."""
    return yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def _rewrites() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern), to) for pattern, to in load("variants")["rewrites"]]


@cache
def _traditional() -> dict[int, str]:
    return {ord(pair[0]): pair[1:] for pair in load("variants")["traditional"].split()}


@cache
def _sounds() -> list[tuple[str, tuple[str, ...], re.Pattern[str]]]:
    return [
        (entry["word"], syllables(entry["word"]), re.compile(entry["not"] or "(?!)"))
        for entry in load("variants")["sounds"]
    ]


def plain(text: str) -> str:
    """Return a text as it is read: no blanks, one form of each word, ``，`` where a pause is written."""
    text = _HESITATION.sub(STOP, unicodedata.normalize("NFKC", text).lower()[:LONGEST])
    text = _PUNCTUATION.sub(STOP, text).replace("?", ASK).replace(",", STOP)
    text = re.sub(r"(?<=[a-z])\s+(?=[a-z])", "\x00", text)
    text = _BLANKS.sub("", text).replace("\x00", " ").translate(_traditional())
    text = _by_sound(text)
    for pattern, to in _rewrites():
        text = pattern.sub(to, text)
    return _STOPS.sub(lambda stop: ASK if ASK in stop.group() else STOP, text).strip(STOP)


def _by_sound(text: str) -> str:
    """Write the words that matter where their sounds stand: 慢意 is 满意, 练习我 is 联系我."""
    for word, sounds, other in _sounds():
        read = syllables(text)
        width = len(word)
        for at in range(len(text) - width + 1):
            if (
                read[at : at + width] == sounds
                and text[at : at + width] != word
                and not other.match(text, at + width)
            ):
                text = text[:at] + word + text[at + width :]
    return text
