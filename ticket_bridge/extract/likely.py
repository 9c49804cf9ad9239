"""The demand that is likely to share most with an expert's (minimum Bayes risk, docs/adr/0188, 0191).

A table counted from labelled calls (``likely.json``) tells how likely an expert's demand holds each pair of
characters of the clauses at hand (``pieces.py``); clauses are then left out or added so that the expected
F1 of these pairs is highest. No clause is written here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..fields import Field
from ..talk import Talk
from ..words import counted, pairs, pattern, segment
from .matter import find_matter
from .money import in_figures
from .pieces import MARKS, SOURCES, Piece

SIGNS = (
    "always",
    *SOURCES,
    *MARKS,
    "late",
    "by_agent",
    "by_agent_after",
    "in_answer",
    "in_opening",
    "in_word",
    "in_word_of_answer",
    "lines",
    "function_word",
    "figures",
    "matter",
    "lift",
    "unsaid",
    "written_unsaid",
    "drafted_unsaid",
)
"""What is known of a pair; the table has a weight for each."""
SHORTEST, LONGEST = 3, 16
"""Clauses beyond these are not added; those of the draft stand whatever their length."""
ROOM_FOR_USUAL = 8
"""The matter's usual demand is thought of where the draft says no more than this."""
OPENING = 2
"""Lines of the citizen in which the matter is told."""
TENTHS = 10
PIECES, CLAUSES, WIDTH = 24, 3, 6
ALIKE = 0.5
"""A clause that shares so much with another one says the same."""
_ABOUT_THE_CALL = "[您请问我吗]|^们|对不|还是"
_NO_ACT = "^(?:在|和|与|跟|叫(?!停)[^来去把]+$|说的|就是)|(?:[区县镇乡].*[路街村道]|[号栋楼])$"
"""What only names, tells a place or goes on with another clause (叫老铁匠烧烤, 和街道核实)."""
_FUNCTION = "[的了我你他她它们就也都还又在是有说不这那个一吧啊嘛呢吗得着过要想让把给您请问好对没]"
_FIGURES = r"[0-9元]"


def likeliest(
    talk: Talk,
    known: Sequence[Piece],
    answered: frozenset[int],
    drafted: Field,
    limit: int,
    *,
    table: Mapping[str, Any] | None = None,
) -> Field:
    """Return the draft of the demand, or what is likely to be nearer to an expert's, of at most ``limit``.

    ``known``: the clauses at hand; ``answered``: the lines that answer what the demand is; ``table``: another
    than the one that is shipped, for measuring.
    """
    table = table or counted("likely")
    weights: Mapping[str, float] = table["weights"]
    chances = {
        pair: 1 / (1 + math.exp(-sum(weights[name] * value for name, value in zip(SIGNS, told, strict=True))))
        for pair, told in signs(talk, known, answered, table).items()
    }
    chosen = _chosen(str(drafted.value), known, chances, limit, table)
    if chosen is None:
        return drafted
    evidence = dict.fromkeys(words for piece in chosen for words in piece.evidence)
    return replace(drafted, value="，".join(piece.text for piece in chosen), evidence=tuple(evidence))


class Said:
    """Which pairs of characters were said where in a call."""

    def __init__(self, talk: Talk, answered: frozenset[int]) -> None:
        self.lines = Counter[str]()
        self.where: dict[str, set[str]] = {}
        opening = {line.index for line in talk.citizen[:OPENING]}
        for place, line in enumerate(talk.lines):
            text = in_figures(line.plain.text)
            agent, answer = line.speaker == "agent", line.index in answered
            after = agent and place > 0 and talk.lines[place - 1].index in answered
            told = {
                "by_agent": agent,
                "by_agent_after": after,
                "in_answer": answer,
                "in_opening": line.index in opening,
            }
            here = [name for name, holds in told.items() if holds]
            for pair in pairs(text):
                self.lines[pair] += 1
                self.where.setdefault(pair, set()).update(here)
            inside = ["in_word", *(["in_word_of_answer"] if answer else [])]
            for word in segment(text):
                for pair in pairs(word):
                    self.where[pair].update(inside)


