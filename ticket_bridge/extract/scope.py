"""Matters that are recorded and answered but not sent to a department (WH 5.3, GB 7.1, BJ 5.1.2.2)."""

from __future__ import annotations

from functools import lru_cache

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from ..words import rules
from .scoring import Tally, confidence, ranked, weigh


@lru_cache(maxsize=4)
def reason(talk: Talk) -> Field | None:
    """Return the reason the words give, whatever the kind; in doubt the matter is in scope."""
    data = rules("scope")
    tallies: dict[str, Tally] = {}
    for name, entry in data["reasons"].items():
        tally = tallies[name] = Tally()
        weigh(talk.citizen, entry.get("citizen", ()), tally)
        weigh(talk.agent, entry.get("agent", ()), tally)
    order = ranked(tallies)
    name, tally = order[0]
    if tally.weight < float(data["threshold"]):
        return None
    return Field(name, confidence(order), tally.evidence)


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Fill in a reason only when the words reach its threshold."""
    kind = found.get(FieldName.KIND)
    if kind is not None and kind.value == "无效":
        return {FieldName.OUT_OF_SCOPE: Field("骚扰无实质", kind.confidence, kind.evidence)}
    known = reason(talk)
    return {} if known is None else {FieldName.OUT_OF_SCOPE: known}
