"""The desk's form offers what a ticket takes: the page has its own table, and this holds it to ours."""

import json
from pathlib import Path

import pytest

from hotline.ticket_bridge.fields import SPECS, FieldName
from hotline.ticket_bridge.values import CHOICES, LONGEST, OPEN, URGENCIES

TABLE = Path(__file__).parents[3] / "web/ui/src/desk/ticket-fields.json"


@pytest.fixture
def table() -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(TABLE.read_text(encoding="utf-8"))}


@pytest.mark.clause("R-T-3")
def test_every_field_that_a_person_may_set_is_in_the_form_under_its_name(
    table: dict[str, dict[str, object]],
) -> None:
    assert set(table) == {name.value for name in OPEN}
    for name, row in table.items():
        assert row["label"] == SPECS[FieldName(name)].label


def test_lists_and_lengths_are_those_of_the_ticket(table: dict[str, dict[str, object]]) -> None:
    for name in OPEN:
        row = table[name.value]
        choices, longest = row.get("choices"), row.get("longest")
        assert choices is None or isinstance(choices, list)
        assert (frozenset(choices or ()) or None) == CHOICES.get(name)
        assert longest == LONGEST.get(name)
    assert table["urgency"]["choices"] == list(URGENCIES)
