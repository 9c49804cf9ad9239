"""Whole tickets of six hundred calls by five other authors: what is reached now that they are in sight.

The table of the party's marks is counted from them, so that its floor tells that it is used as it was
counted; what carries over to other authors is measured by ``bench/party_choice.py`` (docs/tickets.md).
"""

from __future__ import annotations

from functools import cache

import pytest

from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf
from hotline.ticket_bridge.measure.evaluate import Score, evaluate
from support.entity_calls import WIDER, entity_calls

EVERY = 4
"""One call in so many is drafted: the whole would take a minute."""
FLOORS: dict[TextOf, dict[str, float]] = {
    "text": {"kind": 0.70, "domain": 0.60, "name": 0.85, "occurred_at": 0.58, "urgency": 0.75},
    "asr": {"kind": 0.70, "domain": 0.60, "name": 0.75, "occurred_at": 0.58, "urgency": 0.75},
}
USABLE: dict[TextOf, dict[str, float]] = {
    "text": {"party": 0.60, "place": 0.53},
    "asr": {"party": 0.48, "place": 0.50},
}


@cache
def calls() -> tuple[Dialogue, ...]:
    return tuple(entity_calls(WIDER))


@cache
def scores(text_of: TextOf) -> dict[str, Score]:
    return {score.field: score for score in evaluate(calls()[::EVERY], text_of=text_of)}


def test_the_calls_are_of_five_authors_and_of_every_domain() -> None:
    assert len(calls()) == 600
    assert {call.id[0] for call in calls()} == set("abcde")
    assert len({call.gold["domain"] for call in calls()}) == 12


@pytest.mark.clause("R-T-4")
@pytest.mark.clause("R-T-5")
@pytest.mark.parametrize("text_of", FLOORS)
def test_tickets_of_five_authors_are_drafted(text_of: TextOf) -> None:
    found = scores(text_of)
    reached = {name: found[name].score for name in FLOORS[text_of]}
    reached |= {name: found[name].details["usable"] or 0.0 for name in USABLE[text_of]}
    floors = FLOORS[text_of] | USABLE[text_of]
    assert {name: value for name, value in reached.items() if value < floors[name]} == {}
