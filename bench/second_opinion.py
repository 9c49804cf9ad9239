"""Count the table of the second opinion anew from labelled calls, and tell what it is worth on unseen ones.

    python bench/second_opinion.py [--write] [--json] [--quick] [FILE …]

Every batch of twenty calls in turn is judged by a table counted from the others (leave one batch out), beside
what the rules alone give. The third of the labelled calls that is held back is never counted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract import domain, kind
from hotline.ticket_bridge.extract.scoring import Tally, ranked
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf, read_dialogues
from hotline.ticket_bridge.measure.evaluate import parts
from hotline.ticket_bridge.measure.learning import Example, best, learn
from hotline.ticket_bridge.talk import Talk
from hotline.ticket_bridge.words import rules
from support.counted_tables import FORMS, LABELLED, batches_of, options_of
from support.own_calls import own_calls

TABLE = ROOT / "ticket_bridge" / "extract" / "second_opinion.json"


@dataclass(frozen=True)
class Subject:
    """What is judged, and how its table is counted (chosen by leaving batches out)."""

    name: str
    classes: tuple[str, ...]
    size: int
    least: int
    scale: float
    apart: bool

    def learn(self, examples: list[Example]) -> dict[str, Any]:
        """Count a table."""
        return learn(
            examples, self.classes, size=self.size, least=self.least, scale=self.scale, apart=self.apart
        )


def subjects() -> tuple[Subject, ...]:
    """Return kind and domain."""
    return (
        Subject("kind", tuple(rules("kinds")["kinds"]), 6000, 3, 1 / 6, apart=True),
        Subject("domain", tuple(rules("domains")["domains"]), 3000, 3, 1 / 6, apart=False),
    )


def batches(files: list[Path]) -> Iterator[tuple[str, list[Dialogue]]]:
    """Give the calls in batches; those that are only counted, never judged, stand under an empty name."""
    yield "", list(own_calls())
    yield "dev", parts(list(read_dialogues(LABELLED)))["tuned"]
    yield from batches_of(files)


def _rules_of(call: Dialogue, form: TextOf) -> dict[str, dict[str, Tally]]:
    talk = Talk(call.transcript(form))
    found = draft(call.transcript(form), call.context).fields
    return {"kind": kind.weighed(talk, found), "domain": domain.weighed(talk)}


def _examples(subject: Subject, calls: list[Dialogue]) -> list[Example]:
    return [
        Example(Talk(call.transcript("text")), call.gold[subject.name], apart=subject.apart)
        for call in calls
        if call.gold.get(subject.name) is not None and _scored(subject, call)
    ]


def _scored(subject: Subject, call: Dialogue) -> bool:
    return subject.name != FieldName.DOMAIN.value or call.gold.get("kind") != "无效"


def main(arguments: list[str], say: Callable[[str], None]) -> None:
    """Measure, and with ``--write`` count the table from all batches."""
    options = options_of(__doc__, arguments)
    everything = list(batches(options.files))
    weights = {
        (call.id, form): _rules_of(call, form)
        for name, calls in everything
        if name
        for call in calls
        for form in FORMS
    }
    tables: dict[str, Any] = {}
    told: list[str] = []
    for subject in subjects():
        known = {name: _examples(subject, calls) for name, calls in everything}
        judged = [
            (
                name,
                calls,
                subject.learn([one for other, some in known.items() if other != name for one in some]),
            )
            for name, calls in everything
            if name
        ]
        for form in FORMS:
            told += _measure(subject, form, judged[-1:] if options.quick else judged, weights)
        tables[subject.name] = subject.learn([one for some in known.values() for one in some])
    say(json.dumps(dict(line.split(": ", 1) for line in told)) if options.json else "\n".join(told))
    if options.write:
        TABLE.write_text(
            json.dumps(tables, ensure_ascii=False, separators=(",", ":")).replace("],", "],\n") + "\n",
            encoding="utf-8",
        )


def _measure(
    subject: Subject,
    form: TextOf,
    judged: list[tuple[str, list[Dialogue], dict[str, Any]]],
    weights: dict[tuple[str, TextOf], dict[str, dict[str, Tally]]],
) -> Iterator[str]:
    """Judge each batch with the table that was counted without it."""
    total = alone = together = 0
    for name, calls, table in judged:
        right = by_rules = count = 0
        for call in calls:
            if not _scored(subject, call):
                continue
            tallies = weights[call.id, form][subject.name]
            grams = Example(Talk(call.transcript(form)), "", apart=subject.apart).grams
            gold = call.gold[subject.name]
            chosen = best(table, grams, {key: tally.weight for key, tally in tallies.items()})
            count, right = count + 1, right + (chosen == gold)
            by_rules += ranked(tallies)[0][0] == gold
        yield f"{subject.name} {form} {name}: rules {by_rules}/{count}, with the table {right}/{count}"
        total, alone, together = total + count, alone + by_rules, together + right
    yield f"{subject.name} {form} all: rules {alone / total:.3f}, with the table {together / total:.3f}"


if __name__ == "__main__":
    main(sys.argv[1:], print)
