"""Learns the second opinion (``opinion.json``) from labelled answers, and measures it batch by batch.

``python -m hotline.callback_bot.understanding.opinion_training tests/data/callbacks/answers.jsonl`` writes
the data; with ``--measure`` it writes nothing and prints, for each batch, how models that never saw that
batch read it. Only numpy; the same answers always give the same data.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .opinion import FILE, SCALE, features, from_data

QUESTIONS = ("identity", "consent", "contacted", "solved", "satisfied")
STEPS, PACE, DECAY, OFTEN = 120, 0.1, 0.1, 2
"""Steps of the descent, their size, the pull towards zero, and how often a feature must occur."""
Answer = Mapping[str, Any]


def learn(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return one question's model as plain data; ``answers`` hold ``text`` and ``expected``."""
    seen = [features(answer["text"]) for answer in answers]
    often = Counter(feature for each in seen for feature in each)
    names = sorted(feature for feature, times in often.items() if times >= OFTEN)
    places = {feature: place for place, feature in enumerate(names)}
    values = sorted({answer["expected"] for answer in answers})
    inputs = np.zeros((len(answers), len(names) + 1), np.float32)
    wanted = np.zeros((len(answers), len(values)), np.float32)
    for row, (each, answer) in enumerate(zip(seen, answers, strict=True)):
        known = [places[feature] for feature in each if feature in places]
        inputs[row, known] = 1 / np.sqrt(max(len(known), 1))
        inputs[row, -1] = 1
        wanted[row, values.index(answer["expected"])] = 1
    weights = np.round(_descend(inputs, wanted) * SCALE).astype(int).tolist()
    kept = {name: row for name, row in zip(names, weights, strict=False) if any(row)}
    return {"values": values, "bias": weights[-1], "weights": kept}


def _descend(inputs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the weights of a logistic regression (Adam; the bias, in the last row, is not pulled)."""
    weights = np.zeros((inputs.shape[1], wanted.shape[1]), np.float32)
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        scores = inputs @ weights
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        slope = inputs.T @ (odds / odds.sum(axis=1, keepdims=True) - wanted)
        slope[:-1] += DECAY * weights[:-1]
        mean = 0.9 * mean + 0.1 * slope
        spread = 0.999 * spread + 0.001 * slope * slope
        weights -= PACE * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.999**step)) + 1e-8)
    return weights


def learn_all(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the models of all questions; answers judged on five levels are left out."""
    judged = [one for one in answers if one.get("levels", 3) == 3]
    by_question = {question: [one for one in judged if one["question"] == question] for question in QUESTIONS}
    return {question: learn(some) for question, some in by_question.items() if some}


def measure(answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Return for each batch how often models of all others are right, and how often where they are sure."""
    found: dict[str, dict[str, float]] = {}
    for batch in dict.fromkeys(answer["batch"] for answer in answers):
        models = learn_all([answer for answer in answers if answer["batch"] != batch])
        readers = {question: from_data(data) for question, data in models.items()}
        marks: list[tuple[bool, float]] = []
        for answer in answers:
            if answer["batch"] == batch and answer["question"] in readers and answer.get("levels", 3) == 3:
                shares = readers[answer["question"]].shares(answer["text"])
                best = max(shares, key=lambda value: shares[value])
                marks.append((best == answer["expected"], shares[best]))
        sure = [right for right, share in marks if share >= 0.7]
        found[batch] = {
            "right": sum(right for right, _ in marks) / len(marks),
            "sure": len(sure) / len(marks),
            "right_when_sure": sum(sure) / max(len(sure), 1),
        }
    return found


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--measure", action="store_true")
    given = parser.parse_args()
    answers = [json.loads(line) for line in given.answers.read_text("utf-8").splitlines() if line.strip()]
    if given.measure:
        for batch, figures in measure(answers).items():
            print(batch, *(f"{name}={share:.3f}" for name, share in figures.items()))
        return
    data = learn_all(answers)
    FILE.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
