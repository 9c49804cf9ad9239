"""The citizen's strongest state in the call, as a field of the draft (LN 6.1.2 a)."""

from __future__ import annotations

from ..assist.emotion import words_emotion
from ..context import CallContext
from ..fields import Field, FieldName, Found, Origin
from ..talk import Talk


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Judge by words; calm is what every call begins with. Empty while the citizen has said nothing."""
    kind, threat = found.get(FieldName.KIND), found.get(FieldName.THREAT_QUOTE)
    if kind is None and threat is None:
        return {}
    felt = words_emotion(
        talk,
        kind=None if kind is None else str(kind.value),
        threat=None if threat is None else threat.evidence[0],
    )
    origin = Origin.WORDS if felt.evidence else Origin.INITIAL
    return {FieldName.EMOTION: Field(felt.state, felt.confidence, felt.evidence, origin)}
