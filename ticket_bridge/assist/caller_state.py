"""How the caller is (诉求人状态): what he says of himself, with his words and their second (LN 6.3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from ..fields import Evidence
from ..talk import Talk
from ..words import either, rules


@dataclass(frozen=True)
class CallerState:
    """One thing that he says of himself, such as 受伤 or 被困."""

    state: str
    evidence: Evidence


def caller_states(talk: Talk) -> tuple[CallerState, ...]:
    """Return what is known of the caller's state, each kind once, in the order of the rules; often nothing.

    Only the citizen's own words count, only of himself, and only of now.
    """
    data = rules("caller_state")
    over, others = either(data["not_now"]), either(data["not_by"])
    found: list[CallerState] = []
    for entry in data["states"]:
        words = either(entry["words"])
        spans = (
            span
            for line in talk.citizen
            if not over.search(line.plain.text)
            for _, span in line.search(words)
            if not others.search(span.text)
        )
        if (first := next(spans, None)) is not None:
            found.append(CallerState(str(entry["state"]), first.evidence))
    return tuple(found)
