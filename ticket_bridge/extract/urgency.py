"""How urgent the matter is: 一般, 紧急 or 非常紧急 (WH 6.1.7; what is urgent: the note to BJ 5.1.4.1)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found, Origin
from ..talk import Talk
from ..words import either, rules


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Begin at 一般 and raise it only on words that say why."""
    data = rules("urgency")
    kind = found.get(FieldName.KIND)
    if kind is None:
        return {}
    emergency = found.get(FieldName.EMERGENCY_LINE)
    if emergency is not None and emergency.value != "122":
        return {FieldName.URGENCY: Field("非常紧急", emergency.confidence - 0.05, emergency.evidence)}
    if emergency is not None:
        hurt = next((s for line in talk.citizen for _, s in line.search(either(data["hurt"]))), None)
        unhurt = any(either(data["unhurt"]).search(line.plain.text) for line in talk.lines)
        if hurt is not None and not unhurt:
            return {FieldName.URGENCY: Field("非常紧急", 0.8, (hurt.evidence, *emergency.evidence))}
        return {FieldName.URGENCY: Field("紧急", 0.75, emergency.evidence)}
    if kind.value in ("咨询", "建议", "表扬", "无效") and kind.confidence >= 0.5:
        return {FieldName.URGENCY: Field("一般", 0.8, kind.evidence)}
    threat = found.get(FieldName.THREAT_QUOTE)
    if threat is not None:
        return {FieldName.URGENCY: Field("紧急", 0.8, threat.evidence)}
    for entry in data["urgent"]:
        lines = talk.agent if entry["speaker"] == "agent" else talk.citizen
        for line in lines:
            for _, span in line.search(either(entry["words"])):
                return {FieldName.URGENCY: Field("紧急", float(entry["sure"]), (span.evidence,))}
    wide = next((s for line in talk.citizen for _, s in line.search(either(data["wide"]))), None)
    cut = next((s for line in talk.citizen for _, s in line.search(either(data["utility"]))), None)
    if wide is not None and cut is not None:
        return {FieldName.URGENCY: Field("紧急", 0.8, (cut.evidence, wide.evidence))}
    return {FieldName.URGENCY: Field("一般", 0.6, (), Origin.INITIAL)}
