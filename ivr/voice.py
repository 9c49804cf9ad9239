"""Voice navigation: which way of the menu the citizen's words lead (R-IVR-4). Pure.

A menu file lists words with what each leads to. Words for a human are always there. Whoever speaks can reach
what the file names, and nothing else: a way is a number, and the dialplan has an extension for each
(``voice_render``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .model import Human, MenuFile, OpenMenu, Spoken
from .versions import MENUS

HUMAN_WORDS = ("人工", "话务员", "接线员", "坐席", "座席", "客服")
"""Whoever says one of these gets to a human, by the way of key 0."""
HUMAN_WAY = 0
UNCLEAR, OFF = 98, 99
"""Answers that are no way: say it once again; go on to the keys at once."""
MOST_WAYS = 90
LEAST_CONFIDENCE = 0.5
"""Of the recogniser's words that the found one consists of, the least sure one must be so sure."""


@dataclass(frozen=True)
class Token:
    """One word as it was recognised; confidence between 0 and 1."""

    text: str
    confidence: float


@dataclass(frozen=True)
class Choice:
    """Where the words lead: a way, or ``UNCLEAR``; ``word`` is the number of the word in the file, from 1."""

    way: int
    word: int = 0


@dataclass(frozen=True)
class Ways:
    """The words of one version of the menu, each with its way; ``words`` keeps the file's order."""

    words: Mapping[str, int]

    def to_json(self) -> str:
        """Return it as the file beside the version's dialplan."""
        return json.dumps({"words": dict(self.words)}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Ways:
        """Return what ``to_json`` wrote; raises ``ValueError`` for anything else."""
        data = json.loads(text)
        words = data.get("words") if isinstance(data, dict) else None
        if not isinstance(words, dict) or not all(
            isinstance(word, str) and isinstance(way, int) and 0 <= way <= MOST_WAYS
            for word, way in words.items()
        ):
            raise ValueError("not a table of words")
        return cls(words)


def words_name(version: str) -> str:
    """Return the name of the file that holds a version's words, beside its dialplan."""
    return MENUS.words_name(version)


def targets(menu: MenuFile) -> list[Spoken]:
    """Return where the ways lead, in order: way 1 is the first; way 0 is the start menu's key 0."""
    if menu.voice is None:
        return []
    found: dict[tuple[str, str], Spoken] = {}
    for target in menu.voice.words.values():
        found.setdefault(_place(target), target)
    return list(found.values())


def ways(menu: MenuFile) -> Ways | None:
    """Return the table of a checked menu file; None when it has no voice navigation."""
    if menu.voice is None:
        return None
    places = {_place(target): number for number, target in enumerate(targets(menu), 1)}
    own = {word: places[_place(target)] for word, target in menu.voice.words.items()}
    return Ways({**own, **dict.fromkeys(HUMAN_WORDS, HUMAN_WAY)})


def decide(table: Ways, heard: Sequence[Token]) -> Choice:
    """Return where an utterance leads. A human's word wins; words of two ways, or none, are unclear."""
    text = "".join(token.text for token in heard)
    sure = [token.confidence for token in heard for _ in token.text]
    found: dict[int, int] = {}
    for number, (word, way) in enumerate(table.words.items(), 1):
        at = text.find(word)
        while at >= 0:
            if min(sure[at : at + len(word)]) >= LEAST_CONFIDENCE:
                found.setdefault(way, number)
                break
            at = text.find(word, at + 1)
    if HUMAN_WAY in found:
        return Choice(HUMAN_WAY, found[HUMAN_WAY])
    if len(found) == 1:
        way, number = next(iter(found.items()))
        return Choice(way, number)
    return Choice(UNCLEAR)


def _place(target: Spoken) -> tuple[str, str]:
    if isinstance(target, Human):
        return "human", target.queue
    return ("menu", target.menu) if isinstance(target, OpenMenu) else ("service", target.service)
