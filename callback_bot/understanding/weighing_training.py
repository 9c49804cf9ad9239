"""Learns how rules and opinion are weighed (``weighing.json``) from first sights; measures it by batches.

A new batch, before anything is mended or learned for it:
``python -m hotline.callback_bot.understanding.weighing_training --see BATCH.jsonl >> first_sights.jsonl``.
Then, without ``--see``, ``… tests/data/callbacks/first_sights.jsonl`` writes the data; ``--measure`` prints
what weighers that never saw a batch make of it. Only numpy; the same sights always give the same data.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..model import UNCLEAR
from .opinion import shares
from .reading import read
from .reconsider import settled, speaks_against
from .understand import by_rules
from .weighing import FILE, SCALE, Sight, features, from_data

STEPS, PACE, DECAY = 200, 0.08, 2.0
"""Steps of the descent, their size, and the pull towards zero."""
Row = Mapping[str, Any]


def sight_of(row: Row) -> Sight:
    """Return what was seen of an answer."""
    return Sight(row["question"], row["value"], row["sure"], row["shares"], row["open"])


def seen(answers: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """See answers (``question``, ``text``, ``expected``, ``batch``) as rules and opinion are now."""
    for answer in answers:
        reading = read(answer["text"])
        value, sure = by_rules(answer["question"], reading)
        yield {
            **answer,
            "value": value,
            "sure": round(sure, 3),
            "open": speaks_against(reading),
            "shares": {
                name: round(share, 4) for name, share in shares(answer["question"], reading.text).items()
            },
        }


def learn(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the weights as plain data."""
    found = [features(sight_of(row)) for row in rows]
    names = sorted({name for each in found for name in each})
    places = {name: place for place, name in enumerate(names)}
    values = sorted({row["expected"] for row in rows} | {row["value"] for row in rows})
    inputs, wanted = np.zeros((len(rows), len(names))), np.zeros((len(rows), len(values)))
    for at, (each, row) in enumerate(zip(found, rows, strict=True)):
        for name, much in each.items():
            inputs[at, places[name]] = much
        wanted[at, values.index(row["expected"])] = 1
    weights = np.round(_descend(inputs, wanted) * SCALE).astype(int).tolist()
    return {"values": values, "weights": dict(zip(names, weights, strict=True))}


def _descend(inputs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the weights of a logistic regression (Adam)."""
    weights = np.zeros((inputs.shape[1], wanted.shape[1]))
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        scores = inputs @ weights
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        slope = inputs.T @ (odds / odds.sum(axis=1, keepdims=True) - wanted) + DECAY * weights
        mean = 0.9 * mean + 0.1 * slope
        spread = 0.999 * spread + 0.001 * slope * slope
        weights -= PACE * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.999**step)) + 1e-8)
    return weights


def measure(
    rows: Sequence[Row], batches: Iterable[str] | None = None
) -> dict[str, tuple[int, int, int, int]]:
    """Return for each batch: answers, right by rules alone, right when weighed, wrong guesses then.

    Weighers that never saw the batch. Without ``batches``, of all.
    """
    figures: dict[str, tuple[int, int, int, int]] = {}
    for batch in batches if batches is not None else dict.fromkeys(row["batch"] for row in rows):
        weigher = from_data(learn([row for row in rows if row["batch"] != batch]))
        mine = [row for row in rows if row["batch"] == batch]
        taken = [settled(row["value"], weigher.weighed(sight_of(row))) for row in mine]
        figures[batch] = (
            len(mine),
            sum(row["value"] == row["expected"] for row in mine),
            sum(value == row["expected"] for value, row in zip(taken, mine, strict=True)),
            sum(value not in (row["expected"], UNCLEAR) for value, row in zip(taken, mine, strict=True)),
        )
    return figures


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--see", action="store_true", help="print the first sight of a new batch")
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.answers.read_text("utf-8").splitlines() if line.strip()]
    if given.see:
        for row in seen(rows):
            print(json.dumps(row, ensure_ascii=False))
    elif given.measure:
        for batch, (answers, by_rule, right, guessed) in measure(rows).items():
            print(batch, f"answers={answers} rules={by_rule} weighed={right} guessed={guessed}")
    else:
        data = learn(rows)
        FILE.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
        print(f"{FILE.name}: {FILE.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
