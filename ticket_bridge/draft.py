"""From a call's transcript to a draft ticket: pure, in one pass over the rule extractors (R-T-2…R-T-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from ..asr.transcripts import Transcript, Utterance
from .context import CallContext, Extractor
from .extract import (
    confidential,
    content,
    demand,
    domain,
    earlier,
    emergency,
    feeling,
    kind,
    name,
    party,
    people,
    phone,
    place,
    risk,
    scope,
    threat,
    time,
    title,
    urgency,
)
from .fields import SPECS, Field, FieldName, Origin, check_evidence
from .making import BY_RULES, Making
from .talk import Talk

EXTRACTORS: tuple[Extractor, ...] = (
    emergency.extract,
    threat.extract,
    kind.extract,
    scope.extract,
    domain.extract,
    urgency.extract,
    feeling.extract,
    name.extract,
    phone.extract,
    confidential.extract,
    people.extract,
    risk.extract,
    place.extract,
    time.extract,
    party.extract,
    demand.extract,
    earlier.extract,
    content.extract,
    title.extract,
)
"""In the order of their needs: a later one may read what an earlier one found."""


@dataclass(frozen=True)
class Draft:
    """The filled fields of a draft; what nobody said is not in ``fields``."""

    call: str
    fields: Mapping[FieldName, Field]
    made: Making = BY_RULES

    def value(self, name: FieldName) -> str | int | bool | None:
        """Return a field's value, None when it is empty."""
        field = self.fields.get(name)
        return None if field is None else field.value

    def to_json(self) -> dict[str, Any]:
        """Return every field by name, empty ones as null."""
        return {
            field_name.value: self.fields[field_name].to_json() if field_name in self.fields else None
            for field_name in SPECS
        }

    @staticmethod
    def from_json(call: str, data: Mapping[str, Any]) -> Draft:
        """Read what ``to_json`` wrote."""
        fields = {FieldName(key): Field.from_json(value) for key, value in data.items() if value is not None}
        return Draft(call, MappingProxyType(fields))


def draft(transcript: Transcript, context: CallContext) -> Draft:
    """Make the draft of a call.

    Every field that comes from speech is proved against the transcript before it leaves; an
    ``EvidenceError`` here is a defect of an extractor and stops the draft rather than showing it.
    """
    talk = Talk(transcript)
    found: dict[FieldName, Field] = _known(context)
    for extract in EXTRACTORS:
        found |= extract(talk, context, MappingProxyType(found))
    check_evidence(found, transcript)
    return Draft(transcript.call, MappingProxyType(found))


def warm_up() -> None:
    """Load dictionary and rules (about a second) by drafting one line; the first call does it otherwise."""
    line = Utterance("citizen", 0.0, 1.0, "你好我要投诉")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    draft(Transcript("warm-up", "", "zh", (line,), 1.0), CallContext("warm-up", "", moment))


def _known(context: CallContext) -> dict[FieldName, Field]:
    """Return what the switch knows; the number is given when the draft is stored, the deadline when sent."""
    known = {
        FieldName.RAISED_AT: context.called_at.isoformat(timespec="seconds"),
        FieldName.CALLER: context.caller or None,
        FieldName.AGENT: context.agent,
        FieldName.RECEIVING_UNIT: context.unit,
    }
    fields = {key: Field(value, 1.0, (), Origin.CALL) for key, value in known.items() if value is not None}
    fields[FieldName.SOURCE] = Field("热线电话", 1.0, (), Origin.CALL)
    fields[FieldName.STATUS] = Field("草稿", 1.0, (), Origin.INITIAL)
    return fields
