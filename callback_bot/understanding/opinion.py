"""A second opinion where the rules find nothing: how answers that were labelled are written. Pure.

A linear model over pairs of characters and of the words' kinds, for each question, learned from
``tests/data/callbacks/answers.jsonl`` by ``opinion_training`` and kept as plain data (``opinion.json``):
for each feature a hundred times its weight for each value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from .lexicon import Token, tokens
from .text import plain

SCALE = 100
"""Weights are kept as whole numbers: so many to one."""
FILE = Path(__file__).with_name("opinion.json")


@dataclass(frozen=True)
class Model:
    """One question's model: ``weights`` has a row for each feature and a column for each value."""

    values: tuple[str, ...]
    bias: np.ndarray
    rows: Mapping[str, int]
    weights: np.ndarray

    def shares(self, text: str) -> Mapping[str, float]:
        """Return how likely each value is for an answer as it was typed or recognised; their sum is 1."""
        known = [self.rows[feature] for feature in features(text) if feature in self.rows]
        scores = self.bias.copy()
        if known:
            scores += self.weights[known].sum(axis=0) / math.sqrt(len(known))
        odds = np.exp(scores - scores.max())
        return dict(zip(self.values, (odds / odds.sum()).tolist(), strict=True))


def features(text: str) -> frozenset[str]:
    """Return what a model sees of an answer: characters, pairs of them, kinds of words, pairs of those.

    Pauses are left out, because recognisers write none, and words that only are manner of speaking.
    """
    cut = [token for token in tokens(plain(text)) if not token.is_a("pause")]
    cut = [token for token in cut if not is_manner(token)] or cut
    chars = ["^", *"".join(token.text for token in cut), "$"]
    kinds = ["^", *(min(token.kinds) for token in cut if not token.is_a("other")), "$"]
    return frozenset(
        (
            *chars,
            *(one + other for one, other in pairwise(chars)),
            *(f"K:{kind}" for token in cut for kind in token.kinds),
            *(f"K:{one}>{other}" for one, other in pairwise(kinds)),
        )
    )


def is_manner(token: Token) -> bool:
    """Tell whether a word only is manner of speaking: 我跟你说, 哎呀, 真的."""
    return (token.is_a("particle") and len(token.text) > 1) or token.text == "真的"


@cache
def _models() -> Mapping[str, Model]:
    return {question: from_data(data) for question, data in json.loads(FILE.read_text("utf-8")).items()}


def from_data(data: Mapping[str, Any]) -> Model:
    """Build a model from its plain data."""
    weights: Mapping[str, list[int]] = data["weights"]
    return Model(
        tuple(data["values"]),
        np.array(data["bias"], np.float64) / SCALE,
        {feature: row for row, feature in enumerate(weights)},
        np.array(list(weights.values()), np.float64).reshape(-1, len(data["values"])) / SCALE,
    )


def shares(question: str, text: str) -> Mapping[str, float]:
    """Return how likely each value is as an answer to a question; nothing for a question never learned."""
    model = _models().get(question)
    return model.shares(text) if model is not None else {}
