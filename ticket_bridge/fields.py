"""The draft ticket's fields and the evidence each one stands on (BJ 5.1.4.1 and annex D, WH 6.1.3–6.1.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..asr.transcripts import Speaker, Transcript
from ..core.errors import HotlineError

FieldValue = str | int | bool


class FieldName(StrEnum):
    """Every field of the ticket; the value is its name in JSON and in the store."""

    SOURCE = "source"
    NUMBER = "number"
    STATUS = "status"
    RAISED_AT = "raised_at"
    CALLER = "caller"
    AGENT = "agent"
    RECEIVING_UNIT = "receiving_unit"
    HANDLING_UNIT = "handling_unit"
    DEADLINE = "deadline"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    CONFIDENTIAL = "confidential"
    KIND = "kind"
    DOMAIN = "domain"
    URGENCY = "urgency"
    TITLE = "title"
    OCCURRED_AT = "occurred_at"
    PLACE = "place"
    CONTENT = "content"
    CURRENT_STATE = "current_state"
    DEMAND = "demand"
    PARTY = "party"
    EARLIER_HANDLING = "earlier_handling"
    PEOPLE = "people"
    RISK_CLASS = "risk_class"
    RISK_GRADE = "risk_grade"
    EMERGENCY_LINE = "emergency_line"
    OUT_OF_SCOPE = "out_of_scope"
    EMOTION = "emotion"
    THREAT_QUOTE = "threat_quote"
    SUMMARY = "summary"


@dataclass(frozen=True)
class FieldSpec:
    """How a field is called on screens and which clause asks for it."""

    label: str
    clause: str


SPECS: Mapping[FieldName, FieldSpec] = {
    FieldName.SOURCE: FieldSpec("诉求来源", "WH 6.1.3"),
    FieldName.NUMBER: FieldSpec("工单编号", "BJ 5.1.4.1"),
    FieldName.STATUS: FieldSpec("工单状态", "BJ 5.1.4.1"),
    FieldName.RAISED_AT: FieldSpec("诉求提出时间", "BJ 5.1.4.1"),
    FieldName.CALLER: FieldSpec("来电号码", "BJ D"),
    FieldName.AGENT: FieldSpec("受理坐席", "BJ D"),
    FieldName.RECEIVING_UNIT: FieldSpec("受理单位", "BJ D"),
    FieldName.HANDLING_UNIT: FieldSpec("承办单位", "BJ D"),
    FieldName.DEADLINE: FieldSpec("截止时间", "BJ D"),
    FieldName.NAME: FieldSpec("来电人", "WH 6.1.4"),
    FieldName.PHONE: FieldSpec("联系方式", "WH 6.1.4"),
    FieldName.ADDRESS: FieldSpec("来电人地址", "WH 6.1.4"),
    FieldName.CONFIDENTIAL: FieldSpec("是否保密", "BJ 5.1.4.1"),
    FieldName.KIND: FieldSpec("诉求类型", "WH 5.4.1"),
    FieldName.DOMAIN: FieldSpec("归口分类", "WH 5.4.2"),
    FieldName.URGENCY: FieldSpec("紧急程度", "WH 6.1.7"),
    FieldName.TITLE: FieldSpec("工单标题", "BJ D"),
    FieldName.OCCURRED_AT: FieldSpec("发生时间", "BJ C.3"),
    FieldName.PLACE: FieldSpec("发生地址", "WH 6.1.5"),
    FieldName.CONTENT: FieldSpec("主要内容", "WH 6.1.6"),
    FieldName.CURRENT_STATE: FieldSpec("现状", "BJ 5.1.4.1"),
    FieldName.DEMAND: FieldSpec("诉求", "BJ 5.1.4.1"),
    FieldName.PARTY: FieldSpec("被反映对象", "BJ C.3"),
    FieldName.EARLIER_HANDLING: FieldSpec("前期处理", "BJ C.3"),
    FieldName.PEOPLE: FieldSpec("涉及人数", "BJ C.5"),
    FieldName.RISK_CLASS: FieldSpec("风险类别", "LN 5.1"),
    FieldName.RISK_GRADE: FieldSpec("风险等级", "LN 5.2"),
    FieldName.EMERGENCY_LINE: FieldSpec("应接紧急热线", "WH 5.3 d"),
    FieldName.OUT_OF_SCOPE: FieldSpec("不受理情形", "WH 5.3"),
    FieldName.EMOTION: FieldSpec("诉求人情绪", "LN 6.1.2"),
    FieldName.THREAT_QUOTE: FieldSpec("威胁原话", "BJ C.4"),
    FieldName.SUMMARY: FieldSpec("摘要", "GB 7.1"),
}


class Origin(StrEnum):
    """What a value stands on."""

    WORDS = "words"
    """Words of the call: at least one piece of evidence."""
    CALL = "call"
    """Facts of the switch: number, time, agent."""
    INITIAL = "initial"
    """The state every ticket begins with, such as 草稿 or 一般."""
    PERSON = "person"
    """A person who corrected the draft (``checks.py``); no words need to back it."""


@dataclass(frozen=True)
class Evidence:
    """Words a value was drawn from, literally so in utterance ``utterance``; seconds of the recording."""

    words: str
    speaker: Speaker
    utterance: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Field:
    """One filled field; a field that nobody spoke of has no ``Field`` at all."""

    value: FieldValue
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    origin: Origin = Origin.WORDS

    def to_json(self) -> dict[str, Any]:
        """Return a plain structure for the store and the API."""
        return {
            "value": self.value,
            "confidence": round(self.confidence, 2),
            "origin": self.origin.value,
            "evidence": [
                {
                    "words": piece.words,
                    "speaker": piece.speaker,
                    "utterance": piece.utterance,
                    "start_s": round(piece.start_s, 3),
                    "end_s": round(piece.end_s, 3),
                }
                for piece in self.evidence
            ],
        }

    @staticmethod
    def from_json(data: dict[str, Any]) -> Field:
        """Read what ``to_json`` wrote."""
        return Field(
            value=data["value"],
            confidence=data["confidence"],
            evidence=tuple(Evidence(**piece) for piece in data["evidence"]),
            origin=Origin(data["origin"]),
        )


Found = Mapping[FieldName, Field]
"""The fields filled so far."""


class EvidenceError(HotlineError):
    """A field claims words that were not said; the draft is refused rather than shown."""

    error_id = "ticket.evidence"


def check_evidence(found: Found, transcript: Transcript) -> None:
    """Prove that every field drawn from speech quotes it literally, at a second inside its utterance."""
    for name, field in found.items():
        if field.origin is Origin.WORDS and not field.evidence:
            raise EvidenceError("a field has no evidence", field_name=name.value)
        for piece in field.evidence:
            _check_piece(name, piece, transcript)


def _check_piece(name: FieldName, piece: Evidence, transcript: Transcript) -> None:
    if not 0 <= piece.utterance < len(transcript.utterances):
        raise EvidenceError("evidence names an utterance that does not exist", field_name=name.value)
    utterance = transcript.utterances[piece.utterance]
    if not piece.words or piece.words not in utterance.text or piece.speaker != utterance.speaker:
        raise EvidenceError("evidence quotes words that were not said", field_name=name.value)
    if not utterance.start_s <= piece.start_s <= piece.end_s <= utterance.end_s:
        raise EvidenceError("evidence lies outside its utterance", field_name=name.value)


def merge_evidence(fields: Iterable[Field | None]) -> tuple[Evidence, ...]:
    """Join the evidence of several fields, each piece once, in the order of the call."""
    pieces = {piece for field in fields if field is not None for piece in field.evidence}
    return tuple(sorted(pieces, key=lambda piece: (piece.utterance, piece.start_s, piece.end_s, piece.words)))
