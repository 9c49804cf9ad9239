"""Count the table of the demand's likely pairs anew from labelled calls; tell what it is worth on others.

    python bench/demand_choice.py [--write] [--json] [--quick] [FILE …]

Every batch of 120 calls of a file in turn is drafted with a table counted from the others (leave one batch
out), beside the draft without it. The third of the labelled calls that is held back is never counted.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

import numpy as np

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract import demand, likely
from hotline.ticket_bridge.extract.money import in_figures
from hotline.ticket_bridge.extract.pieces import Piece, pieces
from hotline.ticket_bridge.fields import Field, Found
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf, read_dialogues
from hotline.ticket_bridge.measure.evaluate import parts
from hotline.ticket_bridge.measure.measures import bigram_f1, normalise
from hotline.ticket_bridge.talk import Talk
from hotline.ticket_bridge.words import pairs
from support.counted_tables import FORMS, LABELLED, batches_of, options_of

TABLE = ROOT / "ticket_bridge" / "extract" / "likely.json"
BATCH = 120
LEAST = 2
"""Pairs of fewer demands are not kept."""
SAID_LEAST, LIFT_LEAST = 10, 5
"""How much more likely a pair is when said is kept of so many calls and from so many tenths on."""
USUAL, BEFOREHAND = 0.03, 4.0
"""The share of pairs said that are written, and how many calls this is taken to have been seen in."""
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

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The pairs of the expert's demand."""
        return frozenset(pairs(self.gold))

    @cached_property
    def said(self) -> frozenset[str]:
        """The pairs that were said."""
        return frozenset(pair for line in self.talk.lines for pair in pairs(in_figures(line.plain.text)))

    @cached_property
    def answered(self) -> frozenset[int]:
        """The lines that answer what the demand is."""
        return frozenset(line.index for line in demand.answers(self.talk))

    @cached_property
    def pieces(self) -> list[Piece]:
        """The clauses at hand."""
        assert self.field is not None
        return pieces(self.talk, self.field, list(demand.answers(self.talk)), self.found)

    @cached_property
    def signs(self) -> dict[str, tuple[float, ...]]:
        """The signs of every pair, without those that a table tells."""
        blank: dict[str, Any] = {"pairs": {}, "lift": {}, "calls": 1}
        return likely.signs(self.talk, self.pieces, self.answered, blank)


@dataclass(frozen=True)
class Counts:
    """In how many calls a pair was written, said, and both."""

    calls: int
    written: Counter[str]
    said: Counter[str]
    both: Counter[str]

    @classmethod
    def of(cls, cases: list[Case]) -> Counts:
        """Count every call once, as said."""
        once = [one for one in cases if one.form == FORMS[0]]
        return cls(
            len(once),
            Counter(pair for one in once for pair in one.wanted),
            Counter(pair for one in once for pair in one.said),
            Counter(pair for one in once for pair in one.said & one.wanted),
        )

    def lift(self, pair: str, *, said: int = 0, both: int = 0) -> int:
        """Return how much more likely a pair is written when said, in tenths; the call's own left out."""
        told = self.said[pair] - said
        if told < SAID_LEAST:
            return 0
        share = (self.both[pair] - both + BEFOREHAND * USUAL) / (told + BEFOREHAND)
        tenths = round(likely.TENTHS * math.log(share / USUAL))
        return tenths if abs(tenths) >= LIFT_LEAST else 0


def case(call: Dialogue, form: TextOf) -> Case:
    """Draft a call without the table."""
    talk = Talk(call.transcript(form))
    found = draft(call.transcript(form), call.context).fields
    field = demand.drafted(talk, found)
    return Case(call, form, talk, found, field if demand.may_be_chosen(found) else None)


def learn(cases: list[Case]) -> dict[str, Any]:
    """Count a table: logistic regression of a pair's being in the gold, its own call not counted."""
    counts = Counts.of(cases)
    rows: list[tuple[float, ...]] = []
    hits: list[float] = []
    for one in cases:
        if one.field is not None:
            rows += _signs(one, counts)
            hits += [float(pair in one.wanted) for pair in one.signs]
    fitted = _fit(np.array(rows), np.array(hits))
    lifts = {pair: counts.lift(pair) for pair in sorted(counts.said)}
    return {
        "calls": counts.calls,
        "length": LENGTH,
        "margin": MARGIN,
        "joint": JOINT,
        "weights": {name: round(float(value), 3) for name, value in zip(likely.SIGNS, fitted, strict=True)},
        "pairs": {pair: count for pair, count in sorted(counts.written.items()) if count >= LEAST},
        "lift": {pair: tenths for pair, tenths in lifts.items() if tenths},
    }


def _signs(one: Case, counts: Counts) -> Iterator[tuple[float, ...]]:
    """Give the signs of every pair of a call with those that a table counted from other calls tells."""
    lift, unsaid = likely.SIGNS.index("lift"), likely.SIGNS.index("unsaid")
    written = likely.SIGNS.index("written_unsaid")
    for pair, told in one.signs.items():
        row = list(told)
        own = pair in one.wanted
        if row[unsaid]:
            others = counts.written[pair] - own
            table = {"pairs": {pair: others if others >= LEAST else 0}, "calls": counts.calls - 1}
            row[written] = likely.written(table, pair)
        else:
            said = pair in one.said
            row[lift] = counts.lift(pair, said=said, both=said and own) / likely.TENTHS
        yield tuple(row)


def _fit(signs: Any, hits: Any) -> Any:
    """Fit by Newton's method."""
    found = np.zeros(signs.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-signs @ found))
        slope = signs.T @ (chance - hits) + STEADY * found
        bend = (signs * (chance * (1 - chance))[:, None]).T @ signs + STEADY * np.eye(len(found))
        found = found - np.linalg.solve(bend, slope)
    return found


def score(one: Case, table: Mapping[str, Any] | None) -> float:
    """Return the F1 of a call's demand, with a table or without."""
    if one.field is None or table is None:
        field = one.field or demand.drafted(one.talk, one.found)
    else:
        field = likely.likeliest(one.talk, one.pieces, one.answered, one.field, demand.LIMIT, table=table)
    return 0.0 if field is None else bigram_f1(normalise(str(field.value)), normalise(one.gold))


def main(arguments: list[str], say: Callable[[str], None]) -> None:
    """Measure, and with ``--write`` count the table from all batches."""
    options = options_of(__doc__, arguments)
    labelled = parts(list(read_dialogues(LABELLED)))
    known = {"dev": labelled["tuned"], **dict(batches_of(options.files, BATCH))}
    cases = {name: [case(call, form) for call in calls for form in FORMS] for name, calls in known.items()}
    held = [case(call, form) for call in labelled["held_back"] for form in FORMS]
    table = learn([one for some in cases.values() for one in some])
    judged = [
        (name, some, learn([one for other in cases if other != name for one in cases[other]]))
        for name, some in (list(cases.items())[-1:] if options.quick else cases.items())
    ]
    told: dict[str, Any] = {}
    for form in FORMS:
        for name, some, counted in [*judged, ("held back", held, table)]:
            scores = [(score(one, None), score(one, counted)) for one in some if one.form == form]
            told[f"{name} {form}"] = [
                round(sum(column) / len(scores), 3) for column in zip(*scores, strict=True)
            ]
    say(
        json.dumps(told) if options.json else "\n".join(f"{name}: {a} → {b}" for name, (a, b) in told.items())
    )
    if options.write:
        told_apart = json.dumps(table, ensure_ascii=False, separators=(",", ":")).replace("},", "},\n")
        TABLE.write_text(told_apart + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:], print)
