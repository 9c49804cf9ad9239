"""Counting the table of a choice and judging it on authors whose calls were not counted (``bench/``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline.ticket_bridge.extract.choosing import Possible
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf, read_dialogues
from hotline.ticket_bridge.measure.evaluate import parts
from hotline.ticket_bridge.measure.measures import bigram_f1, normalise
from support.counted_tables import FORMS, LABELLED, Options
from support.entity_calls import ORDINARY, WIDER, entity_calls
from support.logit import learn


@dataclass(frozen=True)
class Case:
    """A call in one form: how right the draft is, its possible values, and how right each would be."""

    author: str
    form: TextOf
    drafted: float
    choices: Sequence[Possible]
    worth: Sequence[float]


@dataclass(frozen=True)
class Choosing:
    """A table: how cases are made of a call, which choice stands, and from where on it is a right one."""

    table: Path
    case: Callable[[str, Dialogue, TextOf], Case | None]
    pick: Callable[[Case, Mapping[str, float]], Possible]
    usable: float


def by_author(files: Sequence[Path]) -> Iterator[tuple[str, Dialogue]]:
    """Give the calls of files with their authors; of the labelled ones never the third that is held back."""
    for file in files:
        if file == LABELLED:
            yield from (("dev", call) for call in parts(list(read_dialogues(file)))["tuned"])
        else:
            several = file in (WIDER, ORDINARY)
            yield from ((call.id[0] if several else file.stem, call) for call in entity_calls(file))


def count(choosing: Choosing, options: Options, say: Callable[[str], None]) -> None:
    """Judge each author's calls by a table of the others', beside what is drafted; write the table of all."""
    known = [
        case
        for author, call in by_author(options.files)
        for form in FORMS
        if (case := choosing.case(author, call, form)) is not None
    ]
    authors = sorted({one.author for one in known})
    told: dict[str, list[float]] = {}
    for author in authors[-1:] if options.quick else authors:
        weights = learn([one for one in known if one.author != author], usable=choosing.usable)
        for form in FORMS:
            some = [one for one in known if (one.author, one.form) == (author, form)]
            reached = [_reached(choosing, one, weights) for one in some]
            told[f"{author} {form}"] = [
                share([one.drafted for one in some], choosing.usable),
                share(reached, choosing.usable),
            ]
            if not options.json:
                say(f"{author} {form}: {told[f'{author} {form}']}")
    if options.json:
        say(json.dumps(told))
    if options.write:
        made = {"calls": len(known) // len(FORMS), "weights": learn(known, usable=choosing.usable)}
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        choosing.table.write_text(text.replace(',"', ',\n"') + "\n", encoding="utf-8")


def _reached(choosing: Choosing, case: Case, weights: Mapping[str, float]) -> float:
    if not case.choices:
        return case.drafted
    return case.worth[case.choices.index(choosing.pick(case, weights))]


def near(name: str, gold: str | None) -> float:
    """Return how near a name is to the expert's, by the guide's measure; empty must meet empty."""
    return either_empty(name, gold, lambda mine, real: bigram_f1(normalise(mine), normalise(real)))


def either_empty(value: str, gold: str | None, measure: Callable[[str, str], float]) -> float:
    """Return what ``measure`` tells of two values; where one is empty, whether the other is."""
    if not value or gold is None:
        return float(not value and gold is None)
    return measure(value, gold)


def share(reached: Sequence[float], usable: float) -> float:
    """Return the share of what is usable."""
    return round(sum(one >= usable for one in reached) / len(reached), 3)
