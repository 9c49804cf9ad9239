"""Matters that are recorded and answered but not sent to a department (WH 5.3, GB 7.1, BJ 5.1.2.2)."""

from __future__ import annotations

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from ..words import rules
from .scoring import Tally, confidence, ranked, weigh


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Fill in a reason only when the words reach its threshold; in doubt the matter is in scope."""
    data = rules("scope")
    kind = found.get(FieldName.KIND)
    if kind is not None and kind.value == "无效":
        return {FieldName.OUT_OF_SCOPE: Field("骚扰无实质", kind.confidence, kind.evidence)}
    tallies: dict[str, Tally] = {}
    for reason, entry in data["reasons"].items():
        tally = tallies[reason] = Tally()
        weigh(talk.citizen, entry.get("citizen", ()), tally)
        weigh(talk.agent, entry.get("agent", ()), tally)
    order = ranked(tallies)
    reason, tally = order[0]
    if tally.weight < float(data["threshold"]):
        return {}
    return {FieldName.OUT_OF_SCOPE: Field(reason, confidence(order), tally.evidence)}
