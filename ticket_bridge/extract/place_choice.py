"""The place, and the caller's home, as an expert is likely to have written them (docs/adr/0192).

Both are put together of the words of the call. Each word has a chance of standing on the ticket, by a table
counted from labelled calls (``place_choice.json``); those are taken of which the whole is likely to be
nearest to what was written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..fields import Evidence
from ..words import counted
from .address import arabic
from .choosing import sums
from .place_words import LARGE, WORD, Word

LONGER = 1.1
"""Of the words that may belong, a little more is written than the chances of each add up to."""
STANDS = {"place": (0.3, 3.0), "address": (0.5, 8.0)}
"""With less expected likeness, or fewer characters expected, there is none: a gap beats invention."""
MARGIN = 0.06
"""So much likelier than the rules' place must another be."""


@dataclass(frozen=True)
class Chosen:
    """A place with the words behind it.

    ``likeness``: how near it is likely to be (0 to 1); ``length``: how many characters are likely written.
    """

    value: str
    evidence: tuple[Evidence, ...]
    likeness: float
    length: float

    def stands(self, name: str) -> bool:
        """Tell whether there is a place, or a caller's home, at all."""
        likeness, length = STANDS[name]
        return self.value != "" and self.likeness >= likeness and self.length >= length


def likeliest(words: Sequence[Word], weights: Mapping[str, float]) -> Chosen:
    """Return what is likely to be nearest to the place, or to the home, of which ``weights`` are counted."""
    known = chances(words, weights)
    by_value: dict[str, float] = {}
    for word, chance in zip(words, known, strict=True):
        by_value[word.value] = max(by_value.get(word.value, 0.0), chance)
    order = sorted(by_value.items(), key=lambda pair: -pair[1])
    written = LONGER * sum(chance * len(value) for value, chance in order)
    right = length = likeness = 0.0
    least = 1.0
    for value, chance in order:
        right, length = right + chance * len(value), length + len(value)
        near = 2 * right / (length + written)
        if near >= likeness:
            likeness, least = near, chance
    taken = [
        word
        for word, chance in zip(words, known, strict=True)
        if (chance if word.level == WORD else by_value[word.value]) >= least
    ]
    value, used = _assembled(taken)
    return Chosen(value, tuple(dict.fromkeys(word.evidence for word in used)), likeness, written)


def likeness_of(ruled: str, words: Sequence[Word], weights: Mapping[str, float], length: float) -> float:
    """Return how near what the rules give is likely to be, where ``length`` characters are written."""
    by_value: dict[str, float] = {}
    for word, chance in zip(words, chances(words, weights), strict=True):
        if word.ruled:
            by_value[word.value] = max(by_value.get(word.value, 0.0), chance)
    right = sum(chance * len(value) for value, chance in by_value.items())
    return 2 * right / (len(ruled) + length)


def chances(words: Sequence[Word], weights: Mapping[str, float]) -> list[float]:
    """Return how likely each word stands on the ticket."""
    return [1 / (1 + math.exp(-total)) for total in sums(words, weights)]


def tables() -> Mapping[str, Mapping[str, float]]:
    """Return the counted weights by the field's name."""
    return counted("place_choice")["weights"]


def _assembled(taken: Sequence[Word]) -> tuple[str, list[Word]]:
    """Write the large units first, then the utterance that has most of them, then the rest as it was said.

    What was said before is not written again.
    """
    told = [word for word in taken if word.level in (*LARGE, "road")]
    lines = [word.at[0] for word in told]
    main = max(dict.fromkeys(lines), key=lines.count, default=None)
    text = ""
    used: list[Word] = []
    for run in _runs(sorted(taken, key=lambda word: _order(word, main))):
        if _joined(run) in text:
            continue
        rest = list(run)
        if any(word.level == WORD for word in run):
            while len(rest) > 1 and rest[0].level != WORD and rest[0].value in text:
                rest = rest[1:]
            text += _joined(rest)
        else:
            rest = [word for word in run if len(word.value) == 1 or word.value not in text]
            text += "".join(dict.fromkeys(word.value for word in rest))
        used += rest
    return arabic(text), used


def _order(word: Word, main: int | None) -> tuple[int, int, int]:
    if word.level in LARGE:
        return 0, LARGE.index(word.level), word.place
    return 1, int(word.at[0] != main), word.place


def _runs(words: Sequence[Word]) -> list[list[Word]]:
    """Group the words that stand beside each other."""
    made: list[list[Word]] = []
    for word in words:
        beside = made and word.level not in LARGE and made[-1][-1].place == word.place - 1
        if beside and made[-1][-1].at[0] == word.at[0]:
            made[-1].append(word)
        else:
            made.append([word])
    return made


def _joined(run: Sequence[Word]) -> str:
    return arabic("".join(word.value for word in run))
