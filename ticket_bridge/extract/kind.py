"""What the citizen wants: one of the seven kinds of WH 5.4.1, by their words and by how the agent reacts."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from ..words import pattern, rules
from . import scope
from .matter import find_matter
from .scoring import Tally, confidence, ranked, seconded, weigh
from .second_opinion import opinions
from .signs import find_signs

OVERRULED = 0.45
"""How sure a kind is that the rules alone would not have given."""


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Weigh the words of both; empty when the citizen said nothing that tells."""
    if not any(line.plain.text for line in talk.citizen):
        return {}
    tallies = weighed(talk, found)
    order = ranked(tallies)
    if order[0][1].weight <= 0:
        matter = find_matter(talk)
        # A known difficulty told without accusing or asking anybody is there to be removed (求助).
        return {} if matter is None else {FieldName.KIND: Field("求助", 0.4, (matter.span.evidence,))}
    kind, evidence, agreed = seconded(order, opinions(talk, "kind"))
    sure = confidence(order) if agreed else OVERRULED
    return {FieldName.KIND: Field(kind, sure, evidence)}


def tells_a_matter(found: Found) -> bool:
    """Tell whether a ticket of this kind, once it is known, has a time and a party."""
    kind = found.get(FieldName.KIND)
    return kind is None or kind.value not in ("咨询", "建议", "无效")


def weighed(talk: Talk, found: Found) -> dict[str, Tally]:
    """Return what the rules weigh for every kind."""
    data = rules("kinds")
    tallies: dict[str, Tally] = {}
    for kind, entry in data["kinds"].items():
        tally = tallies[kind] = Tally()
        weigh(talk.citizen, entry.get("citizen", ()), tally)
        weigh(talk.citizen[:2], entry.get("opening", ()), tally)
        weigh(talk.agent, entry.get("agent", ()), tally)
    _by_fields(talk, found, tallies, data["by_fields"])
    return tallies


def _by_fields(talk: Talk, found: Found, tallies: dict[str, Tally], weights: dict[str, float]) -> None:
    """Add what other findings tell: who is in danger wants help, who asks the impossible a favour."""
    matter = find_matter(talk)
    if matter is not None:
        for kind, titles in rules("kinds")["by_matter"].items():
            if pattern(titles).search(matter.title):
                tallies[kind].add(weights["matter"], matter.span.evidence)
    emergency, threat = found.get(FieldName.EMERGENCY_LINE), found.get(FieldName.THREAT_QUOTE)
    if emergency is not None and threat is None:
        tallies["求助"].add(weights["emergency"], emergency.evidence[0])
    if threat is not None:
        tallies["投诉"].add(weights["threat"], threat.evidence[0])
    outside = scope.reason(talk)
    if outside is not None and outside.evidence:
        tallies["求助"].add(weights["out_of_scope"], outside.evidence[0])
    for sign in ("非法危险作业", "隐瞒事故"):
        evidence = find_signs(talk, {}).get(sign)
        if evidence:
            tallies["举报"].add(weights["unlawful"], evidence[0])
