"""Cuts a text into words by what they do in an answer (``lexicon.yaml``), longest words first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .text import ASK, STOP, load

PAUSE = frozenset({"pause"})
OTHER = frozenset({"other"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word and its kinds; a character of no known word is of kind ``other``."""

    text: str
    kinds: frozenset[str]

    def is_a(self, *kinds: str) -> bool:
        """Tell whether it is of one of the kinds."""
        return any(kind in self.kinds for kind in kinds)


@cache
def _words() -> tuple[dict[str, frozenset[str]], int]:
    found: dict[str, set[str]] = {}
    for kind, words in load("lexicon")["words"].items():
        for word in words.split():
            found.setdefault(word, set()).add(kind)
            if word.startswith("没") and len(word) > 2 and not word.startswith("没有"):
                found.setdefault(f"没有{word[1:]}", set()).add(kind)
    return {word: frozenset(kinds) for word, kinds in found.items()}, max(map(len, found))


@cache
def _patterns() -> list[tuple[frozenset[str], re.Pattern[str]]]:
    return [
        (frozenset(entry["kind"].split()), re.compile(entry["match"]))
        for entry in load("lexicon")["patterns"]
    ]


def words_of(*kinds: str) -> Iterable[str]:
    """Return the words of kinds, for the recogniser's grammar."""
    lists = load("lexicon")["words"]
    return [word for kind in kinds for word in lists[kind].split()]


@cache
def kinds_of(word: str) -> frozenset[str]:
    """Return what a word can do; nothing when it stands in no list."""
    return _words()[0].get(word, frozenset())


def tokens(text: str) -> list[Token]:
    """Cut a plain text (``text.plain``); every character is in one token."""
    words, longest = _words()
    cut: list[Token] = []
    at = 0
    while at < len(text):
        token = _token(text, at, words, longest)
        cut.append(token)
        at += len(token.text)
    return cut


def _token(text: str, at: int, words: dict[str, frozenset[str]], longest: int) -> Token:
    if text[at] in (STOP, ASK):
        return Token(text[at], PAUSE)
    word = next(
        (text[at:end] for end in range(min(len(text), at + longest), at, -1) if text[at:end] in words), ""
    )
    for kinds, pattern in _patterns():
        match = pattern.match(text, at)
        if match is not None and len(match.group()) >= max(len(word), 1):
            also = frozenset[str]() if "aside" in kinds else words.get(match.group(), frozenset())
            return Token(match.group(), kinds | also)
    return Token(word, words[word]) if word else Token(text[at], OTHER)
