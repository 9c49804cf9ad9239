"""Count the weights of ``extract/stakes.py`` anew from labelled calls; tell what they are worth on others.

    python bench/stakes.py [--write] [--json] [--quick] [FILE …]

Drafts of each author's calls are made with weights counted from those of the others (leave one author out),
beside drafts with nothing counted. The third of the labelled calls that is held back is never counted.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

import numpy as np

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract import stakes
from hotline.ticket_bridge.extract.second_opinion import grams_of
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf, read_dialogues
from hotline.ticket_bridge.measure.evaluate import evaluate, parts
from hotline.ticket_bridge.talk import Talk
from support.counted_tables import FORMS, LABELLED, options_of
from support.entity_calls import ORDINARY, STRANGERS, WIDER, entity_calls

TABLE = ROOT / "ticket_bridge" / "extract" / "stakes.json"
LEAST = 4
"""Runs of fewer calls are not counted."""
STEADY, RUN = 0.5, 0.3
"""How much the weights are held towards nought, and how much less a run may weigh than a fact."""
ROUNDS = 12
MANY = 100
"""From so many people on a grade I is by numbers (LN 5.2.1 b)."""
CLASSES = ("生产安全", "自然灾害", "公共卫生", "社会安全", "突发状况", "其他")
"""Classes of LN 5.1 of which there are calls enough to learn from."""
FIELDS = (FieldName.URGENCY, FieldName.RISK_CLASS, FieldName.RISK_GRADE, FieldName.EMERGENCY_LINE)


@dataclass(frozen=True)
class Subject:
    """What is told apart, among which calls, by how many runs (chosen by leaving authors out)."""

    name: str
    is_so: Callable[[Mapping[str, Any]], bool]
    size: int
    facts: bool = True
    among: Callable[[Mapping[str, Any]], bool] = lambda gold: True


def _of_class(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda gold: gold["risk_class"] == name


def _grave(gold: Mapping[str, Any]) -> bool:
    return gold["risk_grade"] == "I" and (gold["people"] or 0) < MANY


SUBJECTS = (
    Subject(stakes.PRESSING, lambda gold: gold["urgency"] != "一般", 1000, facts=False),
    Subject(stakes.PUBLIC, lambda gold: gold["risk_grade"] is not None, 1000),
    Subject(stakes.GRAVE, _grave, 300),
    *(
        Subject(stakes.CLASS + name, _of_class(name), 300, among=lambda gold: gold["risk_class"] is not None)
        for name in CLASSES
    ),
)


@dataclass(frozen=True)
class Case:
    """A labelled call with what is counted of it."""

    author: str
    call: Dialogue

    @cached_property
    def runs(self) -> frozenset[str]:
        """The runs of characters in it."""
        return frozenset(run for run, _, _ in grams_of(self.talk, apart=True))

    @cached_property
    def facts(self) -> frozenset[str]:
        """What the rules found."""
        with _counting(None):
            found = draft(self.call.transcript("text"), self.call.context).fields
        return frozenset(stakes.facts_of(self.talk, found))

    @cached_property
    def talk(self) -> Talk:
        """The call as said."""
        return Talk(self.call.transcript("text"))


def cases(files: Sequence[Path]) -> Iterator[Case]:
    """Give the calls with judgements; calls that rules were made with are one author's."""
    for call in parts(list(read_dialogues(LABELLED)))["tuned"]:
        yield Case("", call)
    for file in files:
        for call in entity_calls(file):
            if "urgency" in call.gold:
                yield Case("strangers" if file == STRANGERS else call.id[0], call)


def learn(known: Sequence[Case], subject: Subject) -> dict[str, Any]:
    """Return a subject's weights by regularised logistic regression."""
    some = [case for case in known if subject.among(case.call.gold)]
    so = np.array([subject.is_so(case.call.gold) for case in some], dtype=float)
    facts = sorted({fact for case in some for fact in case.facts}) if subject.facts else []
    runs = telling([case.runs for case in some], so, subject.size)
    seen = np.zeros((len(some), 1 + len(facts) + len(runs)))
    seen[:, 0] = 1.0
    for row, case in zip(seen, some, strict=True):
        row[1 : 1 + len(facts)] = [fact in case.facts for fact in facts]
        row[1 + len(facts) :] = [RUN * (run in case.runs) for run in runs]
    weights = fitted(seen, so) * stakes.HUNDREDTHS
    of_facts, of_runs = weights[1 : 1 + len(facts)], weights[1 + len(facts) :] * RUN
    return {
        "base": round(weights[0]),
        "facts": {fact: round(weight) for fact, weight in zip(facts, of_facts, strict=True) if round(weight)},
        "runs": {run: round(weight) for run, weight in zip(runs, of_runs, strict=True) if round(weight)},
    }


