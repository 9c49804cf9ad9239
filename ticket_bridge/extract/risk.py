"""Risk class and grade of the draft by the rules of LN 5: both or neither (R-R-1, R-R-2)."""

from __future__ import annotations

from dataclasses import replace

from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..risk import Risk, RiskFacts, assess
from ..talk import Talk
from .signs import find_signs
from .stakes import GRAVE, PUBLIC, chance, facts_of, likeliest_class
from .urgency import lost_supply

_LEAST, _SURE = 0.55, 0.75
OVERRULED = 0.45
"""How sure a risk is that the rules alone would not have given."""
LIKELY, LIKELY_GRAVE = 0.5, 0.4
"""The chances from which on labelled calls add a risk, or make it one of grade I."""
UNLIKELY, UNLIKELY_CROWD = 0.2, {"I": 0.2, "II": 0.2, "III": 0.4, "IV": 0.4}
"""The chances below which they take back a mild sign, or a crowd by itself by its grade."""
UNLIKELY_OUTAGE = 0.6
"""The chance below which they take back a crowd that lost water, power, gas or heat; none by itself (◆)."""


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
    risk, shown = _second_thought(talk, found, risk)
    if risk is None:
        return {}
    if shown:
        return _fields(risk, OVERRULED, shown)
    evidence: list[Evidence] = []
    for reason in risk.reasons:
        evidence += signs.get(reason, () if people is None else people.evidence)
    sure = _SURE if FieldName.EMERGENCY_LINE in found or people is not None else _LEAST
    return _fields(risk, sure, tuple(dict.fromkeys(evidence))[:3])


def _second_thought(talk: Talk, found: Found, risk: Risk | None) -> tuple[Risk | None, tuple[Evidence, ...]]:
    """Return the risk as labelled calls leave it, with the words for one that no rule gave.

    They may take back a crowd by itself or a milder sign, add a danger that no word told, and make a risk
    graver; what a sign of grade I or II or an emergency line tells is never made milder.
    """
    joined = FieldName.EMERGENCY_LINE in found
    if (risk is None and joined) or (risk is not None and not _open_to_doubt(risk)):
        return risk, ()
    facts = tuple(facts_of(talk, found))
    public, grave = chance(talk, PUBLIC, facts), chance(talk, GRAVE, facts)
    if public is None or grave is None:
        return risk, ()
    shown = grave.evidence or public.evidence
    if grave.value >= LIKELY_GRAVE and shown:
        return Risk(likeliest_class(talk, facts), "I", "LN 5.2.1 a", ()), shown
    if risk is not None and (joined or public.value >= _least(talk, found, risk)):
        by_crowd = risk.reasons[0] == "people"
        return (replace(risk, risk_class=likeliest_class(talk, facts)) if by_crowd else risk), ()
    if risk is None and public.value >= LIKELY and public.evidence:
        return Risk(likeliest_class(talk, facts), "IV", "LN 5.2.4 b", ()), public.evidence
    return None, ()


def _open_to_doubt(risk: Risk) -> bool:
    """Tell whether a risk is that of a crowd or of a mild grade."""
    return risk.reasons[0] == "people" or risk.grade in ("III", "IV")


def _least(talk: Talk, found: Found, risk: Risk) -> float:
    """Return how likely a risk must be to stand; a crowd whose cause is a sign of risk stands."""
    if len(risk.reasons) > 1:
        return 0.0
    if risk.reasons != ("people",):
        return UNLIKELY
    domain = found.get(FieldName.DOMAIN)
    outage = domain is not None and domain.value == "公共服务" and lost_supply(talk) is not None
    return UNLIKELY_OUTAGE if outage else UNLIKELY_CROWD[risk.grade]


def _fields(risk: Risk, sure: float, pieces: tuple[Evidence, ...]) -> dict[FieldName, Field]:
    return {
        FieldName.RISK_CLASS: Field(risk.risk_class, sure, pieces),
        FieldName.RISK_GRADE: Field(risk.grade, sure, pieces),
    }
