"""How good drafts are on labelled calls: accuracy, macro-F1, exact matches, bigram F1, invented values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .dialogues import Dialogue, TextOf
from .draft import Draft, draft
from .fields import FieldName
from .measures import bigram_f1, interval, macro_f1, normalise, same_person, same_time

CLASSES = (
    FieldName.KIND,
    FieldName.DOMAIN,
    FieldName.URGENCY,
    FieldName.EMERGENCY_LINE,
    FieldName.OUT_OF_SCOPE,
)
EXACT = (FieldName.CONFIDENTIAL, FieldName.PEOPLE, FieldName.PHONE)
PLACES = (FieldName.PLACE, FieldName.ADDRESS, FieldName.PARTY)
TEXTS = (FieldName.TITLE, FieldName.DEMAND, FieldName.EARLIER_HANDLING, FieldName.THREAT_QUOTE)
RIGHT, USABLE = 0.8, 0.6


@dataclass(frozen=True)
class Score:
    """One field's result over a set of calls.

    ``score`` is the field's measure (share of right answers, or mean bigram F1); ``detail`` its second
    figure; null precision: of the fields left empty, how many the gold leaves empty; null recall: of
    those empty in the gold, how many were left empty.
    """

    field: str
    measure: str
    calls: int
    score: float
    low: float
    high: float
    detail: str
    detail_score: float | None
    null_precision: float | None
    null_recall: float | None


@dataclass(frozen=True)
class _Pair:
    mine: Any
    gold: Any
    dialogue: Dialogue


def evaluate(dialogues: Sequence[Dialogue], *, text_of: TextOf = "asr") -> list[Score]:
    """Draft every call and compare with its gold."""
    drafts = [(dialogue, draft(dialogue.transcript(text_of), dialogue.context)) for dialogue in dialogues]
    scores = [_classes(name, _pairs(name, drafts)) for name in CLASSES]
    scores += [_graded("exact", name, _pairs(name, drafts), _equal) for name in EXACT]
    scores.append(_graded("name", FieldName.NAME, _pairs(FieldName.NAME, drafts), _name))
    scores.append(_graded("time", FieldName.OCCURRED_AT, _pairs(FieldName.OCCURRED_AT, drafts), _time))
    scores += [_places(name, _pairs(name, drafts)) for name in PLACES]
    scores += [_graded("bigram F1", name, _pairs(name, drafts), _text) for name in TEXTS]
    return scores


def _pairs(name: FieldName, drafts: Sequence[tuple[Dialogue, Draft]]) -> list[_Pair]:
    return [
        _Pair(made.value(name), dialogue.gold[name.value], dialogue)
        for dialogue, made in drafts
        if name.value in dialogue.gold and not _skipped(name, dialogue.gold)
    ]


def _skipped(name: FieldName, gold: dict[str, Any]) -> bool:
    if name is FieldName.DOMAIN:
        return gold.get("kind") == "无效"
    if name in (FieldName.PLACE, FieldName.OCCURRED_AT, FieldName.PARTY):
        answered = gold.get("kind") == "咨询" or gold.get("out_of_scope") is not None
        return answered or (name is FieldName.PARTY and gold.get("kind") == "建议")
    return False


def _classes(name: FieldName, pairs: Sequence[_Pair]) -> Score:
    mine, gold = [str(pair.mine) for pair in pairs], [str(pair.gold) for pair in pairs]
    marks = [float(a == b) for a, b in zip(mine, gold, strict=True)]
    return _score(name, "accuracy", marks, pairs, ("macro-F1", macro_f1(mine, gold)))


def _graded(measure: str, name: FieldName, pairs: Sequence[_Pair], mark: Callable[[_Pair], float]) -> Score:
    """Score a field; an empty answer is right exactly when the gold is empty.

    The second figure is over the calls in which the gold is filled.
    """
    marks = [_null_or(pair, mark) for pair in pairs]
    filled = [value for value, pair in zip(marks, pairs, strict=True) if pair.gold is not None]
    said = sum(filled) / len(filled) if filled else None
    return _score(name, measure, marks, pairs, ("where said", said))


def _places(name: FieldName, pairs: Sequence[_Pair]) -> Score:
    grades = [_null_or(pair, _text) for pair in pairs]
    right = [float(grade >= RIGHT) for grade in grades]
    usable = sum(grade >= USABLE for grade in grades) / max(len(grades), 1)
    return _score(name, "right", right, pairs, ("usable", usable))


def _null_or(pair: _Pair, mark: Callable[[_Pair], float]) -> float:
    if pair.mine is None or pair.gold is None:
        return float(pair.mine is pair.gold)
    return mark(pair)


def _equal(pair: _Pair) -> float:
    return float(pair.mine == pair.gold)


def _name(pair: _Pair) -> float:
    return float(same_person(str(pair.mine), str(pair.gold)))


def _time(pair: _Pair) -> float:
    return same_time(str(pair.mine), str(pair.gold), pair.dialogue.call_time)


def _text(pair: _Pair) -> float:
    return bigram_f1(normalise(str(pair.mine)), normalise(str(pair.gold)))


def _score(
    name: FieldName,
    measure: str,
    marks: Sequence[float],
    pairs: Sequence[_Pair],
    second: tuple[str, float | None],
) -> Score:
    low, high = interval(sum(marks), len(marks))
    empty = [pair for pair in pairs if pair.mine is None]
    truly = [pair for pair in pairs if pair.gold is None]
    both = sum(pair.gold is None for pair in empty)
    return Score(
        field=name.value,
        measure=measure,
        calls=len(pairs),
        score=sum(marks) / len(marks) if marks else 0.0,
        low=low,
        high=high,
        detail=second[0],
        detail_score=second[1],
        null_precision=both / len(empty) if empty else None,
        null_recall=both / len(truly) if truly else None,
    )