def fitted(seen: Any, so: Any) -> Any:
    """Return the likeliest weights, held towards nought; solved by Newton's steps over calls, not marks."""
    likeness = seen @ seen.T
    shares = np.zeros(len(so))
    for _ in range(ROUNDS):
        told = np.clip(likeness @ shares, -30, 30)
        chance = 1 / (1 + np.exp(-told))
        spread = np.maximum(chance * (1 - chance), 1e-4)
        shares = np.linalg.solve(likeness + np.diag(STEADY / spread), told + (so - chance) / spread)
    return seen.T @ shares


def telling(runs: Sequence[frozenset[str]], so: Any, size: int) -> list[str]:
    """Return the ``size`` runs that tell most."""
    everywhere = Counter(run for one in runs for run in one)
    with_it = Counter(run for one, is_so in zip(runs, so, strict=True) if is_so for run in one)
    known = [run for run, count in everywhere.items() if count >= LEAST]
    told = {run: _information(with_it[run], everywhere[run], int(so.sum()), len(so)) for run in known}
    return sorted(sorted(known, key=lambda run: (-told[run], run))[:size])


def _information(with_it: int, everywhere: int, positive: int, calls: int) -> float:
    """Return how much it tells of the subject that a run is in a call or not."""
    total = 0.0
    for here, side in ((with_it, positive), (everywhere - with_it, calls - positive)):
        for count, share in ((here, everywhere / calls), (side - here, 1 - everywhere / calls)):
            if count and side:
                total += count / calls * math.log(count / side / share)
    return total


def tables(known: Sequence[Case]) -> dict[str, Any]:
    """Return the weights of every subject."""
    return {subject.name: learn(known, subject) for subject in SUBJECTS}


@contextmanager
def _counting(weights: Mapping[str, Any] | None) -> Generator[None]:
    """Draft with these weights instead of those of the table; with none where there are none."""
    few = stakes.FEWEST if weights is not None else sys.maxsize
    stakes.pressing.cache_clear()
    with mock.patch.object(stakes, "table", return_value=weights), mock.patch.object(stakes, "FEWEST", few):
        yield
    stakes.pressing.cache_clear()


def judged(calls: Sequence[Dialogue], form: TextOf, weights: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the scores of drafts made with these weights, with nothing counted where there are none."""
    with _counting(weights):
        scores = {score.field: score for score in evaluate(calls, text_of=form)}
    told = {field.value: scores[field.value].score for field in FIELDS}
    told["invented risks"] = float(scores[FieldName.RISK_GRADE].invented)
    told["grave missed"] = scores[FieldName.RISK_GRADE].details["grave_missed"] or 0.0
    return told


def main(arguments: list[str], say: Callable[[str], None]) -> None:
    """Measure, and with ``--write`` count the weights from all calls."""
    options = options_of(__doc__, arguments, (STRANGERS, WIDER, ORDINARY))
    known = list(cases(options.files))
    authors = list(dict.fromkeys(case.author for case in known if case.author))
    result: dict[str, Any] = defaultdict(dict)
    for author in authors[-1:] if options.quick else authors:
        calls = [case.call for case in known if case.author == author]
        weights = tables([case for case in known if case.author != author])
        for form in FORMS:
            result[f"{author} {form}"] = {
                "rules": judged(calls, form, None),
                "with the weights": judged(calls, form, weights),
            }
            if not options.json:
                say(f"{author} {form}: {json.dumps(result[f'{author} {form}'], ensure_ascii=False)}")
    if options.json:
        say(json.dumps(result, ensure_ascii=False))
    if options.write:
        TABLE.write_text(
            json.dumps(tables(known), ensure_ascii=False, separators=(",", ":")).replace(',"', ',\n"') + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main(sys.argv[1:], print)
