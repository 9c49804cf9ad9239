"""Weighing of words: each rule that matches adds its weight once; the words found are the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..fields import Evidence
from ..talk import Line
from ..words import pattern
from .second_opinion import Opinion


@dataclass
class Tally:
    """A candidate's weight and the words it rests on, the weightiest first."""

    weight: float = 0.0
    hits: list[tuple[float, Evidence]] = field(default_factory=list[tuple[float, Evidence]])

    def add(self, weight: float, evidence: Evidence) -> None:
        """Count one match."""
        self.weight += weight
        if weight > 0:
            self.hits.append((weight, evidence))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """At most three pieces, the weightiest first."""
        ranked = sorted(self.hits, key=lambda hit: -hit[0])
        return tuple(dict.fromkeys(piece for _, piece in ranked))[:3]


def weigh(
    lines: Sequence[Line], groups: Iterable[Mapping[str, Any]], tally: Tally, *, times: float = 1.0
) -> None:
    """Add the weight of each pattern of ``groups`` (``{weight, words: [pattern…]}``) found in the lines."""
    everything = "\n".join(line.plain.text for line in lines)
    for group in groups:
        weight = float(group["weight"]) * times
        for text in group["words"]:
            # Most patterns are nowhere in a call: one look over all of it spares one look a line. Anchors
            # mean a line's ends, so those patterns are tried line by line.
            if "^" not in text and "$" not in text and not pattern(text).search(everything):
                continue
            for line in lines:
                span = next((span for _, span in line.search(pattern(text))), None)
                if span is not None:
                    tally.add(weight, span.evidence)
                    break


def ranked(tallies: Mapping[str, Tally]) -> list[tuple[str, Tally]]:
    """Return the candidates by falling weight; ties keep the order of the rule file."""
    return sorted(tallies.items(), key=lambda entry: -entry[1].weight)


def confidence(order: Sequence[tuple[str, Tally]]) -> float:
    """Return how clearly the first candidate leads, from 0.3 to 0.95."""
    first = order[0][1].weight
    second = max(order[1][1].weight, 0.0) if len(order) > 1 else 0.0
    if first <= 0:
        return 0.3
    return round(min(0.95, 0.4 + 0.5 * (first - second) / first + min(first, 10) / 100), 2)


def seconded(
    order: Sequence[tuple[str, Tally]], opinions: Mapping[str, Opinion]
) -> tuple[str, tuple[Evidence, ...], bool]:
    """Return what rules and labelled calls together speak for, its words, and whether the rules agree.

    A candidate for which no word can be shown is none.
    """
    said = {
        name: tally.evidence or (opinions[name].evidence if name in opinions else ()) for name, tally in order
    }
    best = max(
        (name for name, _ in order if said[name]),
        key=lambda name: dict(order)[name].weight + (opinions[name].weight if name in opinions else 0.0),
        default=order[0][0],
    )
    return best, said[best], best == order[0][0]