def signs(
    talk: Talk, known: Sequence[Piece], answered: frozenset[int], table: Mapping[str, Any]
) -> dict[str, tuple[float, ...]]:
    """Return of each pair in the clauses what ``SIGNS`` names.

    ``table``: of how many experts' demands (``calls``) a pair is part (``pairs``), and how much more often
    than others it is part of one when it was said (``lift``, tenths of a natural logarithm).
    """
    sources: dict[str, set[str]] = {}
    late: dict[str, float] = {}
    for piece in known:
        for pair in pairs(piece.text):
            sources.setdefault(pair, set()).update((piece.source, *piece.marks))
            late[pair] = max(late.get(pair, 0.0), piece.late)
    said = Said(talk, answered)
    matter = find_matter(talk)
    title = pairs("" if matter is None else matter.title)
    result: dict[str, tuple[float, ...]] = {}
    for pair, of in sources.items():
        where = said.where.get(pair, set[str]())
        unsaid = pair not in said.lines
        holds = of | where | {"always"}
        held = {
            "late": late[pair],
            "lines": math.log1p(said.lines[pair]),
            "function_word": float(pattern(_FUNCTION).search(pair) is not None),
            "figures": float(pattern(_FIGURES).search(pair) is not None),
            "matter": float(pair in title),
            "lift": 0.0 if unsaid else table["lift"].get(pair, 0) / TENTHS,
            "unsaid": float(unsaid),
            "written_unsaid": written(table, pair) if unsaid else 0.0,
            "drafted_unsaid": float(unsaid and "drafted" in of),
        }
        result[pair] = tuple(held.get(name, float(name in holds)) for name in SIGNS)
    return result


def written(table: Mapping[str, Any], pair: str) -> float:
    """Return the logarithm of the share of experts' demands that hold a pair."""
    return math.log((table["pairs"].get(pair, 0) + 0.3) / table["calls"])


def _chosen(
    drafted: str, known: Sequence[Piece], chances: Mapping[str, float], limit: int, table: Mapping[str, Any]
) -> tuple[Piece, ...] | None:
    """Return the clauses of the highest expected F1; None when the draft is about as good."""
    own = tuple(piece for piece in known if piece.source == "drafted")
    others = {piece.text: piece for piece in reversed(known) if _fits(piece, drafted)}

    def worth(some: Sequence[Piece]) -> float:
        held = pairs("，".join(piece.text for piece in some))
        return 2 * sum(chances.get(pair, table["joint"]) for pair in held) / (len(held) + table["length"])

    added = [piece for text, piece in reversed(others.items()) if text not in drafted]
    choice = [*own, *sorted(added, key=lambda piece: -worth([piece]))[:PIECES]]
    best: tuple[Piece, ...] | None = None
    most = worth(own) + table["margin"]
    beam: list[tuple[Piece, ...]] = [(), own]
    for _ in range(CLAUSES):
        longer = [
            (*some, piece)
            for some in beam
            for piece in choice
            if not any(_alike(piece.text, other.text) for other in some)
            and len("，".join([*(one.text for one in some), piece.text])) <= limit
        ]
        beam = sorted(longer, key=worth, reverse=True)[:WIDTH]
        for some in beam:
            if worth(some) > most:
                best, most = some, worth(some)
    return best


def _fits(piece: Piece, drafted: str) -> bool:
    if piece.source == "drafted" or not SHORTEST <= len(piece.text) <= LONGEST:
        return False
    if piece.source == "usual" and len(drafted) > ROOM_FOR_USUAL:
        return False
    return not any(pattern(told).search(piece.text) for told in (_ABOUT_THE_CALL, _NO_ACT))


def _alike(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return sum(char in long for char in short) >= ALIKE * len(short)
