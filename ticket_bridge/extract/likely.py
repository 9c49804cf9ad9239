"""The demand that is likely to share most with an expert's (minimum Bayes risk, docs/adr/0188).

A small table counted from labelled calls (``likely.json``) tells how likely an expert's demand holds each
pair of characters of the clauses at hand; clauses are then left out or added so that the expected F1 of these
pairs is highest. No clause is written here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..fields import Evidence, Field, Found
from ..talk import Line, Talk
from ..words import pattern, segment
from .acts import MATTER, Act, acts_of
from .matter import find_matter
from .money import in_figures
from .rewrite import rewritten
from .specify import specified

SOURCES = ("drafted", "asked", "rewritten", "usual")
"""Where a clause comes from: the draft so far, the answer's acts, its rewritten clauses, the known matter."""
SIGNS = (
    "always",
    *SOURCES,
    "said_by_agent",
    "matter",
    "prior",
    "sources",
    "unsaid",
    "answer_only",
    "in_word",
)
"""What is known of a pair; the table has a weight for each."""
SHORTEST, LONGEST = 4, 12
"""Clauses beyond these are not added; those of the draft stand whatever their length."""
ROOM_FOR_USUAL = 8
"""The matter's usual demand is thought of where the draft says no more than this."""
PIECES, CLAUSES, WIDTH = 16, 3, 6
ALIKE = 0.5
"""A clause that shares so much with another one says the same."""
_ABOUT_THE_CALL = "[您请问我]"
_TABLE = Path(__file__).with_name("likely.json")


@dataclass(frozen=True)
class Piece:
    """A clause that the demand may hold, with the words behind it."""

    text: str
    source: str
    evidence: tuple[Evidence, ...]


def likeliest(
    talk: Talk, known: Sequence[Piece], drafted: Field, limit: int, *, table: Mapping[str, Any] | None = None
) -> Field:
    """Return the draft of the demand, or what is likely to be nearer to an expert's, of at most ``limit``.

    ``known``: the clauses at hand; ``table``: another than the one that is shipped, for measuring.
    """
    table = table or _table()
    weights: Mapping[str, float] = table["weights"]
    chances = {
        pair: 1 / (1 + math.exp(-sum(weights[name] * value for name, value in zip(SIGNS, told, strict=True))))
        for pair, told in signs(talk, known, table["pairs"], table["calls"]).items()
    }
    chosen = _chosen(str(drafted.value), known, chances, limit, table)
    if chosen is None:
        return drafted
    evidence = dict.fromkeys(words for piece in chosen for words in piece.evidence)
    return replace(drafted, value="，".join(piece.text for piece in chosen), evidence=tuple(evidence))


def pieces(talk: Talk, drafted: Field, answers: Sequence[Line], found: Found) -> list[Piece]:
    """Return the clauses at hand, those of the draft first."""
    known = [
        Piece(text, "drafted", drafted.evidence) for text in dict.fromkeys(str(drafted.value).split("，"))
    ]
    for line in answers:
        known += _of_acts(specified(acts_of(line), talk, found), "asked")
        known += _of_acts([act for _, _, act in rewritten(line)], "rewritten")
    matter = find_matter(talk)
    if matter is not None:
        known.append(Piece(matter.demand, "usual", (matter.span.evidence,)))
    return [piece for piece in known if piece.text]


def _of_acts(acts: Iterable[Act], source: str) -> Iterator[Piece]:
    for act in acts:
        if MATTER not in act.text:
            yield Piece(in_figures(act.text), source, (act.evidence, *act.more))


def pairs(text: str) -> dict[str, None]:
    """Return the pairs of neighbouring characters of a text, each once and in its order."""
    return dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1))


def signs(
    talk: Talk, known: Sequence[Piece], written: Mapping[str, int], calls: int
) -> dict[str, tuple[float, ...]]:
    """Return of each pair in the clauses what ``SIGNS`` names; ``written``: of how many experts' demands."""
    sources: dict[str, set[str]] = {}
    for piece in known:
        for pair in pairs(piece.text):
            sources.setdefault(pair, set()).add(piece.source)
    by_agent, by_citizen, in_word = set[str](), set[str](), set[str]()
    for line in talk.lines:
        text = in_figures(line.plain.text)
        (by_agent if line.speaker == "agent" else by_citizen).update(pairs(text))
        for word in segment(text):
            in_word.update(pairs(word))
    matter = find_matter(talk)
    title = pairs("" if matter is None else matter.title)
    return {
        pair: (
            1.0,
            *(float(source in of) for source in SOURCES),
            float(pair in by_agent),
            float(pair in title),
            math.log((written.get(pair, 0) + 0.3) / calls),
            len(of) / 3,
            float("drafted" in of and pair not in by_citizen),
            float("drafted" not in of and bool(of & {"asked", "rewritten"})),
            float(pair in in_word),
        )
        for pair, of in sources.items()
    }


def _chosen(
    drafted: str, known: Sequence[Piece], chances: Mapping[str, float], limit: int, table: Mapping[str, Any]
) -> tuple[Piece, ...] | None:
    """Return the clauses of the highest expected F1; None when the draft is about as good."""
    own = tuple(piece for piece in known if piece.source == "drafted")
    others = {piece.text: piece for piece in reversed(known) if _fits(piece, drafted)}
    choice = [*own, *[piece for text, piece in reversed(others.items()) if text not in drafted][:PIECES]]

    def worth(some: Sequence[Piece]) -> float:
        held = pairs("，".join(piece.text for piece in some))
        return 2 * sum(chances.get(pair, table["joint"]) for pair in held) / (len(held) + table["length"])

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
    return pattern(_ABOUT_THE_CALL).search(piece.text) is None


def _alike(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return sum(char in long for char in short) >= ALIKE * len(short)


@cache
def _table() -> dict[str, Any]:
    return json.loads(_TABLE.read_text(encoding="utf-8"))
