"""Count the table of the demand's likely pairs anew from labelled calls; tell what it is worth on others.

    python bench/demand_choice.py [--write] [--json] [--quick] [FILE of strangers …]

Every batch of twenty calls in turn is drafted with a table counted from the others (leave one batch out),
beside the draft without it. The third of the labelled calls that is held back is never counted.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

import numpy as np

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract import demand, likely
from hotline.ticket_bridge.fields import Field, Found
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf, read_dialogues
from hotline.ticket_bridge.measure.evaluate import parts
from hotline.ticket_bridge.measure.measures import bigram_f1
from hotline.ticket_bridge.talk import Talk
from support.counted_tables import FORMS, LABELLED, batches_of, options_of

TABLE = ROOT / "ticket_bridge" / "extract" / "likely.json"
LEAST = 2
"""Pairs of fewer demands are not kept."""
STEADY = 3.0
"""How much the weights are held towards nought."""
LENGTH, MARGIN, JOINT = 15, 0.01, 0.02
"""Pairs of a usual demand; what a change must promise; the chance of a pair that joins two clauses."""


@dataclass(frozen=True)
class Case:
    """A call in one form with its demand as the rules write it; None where nothing is to be chosen."""

    call: Dialogue
    form: TextOf
    talk: Talk
    found: Found
    field: Field | None

    @property
    def gold(self) -> str:
        """The expert's demand."""
        return str(self.call.gold["demand"])

    def pieces(self) -> list[likely.Piece]:
        """Return the clauses at hand."""
        assert self.field is not None
        return likely.pieces(self.talk, self.field, list(demand.answers(self.talk)), self.found)


def case(call: Dialogue, form: TextOf) -> Case:
    """Draft a call without the table."""
    talk = Talk(call.transcript(form))
    found = draft(call.transcript(form), call.context).fields
    field = demand.drafted(talk, found)
    return Case(call, form, talk, found, field if demand.may_be_chosen(found) else None)


def learn(cases: list[Case]) -> dict[str, Any]:
    """Count a table: logistic regression of a pair's being in the gold, its own call not counted."""
    golds = {one.call.id: likely.pairs(one.gold) for one in cases}
    written = Counter(pair for gold in golds.values() for pair in gold)
    rows: list[tuple[float, ...]] = []
    hits: list[float] = []
    weights: list[float] = []
    for one in cases:
        if one.field is None:
            continue
        own = golds[one.call.id]
        others = {
            pair: count - (pair in own) for pair, count in written.items() if count - (pair in own) >= LEAST
        }
        told = likely.signs(one.talk, one.pieces(), others, len(golds) - 1)
        rows += told.values()
        hits += [float(pair in own) for pair in told]
        weights += [2.0 if one.call.id.startswith("dev") else 1.0] * len(told)
    fitted = _fit(np.array(rows), np.array(hits), np.array(weights))
    return {
        "calls": len(golds),
        "length": LENGTH,
        "margin": MARGIN,
        "joint": JOINT,
        "weights": {name: round(float(value), 3) for name, value in zip(likely.SIGNS, fitted, strict=True)},
        "pairs": {pair: count for pair, count in sorted(written.items()) if count >= LEAST},
    }


def _fit(signs: Any, hits: Any, weights: Any) -> Any:
    """Fit by Newton's method."""
    found = np.zeros(signs.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-signs @ found))
        slope = signs.T @ (weights * (chance - hits)) + STEADY * found
        bend = (signs * (weights * chance * (1 - chance))[:, None]).T @ signs + STEADY * np.eye(len(found))
        found = found - np.linalg.solve(bend, slope)
    return found


def score(one: Case, table: Mapping[str, Any] | None) -> float:
    """Return the F1 of a call's demand, with a table or without."""
    if one.field is None or table is None:
        field = one.field or demand.drafted(one.talk, one.found)
    else:
        field = likely.likeliest(one.talk, one.pieces(), one.field, demand.LIMIT, table=table)
    return bigram_f1("" if field is None else str(field.value), one.gold)


def main(arguments: list[str], say: Callable[[str], None]) -> None:
    """Measure, and with ``--write`` count the table from all batches."""
    options = options_of(__doc__, arguments)
    labelled = parts(list(read_dialogues(LABELLED)))
    tuned = labelled["tuned"]
    batches = {"dev 1": tuned[::2], "dev 2": tuned[1::2], **dict(batches_of(options.files))}
    cases = {name: [case(call, form) for call in calls for form in FORMS] for name, calls in batches.items()}
    held = [case(call, form) for call in labelled["held_back"] for form in FORMS]
    table = learn([one for some in cases.values() for one in some])
    judged = [
        (name, some, learn([one for other in cases if other != name for one in cases[other]]))
        for name, some in (list(cases.items())[-1:] if options.quick else cases.items())
    ]
    told: dict[str, Any] = {}
    for form in FORMS:
        for name, some, counted in [*judged, ("held back", held, table)]:
            pairs = [(score(one, None), score(one, counted)) for one in some if one.form == form]
            told[f"{name} {form}"] = [
                round(sum(column) / len(pairs), 3) for column in zip(*pairs, strict=True)
            ]
    say(
        json.dumps(told) if options.json else "\n".join(f"{name}: {a} → {b}" for name, (a, b) in told.items())
    )
    if options.write:
        TABLE.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:], print)
