"""Count the table of the party's marks anew from labelled calls; tell what it is worth on calls of others.

    python bench/party_choice.py [--write] [--json] [--quick] [FILE …]

The calls of each author in turn are judged by a table counted from those of the others, beside what the
rules alone name. Calls that rules were made with are never counted: they teach to trust the rules.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

import numpy as np

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract import party
from hotline.ticket_bridge.extract.party_choice import Choice, choices_of, likeliest
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf
from hotline.ticket_bridge.measure.measures import bigram_f1, normalise
from hotline.ticket_bridge.talk import Talk
from support.counted_tables import FORMS, options_of
from support.entity_calls import ORDINARY, WIDER, entity_calls
from support.least_loss import least

TABLE = ROOT / "ticket_bridge" / "extract" / "party_choice.json"
USABLE = 0.6
LEAST, KEPT = 5, 3000
"""Marks of fewer choices' calls are not counted, and no more marks than these are kept."""
STEADY = 5.0
"""How much the weights are held towards nought."""


@dataclass(frozen=True)
class Case:
    """A call in one form; ``alone`` tells how near the rules come, ``worth`` each choice."""

    author: str
    form: TextOf
    ruled: str
    alone: float
    choices: list[Choice]
    worth: list[float]

    def reached(self, weights: Mapping[str, float]) -> float:
        """Return how near the chosen party is."""
        if not self.choices:
            return self.alone
        chosen, _ = likeliest(self.choices, self.ruled, weights)
        return self.worth[self.choices.index(chosen)]


def cases(calls: Iterable[Dialogue]) -> list[Case]:
    """Read calls in both forms; those whose party the guide does not score are left out."""
    return [
        _case(call, form)
        for call in calls
        if call.gold["kind"] not in ("咨询", "建议") and call.gold["out_of_scope"] is None
        for form in FORMS
    ]


def _case(call: Dialogue, form: TextOf) -> Case:
    transcript = call.transcript(form)
    found = dict(draft(transcript, call.context).fields)
    found.pop(FieldName.PARTY, None)
    gold = call.gold["party"]
    if not party.is_asked_for(found):
        return Case(call.id[0], form, "", float(gold is None), [], [])
    talk = Talk(transcript)
    best, candidates = party.ruled(talk, found)
    ruled = "" if best is None else best.name
    choices = choices_of(talk, found, best, candidates)
    return Case(
        call.id[0],
        form,
        ruled,
        _near(ruled, gold),
        choices,
        [_near(one.name, gold) for one in choices],
    )


def _near(name: str, gold: str | None) -> float:
    if not name or gold is None:
        return float(not name and gold is None)
    return bigram_f1(normalise(name), normalise(gold))


class Counted:
    """Cases as arrays: which marks each choice has, and where the choices of each case begin."""

    def __init__(self, some: Sequence[Case], marks: Sequence[str]) -> None:
        self.marks = list(marks)
        at = {mark: i for i, mark in enumerate(self.marks)}
        some = [one for one in some if one.choices]
        rows = [[at[m] for group in c.marks for m in group if m in at] for one in some for c in one.choices]
        self.mark = np.array([mark for row in rows for mark in row])
        self.row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        self.size = np.array([len(one.choices) for one in some])
        self.begin = np.concatenate([[0], np.cumsum(self.size)[:-1]])
        worth = np.array([near for one in some for near in one.worth])
        self.worth = np.where(worth >= USABLE, worth**2, 0.0)
        possible = np.add.reduceat(self.worth, self.begin) > 0
        self.counts = np.repeat(possible, self.size)
        self.worth = np.where(self.counts, self.worth, 1.0)

    def loss(self, weights: Any) -> tuple[float, Any]:
        """Return what usable choices lack of all likelihood, and its slope."""
        sums = np.bincount(self.row, weights=weights[self.mark], minlength=len(self.worth))
        raised = np.exp(sums - np.repeat(np.maximum.reduceat(sums, self.begin), self.size))
        usable = raised * self.worth
        whole, good = np.add.reduceat(raised, self.begin), np.add.reduceat(usable, self.begin)
        told = usable / np.repeat(good, self.size) - raised / np.repeat(whole, self.size)
        told = np.where(self.counts, told, 0.0)
        slope = np.bincount(self.mark, weights=told[self.row], minlength=len(weights))
        lost = -np.log(good / whole)[self.counts[self.begin]].sum()
        return float(lost + STEADY / 2 * weights @ weights), STEADY * weights - slope


def learn(some: Sequence[Case]) -> dict[str, float]:
    """Count a table: conditional logit over each call's choices, the weightiest marks kept."""
    seen = Counter(
        mark for one in some for mark in {m for c in one.choices for group in c.marks for m in group}
    )
    marks = [mark for mark, calls in sorted(seen.items()) if calls >= LEAST]
    weights = least(Counted(some, marks))
    kept = sorted(marks, key=lambda mark: -abs(weights[mark]))[:KEPT]
    weights = least(Counted(some, sorted(kept)))
    return {mark: round(weight, 2) for mark, weight in weights.items() if abs(weight) >= 0.01}


def _share(reached: Sequence[float]) -> float:
    return round(sum(near >= USABLE for near in reached) / len(reached), 3)


def main(arguments: list[str], say: Callable[[str], None]) -> None:
    """Measure, and with ``--write`` count the table from all calls."""
    options = options_of(__doc__, arguments, [WIDER, ORDINARY])
    known = cases(call for file in options.files for call in entity_calls(file))
    authors = sorted({one.author for one in known})
    told: dict[str, list[float]] = {}
    for author in authors[-1:] if options.quick else authors:
        weights = learn([one for one in known if one.author != author])
        for form in FORMS:
            some = [one for one in known if (one.author, one.form) == (author, form)]
            told[f"{author} {form}"] = [
                _share([one.alone for one in some]),
                _share([one.reached(weights) for one in some]),
            ]
            if not options.json:
                say(f"{author} {form}: {told[f'{author} {form}']}")
    if options.json:
        say(json.dumps(told))
    if options.write:
        made = {"calls": len(known) // len(FORMS), "weights": learn(known)}
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        TABLE.write_text(text.replace(',"', ',\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:], print)
