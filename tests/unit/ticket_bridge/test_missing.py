from __future__ import annotations

import pytest

from hotline.ticket_bridge.fields import SPECS, Evidence, Field, FieldName, Origin
from hotline.ticket_bridge.live.missing import missing, wanted
from hotline.ticket_bridge.values import KINDS

SAID = (Evidence("路灯", "citizen", 0, 0.0, 1.0),)


def found(**values: str | bool) -> dict[FieldName, Field]:
    return {FieldName(name): Field(value, 0.9, SAID) for name, value in values.items()}


def names(fields: dict[FieldName, Field]) -> list[str]:
    return [hint.field.value for hint in missing(fields)]


@pytest.mark.clause("R-T-4")
def test_of_every_call_category_content_and_place_are_asked_for() -> None:
    assert names({}) == ["kind", "content", "place", "demand"]


@pytest.mark.clause("R-T-4")
@pytest.mark.parametrize("kind", ["求助", "投诉", "举报"])
def test_a_matter_wants_what_the_annex_lists(kind: str) -> None:
    asked = missing(found(kind=kind, content="路灯不亮"))
    assert [hint.field.value for hint in asked] == [
        *("place", "occurred_at", "party", "demand", "earlier_handling", "name", "confidential"),
    ]
    clauses = {hint.field.value: hint.clause for hint in asked}
    assert clauses["place"] == "WH 6.1.5"
    assert clauses["occurred_at"] == "BJ C.3"
    assert all(hint.text.startswith("问一下：") and hint.label == SPECS[hint.field].label for hint in asked)


def test_what_was_said_is_not_asked_again_and_what_nobody_said_is() -> None:
    fields = found(
        kind="投诉", content="a", place="b", occurred_at="2026-01-01", party="c", demand="d", name="e"
    )
    fields |= found(earlier_handling="f")
    assert names(fields) == ["confidential"]
    fields[FieldName.CONFIDENTIAL] = Field(False, 0.5, (), Origin.INITIAL)
    assert names(fields) == ["confidential"]
    fields[FieldName.CONFIDENTIAL] = Field(False, 1.0, (), Origin.PERSON)
    assert names(fields) == []


def test_a_question_or_a_suggestion_wants_less_and_nothing_wants_nothing() -> None:
    assert names(found(kind="咨询", content="a")) == []
    assert names(found(kind="建议", content="a")) == ["place", "name"]
    assert names(found(kind="表扬", content="a")) == ["party", "occurred_at"]
    assert names(found(kind="无效")) == []
    assert names(found(kind="求助", out_of_scope="信访")) == []


@pytest.mark.clause("R-T-8")
def test_in_danger_the_place_comes_first() -> None:
    assert names(found(emergency_line="119"))[:4] == ["place", "current_state", "people", "occurred_at"]
    assert names(found(kind="投诉", urgency="紧急", content="a", place="b"))[:2] == [
        "current_state",
        "people",
    ]
    assert missing(found(kind="投诉", threat_quote="我就去堵门"))[0].clause == "BJ C.4"
    assert names(found(kind="求助", urgency="一般"))[0] == "content"


def test_every_kind_is_in_the_table() -> None:
    for kind in KINDS:
        assert set(wanted(found(kind=kind))) <= set(FieldName)
