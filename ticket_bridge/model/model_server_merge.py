"""Puts a model's proved fields into the rules' draft: it may fill, refine, raise, never talk away. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ...asr.transcripts import Transcript
from ..draft import Draft
from ..fields import Field, FieldName, Origin, check_evidence
from ..making import Making
from ..values import URGENCIES
from .model_server_check import Proved

AGREED = 0.9
"""The least confidence of a value that model and rules found each by themselves."""
_CLOSES = frozenset({"无效", "表扬"})
"""Kinds of call in which nobody has anything to do."""
_RISK = (FieldName.RISK_CLASS, FieldName.RISK_GRADE)


def merge(by_rules: Draft, proved: Proved, transcript: Transcript, making: Making) -> Draft:
    """Return the draft of both; raises ``EvidenceError`` should a quotation not be literal after all."""
    dropped = Counter(proved.dropped)
    fields = dict(by_rules.fields)
    by_model: list[str] = []
    for name, field in proved.fields.items():
        mine = by_rules.fields.get(name)
        if mine is not None and mine.origin is Origin.WORDS and mine.value == field.value:
            fields[name] = replace(mine, confidence=max(mine.confidence, AGREED))
        elif (reason := _refusal(name, field, by_rules, proved.fields)) is not None:
            dropped[reason] += 1
        else:
            fields[name] = field
            by_model.append(name.value)
    check_evidence(fields, transcript)
    made = replace(making, by_model=tuple(by_model), dropped=dict(sorted(dropped.items())))
    return replace(by_rules, fields=MappingProxyType(fields), made=made)


def _refusal(name: FieldName, field: Field, by_rules: Draft, proved: Mapping[FieldName, Field]) -> str | None:
    """Return why the rules' value stands: what a model says never makes a danger or a matter vanish."""
    mine = by_rules.value(name)
    if name in _RISK:
        return _risk_refusal(by_rules, proved)
    closes = name is FieldName.OUT_OF_SCOPE or (
        name is FieldName.KIND and field.value in _CLOSES and mine is not None
    )
    lowers = (
        (name is FieldName.EMERGENCY_LINE and mine is not None)
        or (name is FieldName.URGENCY and _rank(mine) > _rank(field.value))
        or (name is FieldName.CONFIDENTIAL and mine is True)
    )
    alone = name is FieldName.EMOTION and (field.value == "威胁") != _has_threat(by_rules, proved)
    return "closes" if closes else "lowers" if lowers else "alone" if alone else None


def _risk_refusal(by_rules: Draft, proved: Mapping[FieldName, Field]) -> str | None:
    """Class and grade come together; the grade of the rules is never lowered (I is the highest)."""
    if any(one not in proved for one in _RISK):
        return "alone"
    mine = by_rules.value(FieldName.RISK_GRADE)
    grades = ("I", "II", "III", "IV")
    if mine is not None and grades.index(str(mine)) < grades.index(str(proved[FieldName.RISK_GRADE].value)):
        return "lowers"
    return None


def _has_threat(by_rules: Draft, proved: Mapping[FieldName, Field]) -> bool:
    return FieldName.THREAT_QUOTE in proved or FieldName.THREAT_QUOTE in by_rules.fields


def _rank(urgency: object) -> int:
    return URGENCIES.index(str(urgency)) if urgency in URGENCIES else -1
