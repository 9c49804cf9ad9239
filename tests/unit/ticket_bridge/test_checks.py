from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.errors import InvalidInputError
from hotline.ticket_bridge.checks.checks import Check, changes, overlaid, read_corrections, settled
from hotline.ticket_bridge.draft import Draft
from hotline.ticket_bridge.fields import FieldName, Origin
from hotline.ticket_bridge.values import OPEN, checked
from support.talks import draft_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@cache
def drafted() -> Draft:
    return draft_of("市: 我 投诉 惠邻 物业 乱收费\n坐: 请问 您 贵姓\n市: 我姓 王")


@pytest.mark.clause("R-R-5")
def test_what_a_person_says_stands_and_what_the_machine_had_is_kept() -> None:
    said = read_corrections({"kind": "举报", "people": 3, "confidential": True, "name": None})
    made = changes(drafted(), said, [FieldName.DOMAIN])
    assert (made[FieldName.KIND].old, made[FieldName.KIND].new) == ("投诉", "举报")
    assert made[FieldName.NAME].new is None
    assert made[FieldName.NAME].old is not None
    assert made[FieldName.DOMAIN].old == made[FieldName.DOMAIN].new == drafted().value(FieldName.DOMAIN)

    after = overlaid(drafted(), settled([Check("1", "c", NOW, "1001", "correct", made)]))
    assert after.value(FieldName.KIND) == "举报"
    assert after.fields[FieldName.KIND].origin is Origin.PERSON
    assert FieldName.NAME not in after.fields
    assert after.value(FieldName.CONFIDENTIAL) is True
    assert after.fields[FieldName.TITLE] == drafted().fields[FieldName.TITLE]


def test_a_field_that_is_as_the_person_says_keeps_its_words() -> None:
    after = overlaid(drafted(), {FieldName.KIND: "投诉"})
    assert after.fields[FieldName.KIND] == drafted().fields[FieldName.KIND]
    assert after.fields[FieldName.KIND].evidence


def test_the_last_word_counts() -> None:
    first = Check("1", "c", NOW, "1001", "correct", changes(drafted(), {FieldName.KIND: "举报"}, []))
    last = Check("2", "c", NOW, "1002", "correct", changes(drafted(), {FieldName.KIND: "求助"}, []))
    assert settled([first, last]) == {FieldName.KIND: "求助"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "赞扬"),
        ("risk_grade", "V"),
        ("emotion", "高兴"),
        ("people", 0),
        ("people", True),
        ("people", "12"),
        ("people", 10**9),
        ("confidential", "是"),
        ("confidential", 1),
        ("phone", "王先生"),
        ("phone", "1" * 16),
        ("occurred_at", "昨天"),
        ("occurred_at", "2026-02-30"),
        ("occurred_at", "2026-03-02/2026-03-01"),
        ("occurred_at", "2026-03-01/2026-03-02/2026-03-03"),
        ("title", "长" * 21),
        ("title", ""),
        ("title", "a\nb"),
        ("title", "a\x00b"),
        ("title", "\ud800"),
        ("title", "a\u202eb"),
        ("title", ["a"]),
        ("status", "已办结"),
        ("number", "1"),
        ("caller", "110"),
        ("agent", "1002"),
        ("nothing", "1"),
    ],
)
def test_what_is_no_value_of_a_field_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidInputError):
        read_corrections({name: value})


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("phone", "+86 138-0013-8000", "+8613800138000"),
        ("occurred_at", "2026-03-01T08:00/2026-03-02", "2026-03-01T08:00/2026-03-02"),
        ("place", "  和平路 7号 ", "和平路 7号"),
        ("risk_class", "生产安全", "生产安全"),
        ("risk_grade", "II", "II"),
    ],
)
def test_values_are_stored_in_one_form(name: str, value: str, stored: str) -> None:
    assert read_corrections({name: value}) == {FieldName(name): stored}


@given(
    st.sampled_from(sorted(OPEN)),
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())),
)
def test_no_value_comes_through_that_the_store_could_not_hold(name: FieldName, value: object) -> None:
    try:
        stored = checked(name, value)
    except ValueError:
        return
    assert isinstance(stored, str | int)
    assert not isinstance(stored, str) or (stored.isprintable() and 0 < len(stored) <= 1000)
    assert checked(name, stored) == stored
