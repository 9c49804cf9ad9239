"""Holds the level that drafting has reached on the labelled calls; raise a floor when you raise the level."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from hotline.core.errors import InvalidInputError
from hotline.ticket_bridge.dialogues import TextOf, read_dialogues
from hotline.ticket_bridge.evaluate import Score, evaluate

DIALOGUES = Path(__file__).resolve().parents[2] / "data" / "dialogues" / "dev.jsonl"

FLOORS: dict[TextOf, dict[str, float]] = {
    "text": {
        "kind": 0.90,
        "domain": 0.91,
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
        "risk_class": 0.92,
        "risk_grade": 0.95,
        "emotion": 0.90,
        "agent_faults": 0.70,
    },
    "asr": {
        "kind": 0.90,
        "domain": 0.91,
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
        "risk_class": 0.92,
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


def test_a_line_that_is_no_labelled_call_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text('\n{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"calls\.jsonl:2"):
        list(read_dialogues(file))
