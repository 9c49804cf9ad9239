from __future__ import annotations

import dataclasses

from hotline.asr.transcripts import Transcript, Utterance
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.fields import Evidence, Field, FieldName, check_evidence
from hotline.ticket_bridge.live.live_draft_state import LiveDraft, anchored
from hotline.ticket_bridge.making import Making

FIRST = Utterance("citizen", 1.0, 3.0, "我住七号楼")
LATER = Utterance("citizen", 5.0, 7.0, "不对是九号楼")
AGENT = Utterance("agent", 0.0, 0.9, "您好")


def transcript(*utterances: Utterance) -> Transcript:
    return Transcript("c", "m", "zh", utterances, 10.0)


def place(value: str, words: str, index: int, at: Utterance, sure: float = 0.5) -> Field:
    return Field(value, sure, (Evidence(words, at.speaker, index, at.start_s, at.end_s),))


def of_rules(**fields: Field) -> Draft:
    return Draft("c", {FieldName(name): field for name, field in fields.items()})


def of_model(by_rules: Draft, **fields: Field) -> Draft:
    named = {FieldName(name): field for name, field in fields.items()}
    return Draft("c", {**by_rules.fields, **named}, Making("model", "m", tuple(fields)))


def test_only_what_changed_is_told() -> None:
    state = LiveDraft()
    assert state.show() is None
    state.take_rules(of_rules(place=place("七号楼", "七号楼", 0, FIRST)), transcript(FIRST))
    shown, changed = state.show() or (None, ())
    assert changed == ("place",)
    assert shown is not None
    assert shown.fields_json()["place"]["by"] == "rules"
    assert state.show() is None
    state.take_rules(of_rules(), transcript(FIRST))
    assert (state.show() or (None, ()))[1] == ("place",)


def test_what_a_model_added_holds_until_the_rules_hear_something_else() -> None:
    state = LiveDraft()
    first = of_rules(place=place("七号楼", "七号楼", 0, FIRST))
    state.take_rules(first, transcript(FIRST))
    state.take_model(of_model(first, place=place("住七号楼", "住七号楼", 0, FIRST)), first)
    shown, _ = state.show() or (None, ())
    assert shown is not None
    assert shown.draft.value(FieldName.PLACE) == "住七号楼"
    assert shown.fields_json()["place"]["by"] == "m"

    state.take_rules(first, transcript(FIRST, LATER))
    assert state.show() is None  # nothing new
    state.take_rules(of_rules(place=place("九号楼", "九号楼", 1, LATER)), transcript(FIRST, LATER))
    shown, changed = state.show() or (None, ())
    assert shown is not None
    assert changed == ("place",)
    assert shown.draft.value(FieldName.PLACE) == "九号楼"  # the speaker's correction wins at once
    assert shown.fields_json()["place"]["by"] == "rules"


def test_words_are_found_again_when_earlier_ones_come_late() -> None:
    field = place("七号楼", "七号楼", 0, FIRST)
    newer = transcript(AGENT, FIRST)
    moved = anchored(field, newer)
    assert moved is not None
    assert moved.evidence[0].utterance == 1
    check_evidence({FieldName.PLACE: moved}, newer)
    assert anchored(field, transcript(AGENT)) is None
    other = dataclasses.replace(FIRST, text="我住八号楼")
    assert anchored(field, transcript(other)) is None


def test_a_model_without_an_answer_takes_nothing_away() -> None:
    state = LiveDraft()
    first = of_rules(place=place("七号楼", "七号楼", 0, FIRST))
    state.take_rules(first, transcript(FIRST))
    state.take_model(of_model(first, name=place("王", "我", 0, FIRST)), first)
    state.show()
    state.take_model(dataclasses.replace(first, made=Making("model", "m", fallback="timeout")), first)
    assert state.show() is None
    assert state.shown is not None
    assert state.shown.draft.value(FieldName.NAME) == "王"
    assert state.shown.draft.made.fallback == "timeout"


def test_what_a_person_said_stands_over_every_later_draft() -> None:
    state = LiveDraft()
    state.take_rules(of_rules(place=place("七号楼", "七号楼", 0, FIRST)), transcript(FIRST))
    state.show()
    state.right.update({FieldName.PLACE: "九号楼", FieldName.NAME: None})
    shown, changed = state.show() or (None, ())
    assert shown is not None
    assert changed == ("place",)
    assert "name" not in [hint.field.value for hint in shown.missing]  # settled as not given
    later = of_rules(place=place("八号楼", "八号楼", 0, FIRST), name=place("王", "我", 0, FIRST))
    state.take_rules(later, transcript(FIRST))
    assert state.show() is None
    assert state.shown is not None
    assert state.shown.draft.value(FieldName.PLACE) == "九号楼"
    assert state.shown.draft.value(FieldName.NAME) is None
