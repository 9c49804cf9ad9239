"""Homophones that a recogniser wrote for a word known to be meant: 热利公司, 右儿园, 撒耳图区.

Put right are the words of ``homophones.yaml``, the names of administrative divisions and the site's own, and
what the other side said with other characters (an agent reads addresses back). The text keeps its length,
so that offsets stay true; evidence quotes the literal words, never these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from ..core.pinyin import all_syllables, syllables
from .divisions import districts
from .words import is_common_word, local_words, rules, segment

Sounds = tuple[str, ...]
LONGEST = 8
HEARD_FROM, HEARD_TO = 3, 6
"""How many characters in a row must sound alike before the other side's spelling is taken."""

_RUN = re.compile(r"[\u4e00-\u9fff](?:\s*[\u4e00-\u9fff])+")
_NUMERALS = frozenset("零〇一二两三四五六七八九十百千万几")
_ADDRESS = re.compile(
    "街道|[路街镇乡村巷桥苑园里坊]|小区|社区|大道|花园|家园"
    "|物业|快递|速运|物流|公司|集团|置业|地产|科技|建筑|劳务|酒店|宾馆|超市|商行|口腔|健身|教育|幼儿园|[中小]学|医院|驾校"
)
_COMMON = frozenset(
    "的了是在我你您他她它们这那哪个就都也还又再不没别有说讲要去来给把被让叫从到跟和人大小上下好多谁过或按及与而等着于以为很太最更吧吗呢啊报"
)
"""Characters of two that are words of their own, whatever they sound like (他调 is no 塔吊)."""
_SUFFIXES = frozenset("省市区县旗镇乡村路街巷道号楼栋幢室")
"""What ends a name of the address is not part of a word behind it (三合镇索禾滩村)."""


@cache
def _known() -> Mapping[Sounds, str]:
    """Return the words that are put right, by sound; those that two share are left out."""
    found: dict[Sounds, set[str]] = {}
    for word in (*str(rules("homophones")["words"]).split(), *_trades(), *districts(), *local_words()):
        if len(word) <= LONGEST:
            for sounds in all_syllables(word):
                found.setdefault(sounds, set()).add(word)
    return {sound: words.pop() for sound, words in found.items() if len(words) == 1}


def _trades() -> Iterator[str]:
    """Give the words for bodies and for those who work there; shorter ones are parts of many a name."""
    data = rules("parties")
    for word in (*"|".join(data["bodies"]).split("|"), *data["people"]):
        if len(word) > 2:
            yield word


def forget() -> None:
    """Read the known words anew at the next text: the site's own have changed."""
    _known.cache_clear()


def heard(texts: Iterable[str]) -> dict[Sounds, str]:
    """Return what was said in these texts, by sound, in pieces of three to six characters."""
    found: dict[Sounds, str] = {}
    for text in texts:
        for _, run in _runs(text):
            sounds = syllables(run)
            for size in range(HEARD_FROM, HEARD_TO + 1):
                for start in range(len(run) - size + 1):
                    found.setdefault(sounds[start : start + size], run[start : start + size])
    return found


def mend(text: str, other: Mapping[Sounds, str]) -> str:
    """Return the text, as long as it was, with such homophones replaced; ``other`` is of ``heard``."""
    chars = list(text)
    for offsets, run in _runs(text):
        for start, word in _replacements(run, other):
            for i, char in enumerate(word):
                chars[offsets[start + i]] = char
    return "".join(chars)


def _runs(text: str) -> Iterator[tuple[list[int], str]]:
    """Give the stretches of Chinese characters, blanks left out, with their offsets."""
    for match in _RUN.finditer(text):
        offsets = [i for i in range(match.start(), match.end()) if not text[i].isspace()]
        yield offsets, "".join(text[i] for i in offsets)


def _replacements(run: str, other: Mapping[Sounds, str]) -> Iterator[tuple[int, str]]:
    sounds = syllables(run)
    known = _known()
    inside: list[bool] | None = None
    start = 0
    while start < len(run):
        taken = 1
        for size in range(min(LONGEST, len(run) - start), 1, -1):
            key = sounds[start : start + size]
            word, was = known.get(key), run[start : start + size]
            if word is None and size <= HEARD_TO:
                word = other.get(key)
            if word is None:
                continue
            if word != was:
                inside = _borders(run) if inside is None else inside
                if not _may(run, inside, start, word, fixed=key in known):
                    continue
                yield start, word
            taken = size
            break
        start += taken


def _borders(run: str) -> list[bool]:
    """Return for each place between characters whether a word of the dictionary lies across it."""
    across = [False] * (len(run) + 1)
    at = 0
    for word in segment(run):
        if len(word) > 1 and is_common_word(word):
            for i in range(at + 1, at + len(word)):
                across[i] = True
        at += len(word)
    return across


def _may(run: str, across: list[bool], start: int, word: str, *, fixed: bool) -> bool:
    """Tell whether the words around, and those inside, allow the replacement."""
    was = run[start : start + len(word)]
    if across[start] or across[start + len(word)] or is_common_word(was):
        return False
    changed = [(a, b) for a, b in zip(was, word, strict=True) if a != b]
    if fixed and any(a in _NUMERALS or b in _NUMERALS for a, b in changed):
        return False
    if len(word) == 2 and _in_a_name(run[max(0, start - 3) : start], run[start + 2 :]):
        return False
    if any(a in _SUFFIXES for a, _ in changed):
        return False
    return not any(a in (_COMMON if len(word) == 2 else "的了是在我你他") for a, _ in changed)


def _in_a_name(before: str, after: str) -> bool:
    """Tell two characters of a person's, street's or firm's name (石糖街道, 闽速快递), no word."""
    return any(char in "叫姓名" for char in before) or _ADDRESS.match(after) is not None
