"""What the citizen wants: one of the seven kinds of WH 5.4.1, by their words and by how the agent reacts."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from ..words import rules
from .scoring import Tally, confidence, ranked, weigh


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Weigh the words of both; nothing is filled in when the citizen said nothing."""
    if not any(line.plain.text for line in talk.citizen):
        return {}
    tallies: dict[str, Tally] = {}
    for kind, data in rules("kinds")["kinds"].items():
        tally = tallies[kind] = Tally()
        weigh(talk.citizen, data.get("citizen", ()), tally)
        weigh(talk.citizen[:2], data.get("opening", ()), tally)
        weigh(talk.agent, data.get("agent", ()), tally)
    matter = found.get(FieldName.EMERGENCY_LINE)
    if matter is not None:
        tallies["求助"].add(4, matter.evidence[0])
    order = ranked(tallies)
    kind, tally = order[0]
    if tally.weight <= 0:
        whole = next((span for line in talk.citizen if (span := line.whole()) is not None), None)
        return {} if whole is None else {FieldName.KIND: Field("求助", 0.3, (whole.evidence,))}
    return {FieldName.KIND: Field(kind, confidence(order), tally.evidence)}
