"""What the citizen wants: one of the seven kinds of WH 5.4.1, by their words and by how the agent reacts."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from ..words import rules
from .matter import find_matter
from .scoring import Tally, confidence, ranked, weigh


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Weigh the words of both; empty when the citizen said nothing that tells."""
    if not any(line.plain.text for line in talk.citizen):
        return {}
    tallies: dict[str, Tally] = {}
    for kind, data in rules("kinds")["kinds"].items():
        tally = tallies[kind] = Tally()
        weigh(talk.citizen, data.get("citizen", ()), tally)
        weigh(talk.citizen[:2], data.get("opening", ()), tally)
        weigh(talk.agent, data.get("agent", ()), tally)
    emergency = found.get(FieldName.EMERGENCY_LINE)
    if emergency is not None:
        tallies["求助"].add(4, emergency.evidence[0])
    order = ranked(tallies)
    kind, tally = order[0]
    if tally.weight <= 0:
        matter = find_matter(talk)
        # A known difficulty told without accusing or asking anybody is there to be removed (求助).
        return {} if matter is None else {FieldName.KIND: Field("求助", 0.4, (matter.span.evidence,))}
    return {FieldName.KIND: Field(kind, confidence(order), tally.evidence)}
