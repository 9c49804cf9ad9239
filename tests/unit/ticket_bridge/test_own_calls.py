"""Judgements on invented calls of other matters than the labelled ones: the check that rules carry over."""

from __future__ import annotations

from functools import cache

import pytest

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.measure.dialogues import TextOf
from hotline.ticket_bridge.measure.evaluate import Score, evaluate
from support.own_calls import own_calls

FLOORS = {
    "kind": 0.88,
    "domain": 0.93,
    "urgency": 0.92,
    "emergency_line": 0.95,
    "out_of_scope": 0.93,
    "confidential": 0.97,
    "people": 0.92,
    "risk_class": 0.94,
    "risk_grade": 0.92,
    "demand": 0.35,
    "threat_quote": 0.95,
}
FORMS: tuple[TextOf, ...] = ("text", "asr")


@cache
def scores(text_of: TextOf) -> dict[str, Score]:
    return {score.field: score for score in evaluate(own_calls(), text_of=text_of)}


@pytest.mark.clause("R-T-5")
@pytest.mark.clause("R-T-6")
@pytest.mark.clause("R-T-7")
@pytest.mark.clause("R-T-10")
@pytest.mark.clause("R-R-2")
@pytest.mark.parametrize("text_of", FORMS)
def test_other_matters_are_judged_nearly_as_well(text_of: TextOf) -> None:
    reached = {name: scores(text_of)[name].score for name in FLOORS}
    assert {name: value for name, value in reached.items() if value < FLOORS[name]} == {}


@pytest.mark.parametrize("text_of", FORMS)
def test_graver_risks_are_hardly_missed_and_little_is_invented(text_of: TextOf) -> None:
    found = scores(text_of)
    assert (found["risk_grade"].details["grave_missed"] or 0) <= 2
    fields = ("people", "risk_grade", "emergency_line", "out_of_scope", "threat_quote")
    assert sum(found[name].invented for name in fields) <= 5


@pytest.mark.parametrize("text_of", FORMS)
def test_every_value_of_every_call_is_traced_to_its_words(text_of: TextOf) -> None:
    for call in own_calls():
        transcript = call.transcript(text_of)
        for field in draft(transcript, call.context).fields.values():
            for piece in field.evidence:
                assert piece.words in transcript.utterances[piece.utterance].text


def test_there_are_enough_calls_of_every_domain_and_kind() -> None:
    assert len(own_calls()) >= 60
    assert len({call.gold["domain"] for call in own_calls()}) == 12
    assert len({call.gold["kind"] for call in own_calls()}) == 7
