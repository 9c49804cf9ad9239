"""Chinese words and numbers: one jieba dictionary and the rule files, loaded once per process."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

_lock = threading.Lock()
_RULES = Path(__file__).parent / "extract"


@cache
def rules(name: str) -> dict[str, Any]:
    """Read a rule file (``extract/NAME.yaml``) once."""
    return yaml.safe_load((_RULES / f"{name}.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=2048)
def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern of a rule file once."""
    return re.compile(text)


def either(patterns: list[str]) -> re.Pattern[str]:
    """Return one pattern for a list of alternatives."""
    return pattern("|".join(f"(?:{one})" for one in patterns))


@cache
def _cutter() -> Callable[[str], Iterator[str]]:
    import jieba  # noqa: PLC0415  # takes 0.2 s, which no command should pay that needs no words

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba reads a marshalled dictionary back from the shared temporary folder, where anybody could have
    # put another one; building the dictionary anew costs a second once per process and trusts nobody.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer.cut


@cache
def _reader() -> Callable[[str, str], float]:
    import cn2an  # noqa: PLC0415  # as above

    return cn2an.cn2an


def warm_up() -> None:
    """Load the dictionary now; the first call does it otherwise (about a second)."""
    with _lock:
        _cutter()


def segment(text: str) -> Iterator[str]:
    """Cut a text into words; the pieces joined are the text again."""
    warm_up()
    # Beyond this length jieba's route search over one unbroken run is of no use to any rule.
    for start in range(0, len(text), 2000):
        yield from _cutter()(text[start : start + 2000])


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(str(rules("words")["stop"]).split())


def is_stop_word(word: str) -> bool:
    """Tell a function word, which never is part of a proper name."""
    return word in _stop_words()


_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万]+|\d+")
_LOWER_BOUND = re.compile(r"([一二两三四五六七八九])[一二三四五六七八九](?=[十百千万]|$)")


def number(text: str) -> int | None:
    """Read a whole number as said: 二十三, 一百三十二, 六七十 (its lower bound), 二十几, 23; else None."""
    text = text.replace("俩", "二").replace("仨", "三").replace("几", "").replace("来", "").replace("多", "")
    text = _LOWER_BOUND.sub(r"\1", text)
    if not text or not _NUMBER.fullmatch(text):
        return None
    if text.isdigit():
        return int(text) if len(text) <= 9 else None
    try:
        return int(_reader()(text.replace("〇", "零"), "smart"))
    except ValueError:
        return None
