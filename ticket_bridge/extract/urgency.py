"""How urgent the matter is: 一般, 紧急 or 非常紧急 (WH 6.1.7; what is urgent: the note to BJ 5.1.4.1)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found, Origin
from ..risk import urgency_of
from ..talk import Span, Talk
from ..words import either, rules
from .signs import find_signs
from .stakes import pressing

SURE = 0.5
LIKELY, UNLIKELY = 0.45, 0.3
"""The chances from which on labelled calls make a matter pressing, and below which they take it back."""
OVERRULED = 0.5
"""How sure an urgency is that the rules alone would not have given."""
CALM, PRESSING, AT_ONCE = "一般", "紧急", "非常紧急"


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Begin at 一般 and raise it only on words that say why."""
    kind = found.get(FieldName.KIND)
    emergency = found.get(FieldName.EMERGENCY_LINE)
    if emergency is not None:
        field = _emergency(talk, emergency)
    elif kind is not None and kind.value in ("咨询", "建议", "表扬", "无效") and kind.confidence >= SURE:
        field = Field(CALM, 0.8, kind.evidence)
    else:
        field = _second_thought(
            talk, _by_signs(talk, found) or _wide(talk) or _urgent(talk), grave=_grave(talk, found)
        )
    if field is None:
        return {} if kind is None else {FieldName.URGENCY: Field(CALM, 0.6, (), Origin.INITIAL)}
    return {FieldName.URGENCY: field}


def _second_thought(talk: Talk, field: Field | None, *, grave: bool) -> Field | None:
    """Raise what labelled calls know as pressing, lower what they do not; a sign of grade I or II stands."""
    chance = pressing(talk)
    if chance is None or grave:
        return field
    if field is None:
        raised = chance.value >= LIKELY and bool(chance.evidence)
        return Field(PRESSING, OVERRULED, chance.evidence) if raised else None
    return None if chance.value < UNLIKELY else field


def _grave(talk: Talk, found: Found) -> bool:
    known = rules("risk")["signs"]
    return any(known[sign].get("grade") in ("I", "II") for sign in find_signs(talk, found))


def _emergency(talk: Talk, emergency: Field) -> Field:
    """Grade a call for an emergency line: 110, 119 and 120 are about life, 122 when somebody is hurt."""
    if emergency.value != "122":
        return Field(AT_ONCE, emergency.confidence - 0.05, emergency.evidence)
    data = rules("urgency")
    hurt = next((span for line in talk.citizen for _, span in line.search(either(data["hurt"]))), None)
    unhurt = any(either(data["unhurt"]).search(line.plain.text) for line in talk.lines)
    if hurt is not None and not unhurt:
        return Field(AT_ONCE, 0.8, (hurt.evidence, *emergency.evidence))
    return Field(PRESSING, 0.75, emergency.evidence)


def _by_signs(talk: Talk, found: Found) -> Field | None:
    """Take the most urgent sign of danger, hazard, unrest, disease or leak."""
    asked = [(urgency_of(sign), evidence) for sign, evidence in find_signs(talk, found).items()]
    for level in (AT_ONCE, PRESSING):
        for urgency, evidence in asked:
            if urgency == level:
                return Field(level, 0.8, evidence)
    return None


def _urgent(talk: Talk) -> Field | None:
    for entry in rules("urgency")["urgent"]:
        lines = talk.agent if entry["speaker"] == "agent" else talk.citizen
        for line in lines:
            for _, span in line.search(either(entry["words"])):
                return Field(PRESSING, float(entry["sure"]), (span.evidence,))
    return None


def lost_supply(talk: Talk) -> Span | None:
    """Return the citizen's words for lost water, power, gas or heat."""
    words = either(rules("urgency")["utility"])
    return next((span for line in talk.citizen for _, span in line.search(words)), None)


def _wide(talk: Talk) -> Field | None:
    """Water, power, gas or heat lost over an area, or again and again."""
    data = rules("urgency")
    wide = next((span for line in talk.citizen for _, span in line.search(either(data["wide"]))), None)
    cut = lost_supply(talk)
    if wide is None or cut is None:
        return None
    return Field(PRESSING, 0.8, (cut.evidence, wide.evidence))
