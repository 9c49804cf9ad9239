"""Chinese words and numbers: one jieba dictionary and the rule files, loaded once per process."""

from __future__ import annotations

import json
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


@cache
def counted(name: str) -> dict[str, Any]:
    """Read a table counted from labelled calls (``extract/NAME.json``) once."""
    return json.loads((_RULES / f"{name}.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=2048)
def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern of a rule file once."""
    return re.compile(text)


def either(patterns: list[str]) -> re.Pattern[str]:
    """Return one pattern for a list of alternatives."""
    return pattern("|".join(f"(?:{one})" for one in patterns))


@cache
def _tokenizer() -> Any:
    import jieba  # noqa: PLC0415  # takes 0.2 s, which no command should pay that needs no words

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba reads a marshalled dictionary back from the shared temporary folder, where anybody could have
    # put another one; building the dictionary anew costs a second once per process and trusts nobody.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for word in _local:
        tokenizer.add_word(word)
    return tokenizer


_local: tuple[str, ...] = ()


def local_words() -> tuple[str, ...]:
    """Return the site's own names (``local_words.py``)."""
    return _local


def use_local(names: tuple[str, ...]) -> None:
    """Take the site's own names into the dictionary, in the place of those before."""
    global _local  # noqa: PLW0603  # one dictionary for each process
    with _lock:
        _local = names
        _tokenizer.cache_clear()


def _frequencies() -> dict[str, int]:
    warm_up()
    return _tokenizer().FREQ


def is_common_word(word: str) -> bool:
    """Tell whether jieba's dictionary holds a word (so that 白天 is not taken for a person)."""
    return bool(_frequencies().get(word))


@cache
def _reader() -> Callable[[str, str], Any]:
    import cn2an  # noqa: PLC0415  # as above

    return cn2an.cn2an


def warm_up() -> None:
    """Load the dictionary now; the first call does it otherwise (about a second)."""
    with _lock:
        _tokenizer()


def segment(text: str) -> Iterator[str]:
    """Cut a text into words; the pieces joined are the text again."""
    warm_up()
    # Beyond this length jieba's route search over one unbroken run is of no use to any rule.
    for start in range(0, len(text), 2000):
        yield from _tokenizer().cut(text[start : start + 2000])


def pairs(text: str) -> dict[str, None]:
    """Return the pairs of neighbouring characters of a text, each once and in its order."""
    return dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1))


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(str(rules("words")["stop"]).split())


@cache
def _verbs() -> frozenset[str]:
    return frozenset(str(rules("words")["verbs"]).split())


_ASPECTS = frozenset("过了着的得")


def ends_a_name(word: str) -> bool:
    """Tell a function word or a word of doing, neither of which is part of a place's or body's name."""
    return word in _stop_words() or word in _verbs() or (1 < len(word) < 4 and word[-1] in _ASPECTS)


def is_stop_word(word: str) -> bool:
    """Tell a function word, which never is part of a proper name."""
    return word in _stop_words()


_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万]{1,16}|\d{1,9}")
_UNITS = re.compile("[十百千万]")
_LOWER_BOUND = re.compile(r"(?:(一)二|([二两])三|(三)四|(四)五|(五)六|(六)七|(七)八|(八)九)(?=[十百千万]|$)")


def number(text: str) -> int | None:
    """Read a whole number as said: 二十三, 一百三十二, 六七十 (its lower bound), 二十几, 23; else None."""
    text = text.replace("俩", "二").replace("仨", "三").replace("几", "").replace("来", "").replace("多", "")
    text = _LOWER_BOUND.sub(lambda pair: pair.group()[0], text)
    if not text or not _NUMBER.fullmatch(text):
        return None
    if text.isascii():
        return int(text)
    if len(text) > 1 and not _UNITS.search(text):
        return None
    try:
        return int(_reader()(text.replace("〇", "零"), "smart"))
    except (ValueError, LookupError):  # cn2an looks for a digit that 零十二 lacks
        return None
