"""Proves a model's answer against the call: what it cannot show in the words is dropped and counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from ...asr.transcripts import Transcript
from ..fields import Field, FieldName, FieldValue
from ..values import CHOICES, checked
from ..words import either
from .model_server_backed import OWN_WORDS, Said, Spoken, is_backed
from .model_server_mask import Quoted, Sent
from .model_server_prompt import asked_fields, model_rules

CONFIDENCE = 0.7
_MOST_FIELDS, _MOST_PIECES, _LONGEST_WORDS = 64, 12, 1000
_YES_NO = {"是": True, "否": False, "true": True, "false": False}
_OF_THE_CITIZEN = frozenset({FieldName.EMOTION, FieldName.THREAT_QUOTE, FieldName.KIND})
"""What only the citizen's own words can show."""
_OWN_WORDS = tuple(name.value for name in OWN_WORDS)
_NOTHING = frozenset({"", "无", "null", "none", "None", "未知", "不详", "未提及", "没有"})


@dataclass(frozen=True)
class Proved:
    """What stands of an answer; ``dropped`` counts the rest by reason."""

    fields: Mapping[FieldName, Field]
    dropped: Mapping[str, int]


class _DroppedError(Exception):
    """A field cannot be shown in the words; the message is the reason in one word."""


def prove(
    answer: object,
    sent: Sent,
    transcript: Transcript,
    *,
    called_at: datetime,
    caller: str,
    occurred_at: str | None = None,
) -> Proved | None:
    """Return the fields that the words of the call back; None when the answer has not the form at all.

    ``occurred_at`` is the time of the matter as the rules found it.
    """
    match answer:
        case {"fields": list() as items}:
            given = cast("list[object]", items)
        case _:
            return None
    call = Spoken(transcript)
    fields: dict[FieldName, Field] = {}
    dropped: Counter[str] = Counter()
    for item in sorted(given[:_MOST_FIELDS], key=_is_own_words):
        when = fields.get(FieldName.OCCURRED_AT)
        moments = tuple(str(one) for one in (occurred_at, when and when.value) if one)
        try:
            name, value, quoted = _read(item, sent)
            if name in fields:
                raise _DroppedError("twice")
            pieces = tuple(dict.fromkeys(one.evidence for one in quoted))
            readings = [tuple(piece.words for piece in pieces), tuple(one.mended for one in quoted)]
            about = (call, called_at, caller, moments)
            if not any(is_backed(name, value, Said(one, *about)) for one in readings):
                raise _DroppedError("not_said")
            fields[name] = Field(value, CONFIDENCE, pieces)
        except _DroppedError as error:
            dropped[str(error)] += 1
    dropped["too_many"] += max(len(given) - _MOST_FIELDS, 0)
    return Proved(fields, {reason: count for reason, count in sorted(dropped.items()) if count})


def _is_own_words(item: object) -> bool:
    """Tell the model's own texts: they are looked at when the time that they may write out is known."""
    return isinstance(item, dict) and cast("dict[str, Any]", item).get("field") in _OWN_WORDS


def _read(item: object, sent: Sent) -> tuple[FieldName, FieldValue, list[Quoted]]:
    if not isinstance(item, dict):
        raise _DroppedError("shape")
    given = cast("dict[str, Any]", item)
    name = next((one for one in asked_fields() if one.value == given.get("field")), None)
    if name is None:
        raise _DroppedError("unknown_field")
    value = _value(name, given.get("value"), sent)
    quoted = _quoted(given.get("evidence"), sent)
    if name in _OF_THE_CITIZEN and all(one.evidence.speaker != "citizen" for one in quoted):
        raise _DroppedError("speaker")
    return name, value, quoted


def _value(name: FieldName, given: object, sent: Sent) -> FieldValue:
    if type(given) is int or isinstance(given, bool):
        given = str(given).lower()
    if not isinstance(given, str) or given.strip() in _NOTHING:
        raise _DroppedError("empty")
    text = sent.reveal(given.strip())
    if text is None:
        raise _DroppedError("placeholder")
    value: object = text
    if name is FieldName.CONFIDENTIAL:
        value = _YES_NO.get(text)
    elif name is FieldName.PEOPLE:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
    try:
        return checked(name, value)
    except ValueError as error:
        raise _DroppedError("choice" if name in CHOICES else "value") from error


def _quoted(given: object, sent: Sent) -> list[Quoted]:
    """Return the evidence; every piece must have been said in the utterance that is named."""
    if not isinstance(given, list) or not given:
        raise _DroppedError("no_evidence")
    quoted: list[Quoted] = []
    for one in cast("list[object]", given)[:_MOST_PIECES]:
        match one:
            case {"utterance": int(index), "words": str(words)} if not isinstance(index, bool):
                line = sent.lines.get(index)
                piece = line.find(words) if line is not None and len(words) <= _LONGEST_WORDS else None
            case _:
                raise _DroppedError("shape")
        if line is None or piece is None:
            raise _DroppedError("words")
        if either(model_rules()["to_the_machine"]).search(line.line.plain.text):
            raise _DroppedError("to_the_machine")
        quoted.append(piece)
    return quoted
