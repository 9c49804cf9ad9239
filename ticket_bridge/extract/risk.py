"""Risk class and grade of the draft by the rules of LN 5: both or neither (R-R-1, R-R-2)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..risk import RiskFacts, assess
from ..talk import Talk
from .signs import find_signs

_LEAST, _SURE = 0.55, 0.75


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Grade what the earlier extractors and the signs of the talk tell."""
    signs = find_signs(talk, found)
    kind, people = found.get(FieldName.KIND), found.get(FieldName.PEOPLE)
    risk = assess(
        RiskFacts(
            kind=None if kind is None else str(kind.value),
            people=None if people is None else int(people.value),
            signs=tuple(signs),
        )
    )
    if risk is None:
        return {}
    evidence: list[Evidence] = []
    for reason in risk.reasons:
        evidence += signs.get(reason, () if people is None else people.evidence)
    sure = _SURE if FieldName.EMERGENCY_LINE in found or people is not None else _LEAST
    pieces = tuple(dict.fromkeys(evidence))[:3]
    return {
        FieldName.RISK_CLASS: Field(risk.risk_class, sure, pieces),
        FieldName.RISK_GRADE: Field(risk.grade, sure, pieces),
    }
