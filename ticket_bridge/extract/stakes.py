"""How likely a matter is pressing, dangerous or of public concern, as labelled calls tell it.

A logistic model over runs of two or three characters and over facts that the rules found; its weights
(``stakes.json``) are counted from labelled calls by ``bench/stakes.py``. It gives chances only: what they
may change is for the extractors of emergency line, urgency and risk to decide (docs/adr/0194).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..fields import Evidence, FieldName, Found
from ..talk import Talk
from ..words import counted, rules
from .second_opinion import grams_of
from .signs import said_signs, standing_dangers

PRESSING, PUBLIC, GRAVE = "pressing", "public", "grave"
"""Subjects: more than 一般; a risk of any class; grade I by danger, not by numbers (LN 5.2.1 a and c)."""
CLASS = "class "
"""Before the name of a class of LN 5.1: that class, among calls with a risk."""
HUNDREDTHS = 100
"""The table holds hundredths of a natural logarithm."""
FEWEST = 10
"""The calls that were counted are whole ones: of fewer utterances it says nothing."""
PIECES = 3
JOINED = 0.9
"""How sure an emergency line is that the agent joined."""


@dataclass(frozen=True)
class Chance:
    """How likely something is, from 0 to 1, with the citizen's words that speak loudest for it."""

    value: float
    evidence: tuple[Evidence, ...]


@lru_cache(maxsize=8)
def pressing(talk: Talk) -> Chance | None:
    """Return how likely the matter is more than 一般, by the words alone; None when little was said."""
    return chance(talk, PRESSING, ())


def chance(talk: Talk, subject: str, facts: Iterable[str]) -> Chance | None:
    """Return how likely ``subject`` is; None when too little was said to tell."""
    if len(talk.lines) < FEWEST:
        return None
    return weighed(talk, table()[subject], facts)


def likeliest_class(talk: Talk, facts: Iterable[str]) -> str:
    """Return the class of LN 5.1 a risk of this call is likeliest to be of."""
    told = tuple(facts)
    classes = [name for name in table() if name.startswith(CLASS)]
    best = max(classes, key=lambda name: weighed(talk, table()[name], told).value)
    return best.removeprefix(CLASS)


def weighed(talk: Talk, weights: Mapping[str, Any], facts: Iterable[str]) -> Chance:
    """Return the chance by one subject's weights (``base``, ``facts`` and ``runs``)."""
    runs: Mapping[str, int] = weights["runs"]
    total = int(weights["base"]) + sum(weights["facts"].get(fact, 0) for fact in facts)
    loudest: list[tuple[int, Evidence]] = []
    seen: set[str] = set()
    for run, line, at in grams_of(talk, apart=True):
        known = runs.get(run)
        if known is None or run in seen:
            continue
        seen.add(run)
        total += known
        if known > 0 and line.speaker == "citizen":
            loudest.append((known, line.span(at, at + len(run) - 1).evidence))
    pieces = dict.fromkeys(piece for _, piece in sorted(loudest, key=lambda one: -one[0])[:PIECES])
    return Chance(1 / (1 + math.exp(-total / HUNDREDTHS)), tuple(pieces))


def facts_of(talk: Talk, found: Found) -> Iterator[str]:
    """Give what the rules found that bears on risk, by name."""
    kind, domain = found.get(FieldName.KIND), found.get(FieldName.DOMAIN)
    yield f"kind {None if kind is None else kind.value}"
    yield f"domain {None if domain is None else domain.value}"
    yield f"out of scope {FieldName.OUT_OF_SCOPE in found}"
    line = found.get(FieldName.EMERGENCY_LINE)
    if line is not None and line.confidence > JOINED:
        yield f"joined {line.value}"
    for danger in sorted({danger.danger for danger in standing_dangers(talk)}):
        yield f"danger {danger}"
    signs = [
        *(["threat"] if FieldName.THREAT_QUOTE in found else []),
        *(sign for sign, _ in said_signs(talk)),
    ]
    for sign in signs:
        yield f"sign {sign}"
    people = found.get(FieldName.PEOPLE)
    size = 0 if people is None else int(people.value)
    least = next((step["least"] for step in rules("risk")["crowd"] if size >= step["least"]), None)
    if least is not None:
        yield "crowd"
        yield f"crowd of {least}"
        yield f"crowd of kind {None if kind is None else kind.value}"
        yield f"crowd in domain {None if domain is None else domain.value}"
        if not signs:
            yield "crowd alone"


def table() -> dict[str, Any]:
    """Return the counted weights by subject."""
    return counted("stakes")
