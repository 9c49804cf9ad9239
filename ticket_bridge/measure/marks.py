"""What a single answer is worth against the gold, field by field, from 0 to 1 (docs/tickets.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..draft import Draft
from ..fields import FieldName
from .dialogues import Dialogue, TextOf
from .measures import bigram_f1, normalise, same_person, same_phone, same_time, share_found

FREE = (FieldName.TITLE, FieldName.DEMAND, FieldName.EARLIER_HANDLING)
"""Fields in an expert's own wording: a mean without a pass mark."""
FOUND = 0.8
"""How much of a threat's characters must be quoted."""


@dataclass(frozen=True)
class Pair:
    """An answer beside the gold, with the call and the draft they are of."""

    mine: Any
    gold: Any
    dialogue: Dialogue
    made: Draft
    text_of: TextOf


Mark = Callable[[Pair], float]


def mark_of(name: FieldName) -> Mark:
    """Return how a field is marked where both answer and gold are filled."""
    return _MARKS.get(name, _text)


def _name(pair: Pair) -> float:
    return float(same_person(str(pair.mine), str(pair.gold)))


def _phone(pair: Pair) -> float:
    return float(same_phone(str(pair.mine), str(pair.gold)))


_CALENDAR = re.compile(
    r"[月号日点]|上个?(?:周|星期|礼拜)|[昨前今]|去年|前年|腊月|正月|年[初底前]|[0-9]{4}年|节|除夕"
)
_DURATION = re.compile(
    r"[零一二两三四五六七八九十百几半多0-9]+个?多?(?:分钟|小时|钟头|钟|天|周|星期|礼拜|月|年)"
)


def _time(pair: Pair) -> float:
    """Mark a time; where only how long it lasts was said, a fifth of that is allowed."""
    field = pair.made.fields.get(FieldName.OCCURRED_AT)
    words = "".join(piece.words for piece in field.evidence).replace(" ", "") if field is not None else ""
    lasting = _DURATION.sub("", words) != words and not _CALENDAR.search(_DURATION.sub("", words))
    return same_time(str(pair.mine), str(pair.gold), pair.dialogue.call_time, by_duration=lasting)


def _text(pair: Pair) -> float:
    return bigram_f1(normalise(str(pair.mine)), normalise(str(pair.gold)))


def _quote(pair: Pair) -> float:
    """Mark a threat: most of the gold's characters, and literally said by the citizen."""
    said = any(
        turn["speaker"] == "citizen" and str(pair.mine) in (turn.get(pair.text_of) or "")
        for turn in pair.dialogue.turns
    )
    return float(said and share_found(normalise(str(pair.mine)), normalise(str(pair.gold))) >= FOUND)


_MARKS: dict[FieldName, Mark] = {
    FieldName.NAME: _name,
    FieldName.PHONE: _phone,
    FieldName.OCCURRED_AT: _time,
    FieldName.THREAT_QUOTE: _quote,
}
