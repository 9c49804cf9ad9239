"""What labelled calls say of kind and domain: runs of two or three characters, each for or against a class.

The table (``second_opinion.json``) is counted from labelled calls by ``measure/learning.py``; it only adds
to what the rules weigh, and the words that spoke loudest are its evidence (docs/adr/0184).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..fields import Evidence
from ..talk import Line, Talk
from ..words import counted

TENTHS = 10
"""The table holds tenths of a natural logarithm."""
OPENING = 2
FEWEST, WHOLE = 4, 10
"""The calls that were counted are whole ones: of few utterances it says nothing, of ten all it knows."""
LENGTHS = (2, 3)
PIECES = 3


@dataclass(frozen=True)
class Opinion:
    """How much the labelled calls speak for a class, in the weight of rules, with the words that do."""

    weight: float
    evidence: tuple[Evidence, ...]


@lru_cache(maxsize=8)
def opinions(talk: Talk, subject: str) -> dict[str, Opinion]:
    """Return the opinion of every class of ``subject`` (``kind`` or ``domain``)."""
    table = counted("second_opinion")[subject]
    grams: dict[str, list[int]] = table["grams"]
    scale = float(table["scale"]) * min(1.0, max(0.0, (len(talk.lines) - FEWEST) / (WHOLE - FEWEST)))
    weights: list[float] = [float(one) for one in table["prior"]]
    loudest: list[list[tuple[int, Evidence]]] = [[] for _ in weights]
    seen: set[str] = set()
    for gram, line, at in grams_of(talk, apart=bool(table["apart"])):
        known = grams.get(gram)
        if known is None or gram in seen:
            continue
        seen.add(gram)
        piece = line.span(at, at + len(gram) - 1).evidence
        for index, tenths in enumerate(known):
            weights[index] += tenths / TENTHS
            if tenths > 0 and line.speaker == "citizen":
                loudest[index].append((tenths, piece))
    return {
        name: Opinion(
            weights[index] * scale,
            tuple(
                dict.fromkeys(piece for _, piece in sorted(loudest[index], key=lambda one: -one[0])[:PIECES])
            ),
        )
        for index, name in enumerate(table["classes"])
    }


@lru_cache(maxsize=2)
def grams_of(talk: Talk, *, apart: bool) -> tuple[tuple[str, Line, int], ...]:
    """Return every run of characters behind a letter for who says it, with its line and offset of ``plain``.

    ``apart``: the agent's words (a) and the citizen's opening (o) are told from the rest (c).
    """
    return tuple(_grams(talk, apart=apart))


def _grams(talk: Talk, *, apart: bool) -> Iterator[tuple[str, Line, int]]:
    opening = {line.index for line in talk.citizen[:OPENING]}
    for line in talk.lines:
        mark = "a" if apart and line.speaker == "agent" else "c"
        marks = (mark, "o") if apart and line.index in opening else (mark,)
        text = line.plain.text
        for length in LENGTHS:
            for at in range(len(text) - length + 1):
                for one in marks:
                    yield one + text[at : at + length], line, at
