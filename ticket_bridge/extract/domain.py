"""Which of the twelve domains of WH 5.4.2 the demand falls to: by matter and by the body the agent names."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from ..words import either, rules
from .matter import find_matter
from .scoring import Tally, confidence, ranked, seconded, weigh
from .second_opinion import opinions

OVERRULED = 0.45
"""How sure a domain is that the rules alone would not have given."""


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Weigh matter, words and departments; empty when nothing points anywhere."""
    data = rules("domains")
    kind = found.get(FieldName.KIND)
    if kind is not None and kind.value == "无效":
        return {FieldName.DOMAIN: Field(data["none"], 0.6, kind.evidence)}
    order = ranked(weighed(talk))
    if order[0][1].weight <= 0:
        return {}
    domain, evidence, agreed = seconded(order, opinions(talk, "domain"))
    return {FieldName.DOMAIN: Field(domain, confidence(order) if agreed else OVERRULED, evidence)}


def weighed(talk: Talk) -> dict[str, Tally]:
    """Return what the rules weigh for every domain."""
    data = rules("domains")
    tallies: dict[str, Tally] = {}
    weights = data["weights"]
    transfer = either(data["transfer"])
    sending = [line for line in talk.agent if transfer.search(line.plain.text)]
    for domain, entry in data["domains"].items():
        tally = tallies[domain] = Tally()
        groups = [{"weight": weights[name], "words": entry[name]} for name in ("strong", "words")]
        opening = [{"weight": weights["opening"], "words": [*entry["strong"], *entry["words"]]}]
        weigh(talk.citizen, groups, tally)
        weigh(talk.citizen[:1], opening, tally)
        weigh(talk.agent, groups, tally, times=weights["agent"])
        weigh(sending, [{"weight": weights["departments"], "words": entry["departments"]}], tally)
    matter = find_matter(talk)
    if matter is not None and matter.domain in tallies:
        tallies[matter.domain].add(weights["matter"], matter.span.evidence)
    return tallies
