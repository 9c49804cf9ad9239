"""The border of a model's answer over the labelled calls: it lets true values through, hidden or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.fields import Field, FieldName, Origin, check_evidence
from hotline.ticket_bridge.measure.dialogues import read_dialogues
from hotline.ticket_bridge.model.model_server_check import prove
from hotline.ticket_bridge.model.model_server_mask import Sent, prepare
from hotline.ticket_bridge.model.model_server_prompt import asked_fields

FILE = Path(__file__).parents[2] / "data" / "dialogues" / "dev.jsonl"


def as_a_model_would(name: FieldName, field: Field, sent: Sent) -> dict[str, Any]:
    """Write a field as an answer that quotes what was sent."""
    pieces: list[dict[str, Any]] = []
    for piece in field.evidence:
        line = sent.lines[piece.utterance]
        start = line.line.utterance.text.find(piece.words)
        end = start + len(piece.words)
        shown = zip(line.text, line.at, strict=True)
        words = "".join(char for char, (first, last) in shown if first < end and last > start)
        pieces.append({"utterance": piece.utterance, "words": words})
    value = {True: "是", False: "否"}[field.value] if isinstance(field.value, bool) else str(field.value)
    return {"field": name.value, "value": value, "evidence": pieces}


@pytest.mark.clause("R-T-2")
def test_what_the_rules_found_in_the_words_passes_the_border_of_a_model() -> None:
    through, stopped = 0, 0
    for dialogue in read_dialogues(FILE):
        transcript = dialogue.transcript("asr")
        made = draft(transcript, dialogue.context)
        name, when = (made.value(one) for one in (FieldName.NAME, FieldName.OCCURRED_AT))
        sent = prepare(transcript, None if name is None else str(name), mask=True)
        given = {one: made.fields[one] for one in asked_fields() if one in made.fields}
        items = [
            as_a_model_would(one, field, sent) for one, field in given.items() if field.origin is Origin.WORDS
        ]
        found = prove(
            {"fields": items},
            sent,
            transcript,
            called_at=dialogue.call_time,
            caller=dialogue.caller,
            occurred_at=None if when is None else str(when),
        )
        assert found is not None
        check_evidence(found.fields, transcript)
        assert {one: found.fields[one].value for one in found.fields} == {
            one: given[one].value for one in found.fields
        }
        through += len(found.fields)
        stopped += sum(found.dropped.values())
    assert through > 500
    assert through / (through + stopped) >= 0.92
