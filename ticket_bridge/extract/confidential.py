"""Whether the citizen's identity is to be kept secret (BJ 5.1.4.1: 是否保密)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found, Origin
from ..talk import Talk
from ..words import either, rules


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Set when the citizen asks for it or the agent sets it unopposed; otherwise the initial 否."""
    data = rules("confidential")
    asks, refuses, sets = either(data["asks"]), either(data["refuses"]), either(data["agent_sets"])
    answer = either(data["agrees"])
    refusal = next((span for line in talk.citizen for _, span in line.search(refuses)), None)
    if refusal is not None:
        return {FieldName.CONFIDENTIAL: Field(False, 0.9, (refusal.evidence,))}
    hits = [span.evidence for line in talk.citizen for _, span in line.search(asks)]
    if not hits:
        for line in talk.answers(either(data["agent_asks"])):
            hits += [span.evidence for _, span in line.search(answer)]
    set_by_agent = [span.evidence for line in talk.agent for _, span in line.search(sets)]
    if hits or set_by_agent:
        sure = 0.95 if hits and set_by_agent else 0.8
        return {FieldName.CONFIDENTIAL: Field(True, sure, (*hits, *set_by_agent)[:4])}
    return {FieldName.CONFIDENTIAL: Field(False, 0.5, (), Origin.INITIAL)}
