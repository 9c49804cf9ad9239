"""Weighs what the rules found against how answers written alike were labelled (ADR 0164). Pure.

Rules and the learned opinion err in different ways. How far each is to be believed, by value and certainty,
is learned from answers at their first sight, before the rules were mended for them or the opinion had
learned them (``tests/data/callbacks/first_sights.jsonl``, by ``weighing_training``), and kept as plain data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

SCALE = 100
"""Weights are kept as whole numbers: so many to one."""
FILE = Path(__file__).with_name("weighing.json")
_LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class Sight:
    """An answer as rules and opinion see it: ``value``, ``sure`` by the rules, ``shares`` by the other.

    ``open``: something in the answer speaks against its being one (a question back, 不知道).
    """

    question: str
    value: str
    sure: float
    shares: Mapping[str, float]
    open: bool


@dataclass(frozen=True)
class Weigher:
    """``weights`` has a row for each feature and a column for each value."""

    values: tuple[str, ...]
    rows: Mapping[str, int]
    weights: np.ndarray

    def weighed(self, sight: Sight) -> Mapping[str, float]:
        """Return how likely each value is; their sum is 1."""
        scores = np.zeros(len(self.values))
        for feature, much in features(sight).items():
            if (row := self.rows.get(feature)) is not None:
                scores += much * self.weights[row]
        odds = np.exp(scores - scores.max())
        return dict(zip(self.values, (odds / odds.sum()).tolist(), strict=True))


def features(sight: Sight) -> dict[str, float]:
    """Return what is weighed, each with how much of it there is."""
    question, value = sight.question, sight.value
    found = {
        "any": 1.0,
        f"is {value}": 1.0,
        f"is {value} at {sight.sure:.1f}": 1.0,
        f"asked {question}": 1.0,
        f"asked {question} is {value}": 1.0,
    }
    if sight.open:
        found |= {"open": 1.0, f"open is {value}": 1.0}
    for other, share in sight.shares.items():
        found[f"share of {other}"] = share
        found[f"odds of {other}"] = math.log(share + _LEAST_SHARE) / 3
    return found


def from_data(data: Mapping[str, Any]) -> Weigher:
    """Build a weigher from its plain data."""
    weights: Mapping[str, list[int]] = data["weights"]
    return Weigher(
        tuple(data["values"]),
        {feature: row for row, feature in enumerate(weights)},
        np.array(list(weights.values()), np.float64).reshape(-1, len(data["values"])) / SCALE,
    )


@cache
def _weigher() -> Weigher:
    return from_data(json.loads(FILE.read_text("utf-8")))


def weighed(sight: Sight) -> Mapping[str, float]:
    """Return how likely each value is, by the weights that stand here."""
    return _weigher().weighed(sight)
