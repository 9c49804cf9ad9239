"""How urgent the matter is: 一般, 紧急 or 非常紧急 (WH 6.1.7; what is urgent: the note to BJ 5.1.4.1)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found, Origin
from ..talk import Talk
from ..words import either, rules

SURE = 0.5


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Begin at 一般 and raise it only on words that say why."""
    kind = found.get(FieldName.KIND)
    emergency = found.get(FieldName.EMERGENCY_LINE)
    if emergency is not None:
        field = _emergency(talk, emergency)
    elif kind is not None and kind.value in ("咨询", "建议", "表扬", "无效") and kind.confidence >= SURE:
        field = Field("一般", 0.8, kind.evidence)
    else:
        field = _threatened(found) or _urgent(talk) or _wide(talk)
    if field is None:
        return {} if kind is None else {FieldName.URGENCY: Field("一般", 0.6, (), Origin.INITIAL)}
    return {FieldName.URGENCY: field}


def _emergency(talk: Talk, emergency: Field) -> Field:
    """Grade a call for an emergency line: 110, 119 and 120 are about life, 122 when somebody is hurt."""
    if emergency.value != "122":
        return Field("非常紧急", emergency.confidence - 0.05, emergency.evidence)
    data = rules("urgency")
    hurt = next((span for line in talk.citizen for _, span in line.search(either(data["hurt"]))), None)
    unhurt = any(either(data["unhurt"]).search(line.plain.text) for line in talk.lines)
    if hurt is not None and not unhurt:
        return Field("非常紧急", 0.8, (hurt.evidence, *emergency.evidence))
    return Field("紧急", 0.75, emergency.evidence)


def _threatened(found: Found) -> Field | None:
    threat = found.get(FieldName.THREAT_QUOTE)
    return None if threat is None else Field("紧急", 0.8, threat.evidence)


def _urgent(talk: Talk) -> Field | None:
    for entry in rules("urgency")["urgent"]:
        lines = talk.agent if entry["speaker"] == "agent" else talk.citizen
        for line in lines:
            for _, span in line.search(either(entry["words"])):
                return Field("紧急", float(entry["sure"]), (span.evidence,))
    return None


def _wide(talk: Talk) -> Field | None:
    """Water, power, gas or heat lost over an area, or again and again."""
    data = rules("urgency")
    wide = next((span for line in talk.citizen for _, span in line.search(either(data["wide"]))), None)
    cut = next((span for line in talk.citizen for _, span in line.search(either(data["utility"]))), None)
    if wide is None or cut is None:
        return None
    return Field("紧急", 0.8, (cut.evidence, wide.evidence))
