"""Holds the level that drafting has reached on the labelled calls; raise a floor when you raise the level."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from hotline.core.errors import InvalidInputError
from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.fields import Origin
from hotline.ticket_bridge.measure.dialogues import TextOf, read_dialogues
from hotline.ticket_bridge.measure.evaluate import Score, evaluate, invented

DIALOGUES = Path(__file__).resolve().parents[2] / "data" / "dialogues" / "dev.jsonl"

FLOORS: dict[TextOf, dict[str, float]] = {
    "text": {
        "kind": 0.95,
        "domain": 0.93,
        "urgency": 0.92,
        "emergency_line": 0.96,
        "out_of_scope": 0.96,
        "confidential": 0.96,
        "people": 0.95,
        "phone": 0.98,
        "name": 0.97,
        "occurred_at": 0.88,
        "place": 0.74,
        "address": 0.78,
        "party": 0.60,
        "title": 0.32,
        "demand": 0.40,
        "earlier_handling": 0.62,
        "threat_quote": 0.95,
        "risk_class": 0.95,
        "risk_grade": 0.95,
        "emotion": 0.90,
        "agent_faults": 0.70,
    },
    "asr": {
        "kind": 0.95,
        "domain": 0.93,
        "urgency": 0.92,
        "emergency_line": 0.96,
        "out_of_scope": 0.96,
        "confidential": 0.96,
        "people": 0.95,
        "phone": 0.98,
        "name": 0.97,
        "occurred_at": 0.88,
        "place": 0.58,
        "address": 0.78,
        "party": 0.58,
        "title": 0.32,
        "demand": 0.40,
        "earlier_handling": 0.61,
        "threat_quote": 0.95,
        "risk_class": 0.95,
        "risk_grade": 0.95,
        "emotion": 0.90,
        "agent_faults": 0.70,
    },
}


@cache
def scores(text_of: TextOf) -> dict[str, Score]:
    return {score.field: score for score in evaluate(list(read_dialogues(DIALOGUES)), text_of=text_of)}


@pytest.mark.clause("R-T-2")
@pytest.mark.parametrize("text_of", FLOORS)
def test_no_field_falls_below_the_level_reached(text_of: TextOf) -> None:
    reached = {name: round(score.score, 3) for name, score in scores(text_of).items()}
    assert set(reached) == set(FLOORS[text_of])
    low = {name: value for name, value in reached.items() if value < FLOORS[text_of][name]}
    assert low == {}


@pytest.mark.parametrize("text_of", FLOORS)
@pytest.mark.parametrize("field", ["phone", "people", "emergency_line", "out_of_scope", "threat_quote"])
def test_what_nobody_said_stays_empty(text_of: TextOf, field: str) -> None:
    assert scores(text_of)[field].null_recall == pytest.approx(1.0, abs=0.04)


@pytest.mark.clause("R-T-4")
@pytest.mark.parametrize("text_of", FLOORS)
def test_every_value_of_every_labelled_call_is_traced_to_its_words(text_of: TextOf) -> None:
    for dialogue in read_dialogues(DIALOGUES):
        transcript = dialogue.transcript(text_of)
        made = draft(transcript, dialogue.context)
        for name, field in made.fields.items():
            assert field.evidence or field.origin is not Origin.WORDS, (dialogue.id, name)
            for piece in field.evidence:
                said = transcript.utterances[piece.utterance]
                assert piece.words in said.text
                assert piece.speaker == said.speaker
                assert said.start_s <= piece.start_s <= piece.end_s <= said.end_s


@pytest.mark.parametrize("text_of", FLOORS)
def test_no_more_than_a_handful_of_values_is_invented(text_of: TextOf) -> None:
    assert invented(list(scores(text_of).values())) <= 5


def test_a_line_that_is_no_labelled_call_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text('\n{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"calls\.jsonl:2"):
        list(read_dialogues(file))
