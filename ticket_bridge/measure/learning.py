"""Counting what labelled calls say of a class: naive Bayes over runs of characters, the most telling kept."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..extract.second_opinion import TENTHS, grams_of
from ..talk import Talk

SMOOTH = 0.5
"""How many times a run is taken to have been seen with every class beforehand, in proportion to the class."""
SPREAD = 4


class Example:
    """A labelled call: the runs of characters in it and the class an expert gave it."""

    def __init__(self, talk: Talk, label: str, *, apart: bool) -> None:
        self.grams = frozenset(gram for gram, _, _ in grams_of(talk, apart=apart))
        self.label = label


def learn(
    examples: Sequence[Example], classes: Sequence[str], *, size: int, least: int, scale: float, apart: bool
) -> dict[str, Any]:
    """Return the table of ``second_opinion``: ``size`` runs seen in ``least`` calls or more.

    ``scale``: the weight of a rule that one unit of natural logarithm stands for.
    """
    labels = Counter(one.label for one in examples)
    total = len(examples)
    everywhere = Counter(gram for one in examples for gram in one.grams)
    by_class = {name: Counter[str]() for name in classes}
    for one in examples:
        by_class[one.label].update(one.grams)
    telling = sorted(
        (gram for gram, count in everywhere.items() if count >= least),
        key=lambda gram: (-_information(gram, by_class, labels, everywhere[gram] / total, total), gram),
    )[:size]
    return {
        "classes": list(classes),
        "apart": apart,
        "scale": scale,
        "prior": [round(math.log(max(labels[name], SMOOTH) / total), 1) for name in classes],
        "grams": {
            gram: [
                round(TENTHS * _log_ratio(by_class[name][gram], labels[name], everywhere[gram] / total))
                for name in classes
            ]
            for gram in sorted(telling)
        },
    }


def _log_ratio(seen: int, calls: int, share: float) -> float:
    """Return how much more usual a run is with a class than anywhere, smoothed, as a logarithm."""
    return math.log((seen + SMOOTH * SPREAD * share) / (calls + SMOOTH * SPREAD) / share)


def _information(
    gram: str, by_class: Mapping[str, Counter[str]], labels: Mapping[str, int], share: float, total: int
) -> float:
    seen = ((counts[gram], labels[name]) for name, counts in by_class.items())
    return sum(n / total * math.log(n / calls / share) for n, calls in seen if n)


def best(table: Mapping[str, Any], grams: Collection[str], weights: Mapping[str, float]) -> str:
    """Return the class that rules (``weights``) and table together speak for."""
    total = {
        name: weights.get(name, 0.0) + float(table["scale"]) * float(table["prior"][index])
        for index, name in enumerate(table["classes"])
    }
    for known in (table["grams"][gram] for gram in grams if gram in table["grams"]):
        for index, name in enumerate(table["classes"]):
            total[name] += float(table["scale"]) * known[index] / TENTHS
    return max(total, key=lambda name: total[name])
