"""Whole tickets of sixty calls by an author of whom nothing was learned or counted: what carries over.

The floors are a little below what was reached at first sight (docs/tickets.md).
"""

from __future__ import annotations

import pytest

from hotline.ticket_bridge.measure.dialogues import TextOf
from hotline.ticket_bridge.measure.evaluate import evaluate
from support.entity_calls import UNSEEN, entity_calls

FLOORS = {
    "kind": 0.95,
    "domain": 0.92,
    "urgency": 0.88,
    "people": 0.83,
    "risk_grade": 0.9,
    "emergency_line": 0.95,
    "out_of_scope": 0.93,
    "name": 0.92,
    "phone": 0.98,
    "occurred_at": 0.83,
    "demand": 0.20,
}
USABLE: dict[TextOf, dict[str, float]] = {
    "text": {"place": 0.90, "party": 0.65},
    "asr": {"place": 0.90, "party": 0.55},
}


@pytest.mark.clause("R-T-3")
@pytest.mark.clause("R-T-4")
@pytest.mark.clause("R-T-5")
@pytest.mark.parametrize("text_of", USABLE)
def test_tickets_of_an_author_nobody_learned_from_are_drafted(text_of: TextOf) -> None:
    calls = tuple(entity_calls(UNSEEN))
    found = {score.field: score for score in evaluate(calls, text_of=text_of)}
    reached = {name: found[name].score for name in FLOORS}
    reached |= {name: found[name].details["usable"] or 0.0 for name in USABLE[text_of]}
    floors = FLOORS | USABLE[text_of]
    assert {name: value for name, value in reached.items() if value < floors[name]} == {}
    assert len(calls) == 60
