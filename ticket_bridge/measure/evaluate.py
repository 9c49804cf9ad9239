"""How good drafts are on labelled calls, as the labelling guide scores them (docs/tickets.md).

Enumerations by accuracy and macro-F1, numbers and phones exactly, names, places, times and texts by their
own measures; values invented where the gold is empty are counted apart, as they are worse than a gap.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..assist.wording import faults, labels
from ..draft import Draft, draft
from ..fields import FieldName
from .dialogues import Dialogue, TextOf
from .marks import FREE, Mark, Pair, mark_of
from .measures import interval, macro_f1, micro_f1, normalise, sound_f1

CLASSES = (
    FieldName.KIND,
    FieldName.DOMAIN,
    FieldName.URGENCY,
    FieldName.EMERGENCY_LINE,
    FieldName.OUT_OF_SCOPE,
    FieldName.CONFIDENTIAL,
    FieldName.PEOPLE,
    FieldName.RISK_CLASS,
    FieldName.RISK_GRADE,
    FieldName.EMOTION,
)
PLACES = (FieldName.PLACE, FieldName.ADDRESS, FieldName.PARTY)
OTHERS = (FieldName.NAME, FieldName.PHONE, FieldName.OCCURRED_AT)
TEXTS = (FieldName.TITLE, FieldName.DEMAND, FieldName.EARLIER_HANDLING, FieldName.THREAT_QUOTE)
RIGHT, USABLE = 0.8, 0.6
GRADES = ("I", "II", "III", "IV")
FAULTS = "agent_faults"
HELD_BACK = 3
"""Calls whose number is a multiple of this are the part that rules are not tuned on."""


@dataclasses.dataclass(frozen=True)
class Score:
    """One field's result over a set of calls.

    ``score`` is the field's measure (share of right answers, or a mean F1) with its 95 % interval;
    ``details`` holds further figures; null precision: of the fields left empty, how many the gold leaves
    empty; null recall: of those empty in the gold, how many were left empty; ``invented``: how many
    were filled though empty in the gold.
    """

    field: str
    measure: str
    calls: int
    score: float
    low: float
    high: float
    invented: int
    null_precision: float | None
    null_recall: float | None
    details: Mapping[str, float | None] = dataclasses.field(default_factory=dict[str, float | None])


def evaluate(dialogues: Sequence[Dialogue], *, text_of: TextOf = "asr") -> list[Score]:
    """Draft every call and compare with its gold; a field that a gold does not name is not scored there."""
    drafts = [(dialogue, draft(dialogue.transcript(text_of), dialogue.context)) for dialogue in dialogues]
    scores = [_classes(name, _pairs(name, drafts, text_of)) for name in CLASSES]
    scores += [_marked(name, _pairs(name, drafts, text_of)) for name in OTHERS]
    scores += [_places(name, _pairs(name, drafts, text_of)) for name in PLACES]
    scores += [_marked(name, _pairs(name, drafts, text_of)) for name in TEXTS]
    scores.append(_wording(dialogues, text_of))
    return scores


def invented(scores: Sequence[Score]) -> int:
    """Return how many values were drafted that the gold leaves empty, over all fields."""
    return sum(score.invented for score in scores)


def parts(dialogues: Sequence[Dialogue]) -> dict[str, list[Dialogue]]:
    """Split calls into the part rules were tuned on and the part held back, by the number in their id."""
    split: dict[str, list[Dialogue]] = {"tuned": [], "held_back": []}
    for dialogue in dialogues:
        digits = "".join(char for char in dialogue.id if char.isascii() and char.isdigit())
        held = bool(digits) and int(digits) % HELD_BACK == 0
        split["held_back" if held else "tuned"].append(dialogue)
    return split


def _pairs(name: FieldName, drafts: Sequence[tuple[Dialogue, Draft]], text_of: TextOf) -> list[Pair]:
    return [
        Pair(made.value(name), dialogue.gold[name.value], dialogue, made, text_of)
        for dialogue, made in drafts
        if name.value in dialogue.gold and not _skipped(name, dialogue.gold)
    ]


def _skipped(name: FieldName, gold: Mapping[str, Any]) -> bool:
    """Tell where the guide does not score a field: no domain of nothing, no place of a question."""
    if name is FieldName.DOMAIN:
        return gold.get("kind") == "无效"
    if name in (FieldName.PLACE, FieldName.OCCURRED_AT, FieldName.PARTY):
        answered = gold.get("kind") == "咨询" or gold.get("out_of_scope") is not None
        return answered or (name is FieldName.PARTY and gold.get("kind") == "建议")
    return False


def _classes(name: FieldName, pairs: Sequence[Pair]) -> Score:
    mine, gold = [str(pair.mine) for pair in pairs], [str(pair.gold) for pair in pairs]
    marks = [float(a == b) for a, b in zip(mine, gold, strict=True)]
    details: dict[str, float | None] = {"macro_f1": macro_f1(mine, gold)}
    if name is FieldName.RISK_GRADE:
        details |= _grades(pairs)
    return _score(name.value, "accuracy", marks, pairs, details)


def _grades(pairs: Sequence[Pair]) -> dict[str, float | None]:
    """Return the share of graded calls within one grade, and how many I and II were missed or made milder."""
    real = [pair for pair in pairs if pair.gold in GRADES]
    near = [
        pair.mine in GRADES and abs(GRADES.index(pair.mine) - GRADES.index(pair.gold)) <= 1 for pair in real
    ]
    grave = [pair for pair in real if pair.gold in GRADES[:2]]
    missed = sum(
        pair.mine not in GRADES or GRADES.index(pair.mine) > GRADES.index(pair.gold) for pair in grave
    )
    return {
        "within_one_grade": sum(near) / len(near) if near else None,
        "grave": float(len(grave)),
        "grave_missed": float(missed),
    }


def _marked(name: FieldName, pairs: Sequence[Pair]) -> Score:
    """Score a field; an empty answer is right exactly when the gold is empty."""
    mark = mark_of(name)
    marks = [_null_or(pair, mark) for pair in pairs]
    measure = "bigram F1" if name in FREE else "found" if name is FieldName.THREAT_QUOTE else "right"
    return _score(name.value, measure, marks, pairs, {"where_said": _where_said(marks, pairs)})


def _places(name: FieldName, pairs: Sequence[Pair]) -> Score:
    grades = [_null_or(pair, mark_of(name)) for pair in pairs]
    sounds = [_null_or(pair, _sound) for pair in pairs]
    right = [float(grade >= RIGHT) for grade in grades]
    details = {
        "usable": _share(grades, USABLE),
        "right_where_said": _where_said(right, pairs),
        "right_by_sound": _share(sounds, RIGHT),
        "usable_by_sound": _share(sounds, USABLE),
    }
    return _score(name.value, "right", right, pairs, details)


def _share(grades: Sequence[float], least: float) -> float | None:
    return sum(grade >= least for grade in grades) / len(grades) if grades else None


def _sound(pair: Pair) -> float:
    return sound_f1(normalise(str(pair.mine)), normalise(str(pair.gold)))


def _where_said(marks: Sequence[float], pairs: Sequence[Pair]) -> float | None:
    said = [mark for mark, pair in zip(marks, pairs, strict=True) if pair.gold is not None]
    return sum(said) / len(said) if said else None


def _null_or(pair: Pair, mark: Mark | Callable[[Pair], float]) -> float:
    if pair.mine is None or pair.gold is None:
        return float(pair.mine is pair.gold)
    return mark(pair)


def _wording(dialogues: Sequence[Dialogue], text_of: TextOf) -> Score:
    """Score the faults found in the agents' wording: micro-F1, and false alarms in calls without a fault."""
    known = [dialogue for dialogue in dialogues if isinstance(dialogue.gold.get(FAULTS), list)]
    mine = [labels(faults(dialogue.transcript(text_of))) for dialogue in known]
    gold: list[list[str]] = [dialogue.gold[FAULTS] for dialogue in known]
    alarms = [len(found) for found, real in zip(mine, gold, strict=True) if not real]
    right = sum(set(found) == set(real) for found, real in zip(mine, gold, strict=True))
    low, high = interval(right, len(known))
    false_alarms = sum(alarms) / len(alarms) if alarms else None
    details = {
        "false_alarms_per_clean_call": false_alarms,
        "all_right": right / len(known) if known else None,
    }
    wrong = sum(len(set(found) - set(real)) for found, real in zip(mine, gold, strict=True))
    return Score(FAULTS, "micro-F1", len(known), micro_f1(mine, gold), low, high, wrong, None, None, details)


def _score(
    name: str,
    measure: str,
    marks: Sequence[float],
    pairs: Sequence[Pair],
    details: Mapping[str, float | None],
) -> Score:
    low, high = interval(sum(marks), len(marks))
    empty = [pair for pair in pairs if pair.mine is None]
    truly = [pair for pair in pairs if pair.gold is None]
    both = sum(pair.gold is None for pair in empty)
    return Score(
        field=name,
        measure=measure,
        calls=len(pairs),
        score=sum(marks) / len(marks) if marks else 0.0,
        low=low,
        high=high,
        invented=len(truly) - both,
        null_precision=both / len(empty) if empty else None,
        null_recall=both / len(truly) if truly else None,
        details=details,
    )
