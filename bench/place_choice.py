"""Count the tables of the words of place and home anew; tell what they are worth on calls of others.

    python bench/place_choice.py [--write] [--json] [--quick] [FILE …]

The calls of each author in turn are judged by tables counted from those of the others, beside what the
rules alone name. Calls that rules were made with are never counted: they teach to trust the rules.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

import numpy as np

from hotline.ticket_bridge.extract import place
from hotline.ticket_bridge.extract.place_choice import MARGIN, likeliest, likeness_of
from hotline.ticket_bridge.extract.place_words import WORD, Word, words_of
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf
from hotline.ticket_bridge.measure.measures import normalise
from hotline.ticket_bridge.talk import BREAK, DIGITS, Talk
from support.counted_choices import near, share
from support.counted_tables import FORMS, options_of
from support.entity_calls import ORDINARY, WIDER, entity_calls
from support.least_loss import least

TABLE = ROOT / "ticket_bridge" / "extract" / "place_choice.json"
FIELDS = (FieldName.PLACE, FieldName.ADDRESS)
USABLE = 0.6
LEAST, KEPT = 5, 6000
"""Marks of fewer calls are not counted, and no more marks than these are kept."""
STEADY = 5.0
"""How much the weights are held towards nought."""
LONG = 6
"""A longer word weighs no more in the counting."""
MOSTLY = 0.7
"""A word of which so much stands on the ticket belongs to it."""
_ARABIC = str.maketrans(DIGITS)


@dataclass(frozen=True)
class Case:
    """A call in one form: the words of which a field may be made, and which of them an expert wrote."""

    field: FieldName
    author: str
    form: TextOf
    gold: str | None
    ruled: str
    words: list[Word]
    written: list[bool]

    def alone(self) -> float:
        """Return how near the rules come."""
        return near(self.ruled, self.gold)

    def reached(self, weights: Mapping[str, float]) -> float:
        """Return how near the chosen place, or home, is."""
        if not self.words:
            return self.alone()
        chosen = likeliest(self.words, weights)
        if not chosen.stands(self.field.value):
            return near("", self.gold)
        ruled = likeness_of(self.ruled, self.words, weights, chosen.length)
        kept = self.field is FieldName.PLACE and self.ruled and chosen.likeness - ruled < MARGIN
        return near(self.ruled if kept else chosen.value, self.gold)


def cases(calls: Iterable[Dialogue], field: FieldName) -> list[Case]:
    """Read calls in both forms; those whose place the guide does not score are left out."""
    return [
        _case(call, form, field)
        for call in calls
        if field is FieldName.ADDRESS or (call.gold["kind"] != "咨询" and call.gold["out_of_scope"] is None)
        for form in FORMS
    ]


def _case(call: Dialogue, form: TextOf, field: FieldName) -> Case:
    talk = Talk(call.transcript(form))
    known = place.ruled(talk).get(field)
    ruled = "" if known is None else str(known.value)
    gold = call.gold[field.value]
    words = words_of(talk, ruled)
    return Case(field, call.id[0], form, gold, ruled, words, _written(talk, words, gold))


def _written(talk: Talk, words: Sequence[Word], gold: str | None) -> list[bool]:
    """Tell which words stand on the ticket: those of the longest runs that it shares with an utterance."""
    if gold is None:
        return [False] * len(words)
    real = normalise(gold).translate(_ARABIC)
    shared = [run for line in talk.lines for run in _shared(line.index, line.read.text, real)]
    texts = {text for text, _ in shared}
    whole = {
        at
        for text, ats in shared
        if not any(text != other and text in other for other in texts)
        for at in ats
    }
    return [_is_written(word, talk, whole, normalise(gold)) for word in words]


def _shared(index: int, said: str, real: str) -> list[tuple[str, list[tuple[int, int]]]]:
    """Return the runs of two characters or more that an utterance shares with the ticket."""
    at = [i for i, char in enumerate(said) if char != BREAK]
    text = "".join(said[i] for i in at).translate(_ARABIC)
    made: list[tuple[str, list[tuple[int, int]]]] = []
    reached = 0
    for start in range(len(text)):
        end = start
        while end < len(text) and text[start : end + 1] in real:
            end += 1
        if end - start > 1 and end > reached:
            made.append((text[start:end], [(index, i) for i in at[start:end]]))
            reached = end
    return made


def _is_written(word: Word, talk: Talk, whole: set[tuple[int, int]], real: str) -> bool:
    index, begin, end = word.at
    value = normalise(word.value)
    if word.level != WORD and len(value) > 1 and value in real:
        return True
    said = next(line.read.text for line in talk.lines if line.index == index)
    own = [(index, i) for i in range(begin, end) if said[i] != BREAK]
    return sum(at in whole for at in own) >= MOSTLY * len(own)


class Counted:
    """Cases as arrays: which marks each word has, whether it was written, and how much it weighs."""

    def __init__(self, some: Sequence[Case], marks: Sequence[str]) -> None:
        self.marks = list(marks)
        at = {mark: i for i, mark in enumerate(self.marks)}
        words = [word for one in some for word in one.words]
        rows = [[at[m] for group in word.marks for m in group if m in at] for word in words]
        self.mark = np.array([mark for row in rows for mark in row])
        self.row = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        self.written = np.array([float(told) for one in some for told in one.written])
        self.weight = np.array([min(len(word.value), LONG) ** 0.5 for word in words])

    def loss(self, weights: Any) -> tuple[float, Any]:
        """Return what the chances lack of the truth, and its slope."""
        sums = np.bincount(self.row, weights=weights[self.mark], minlength=len(self.written))
        lost = self.weight @ (np.logaddexp(0.0, sums) - self.written * sums)
        told = self.weight * (1 / (1 + np.exp(-sums)) - self.written)
        slope = np.bincount(self.mark, weights=told[self.row], minlength=len(weights))
        return float(lost + STEADY / 2 * weights @ weights), STEADY * weights + slope


def learn(some: Sequence[Case]) -> dict[str, float]:
    """Count a table: a logit of each word, the weightiest marks kept."""
    seen = Counter(
        mark for one in some for mark in {m for word in one.words for group in word.marks for m in group}
    )
    marks = [mark for mark, calls in sorted(seen.items()) if calls >= LEAST]
    weights = least(Counted(some, marks))
    kept = sorted(marks, key=lambda mark: -abs(weights[mark]))[:KEPT]
    weights = least(Counted(some, sorted(kept)))
    return {mark: round(weight, 2) for mark, weight in weights.items() if abs(weight) >= 0.01}


def main(arguments: list[str], say: Callable[[str], None]) -> None:
    """Measure, and with ``--write`` count the table from all calls."""
    options = options_of(__doc__, arguments, [WIDER, ORDINARY])
    calls = [call for file in options.files for call in entity_calls(file)]
    known = {field: cases(calls, field) for field in FIELDS}
    told = {
        f"{field.value} {key}": shares
        for field, some in known.items()
        for key, shares in _judged(some, quick=options.quick)
    }
    if options.json:
        say(json.dumps(told))
    else:
        for key, shares in told.items():
            say(f"{key}: {shares}")
    if options.write:
        weights = {field.value: learn(some) for field, some in known.items()}
        text = json.dumps(
            {"calls": len(calls), "weights": weights},
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        )
        TABLE.write_text(text.replace(',"', ',\n"') + "\n", encoding="utf-8")


def _judged(known: Sequence[Case], *, quick: bool) -> Iterator[tuple[str, list[float]]]:
    """Give what is usable by the rules and by a table of the other authors, of each author and form."""
    authors = sorted({one.author for one in known})
    for author in authors[-1:] if quick else authors:
        weights = learn([one for one in known if one.author != author])
        for form in FORMS:
            some = [one for one in known if (one.author, one.form) == (author, form)]
            yield (
                f"{author} {form}",
                [
                    share([one.alone() for one in some], USABLE),
                    share([one.reached(weights) for one in some], USABLE),
                ],
            )


if __name__ == "__main__":
    main(sys.argv[1:], print)
