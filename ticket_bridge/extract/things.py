"""The thing a call is about (路灯, 水泵, 违建): what the citizen names first and most often."""

from __future__ import annotations

from collections import Counter

from ..talk import Span, Talk
from ..words import pattern, rules

OPENING = 2
"""Lines of the citizen in which the matter is told."""


def thing_of(talk: Talk) -> Span | None:
    """Return the thing spoken of most, the earliest of equals; it must stand in the opening lines."""
    things = pattern(rules("specify")["things"])
    told = [span for line in talk.citizen for _, span in line.search(things)]
    opening = {line.index for line in talk.citizen[:OPENING]}
    first = [span for span in told if span.line.index in opening]
    if not first:
        return None
    often = Counter(span.text for span in told)
    return max(first, key=lambda span: (often[span.text], -first.index(span)))
