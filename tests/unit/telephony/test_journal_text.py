from __future__ import annotations

import contextlib
import csv
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.telephony.cel import COLUMNS, BadRecordError, fact_of_event, fact_of_row
from hotline.telephony.journal_text import (
    RecordReader,
    death_line,
    parse_record,
    restart_of_line,
    split_records,
)
from support.call_facts import NOON, answered, live, row, text

READER = RecordReader()
"""One for all records, good and bad, as the service has it."""


def parsed(data: bytes) -> list[list[str]]:
    records, used = split_records(data)
    assert b"".join(record for _, record in records) == data[:used]
    found: list[list[str]] = []
    for at, record in records:
        assert data[at : at + len(record)] == record
        try:
            found.append(READER.read(record))
            assert parse_record(record) == found[-1]
        except csv.Error:
            found.append(["bad"])
            with pytest.raises(csv.Error):
                parse_record(record)
    return found


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), max_size=4), st.data())
def test_whatever_a_field_holds_the_records_come_back(fields: list[tuple[str, str]], data: Any) -> None:
    rows = [row("ANSWER", NOON + index, "l", "c") for index in range(len(fields))]
    for cells, (name, exten) in zip(rows, fields, strict=True):
        cells[COLUMNS.index("name")], cells[COLUMNS.index("exten")] = name, exten.replace("\r", "")
        cells[COLUMNS.index("name")] = name.replace("\r", "")
    raw = text(rows).encode()
    assert parsed(raw) == rows
    cut = data.draw(st.integers(0, len(raw)))
    first = parsed(raw[:cut])
    _, used = split_records(raw[:cut])
    assert [*first, *parsed(raw[used:])] == rows


def test_a_caller_cannot_write_a_record() -> None:
    forged = 'x"\n"HL_HUMAN","1795320000.000000","node1-1.1","node1-1.1","","","","","","","","","HL_HUMAN","'
    cells = row("CHAN_START", NOON, "l", "c")
    for column in ("name", "number", "exten"):
        cells[COLUMNS.index(column)] = forged
    assert parsed(text([cells, cells]).encode()) == [cells, cells]


def test_a_record_cut_by_a_crash_loses_only_itself() -> None:
    rows = [row("ANSWER", NOON + index, f"l{index}", "c") for index in range(3)]
    whole = text(rows[:1]).encode()
    rest = text(rows[1:]).encode()
    for cut in range(1, len(whole)):
        assert parsed(whole[:cut] + rest)[-2:] == rows[1:]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_never_stops_the_reader(garbage: bytes) -> None:
    good = row("ANSWER", NOON, "leg-1", "call-1")
    found = parsed(garbage + b"\n" + text([good]).encode() + text([good]).encode())
    assert found[-1] == good


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_row_is_a_fact_or_a_bad_record(cells: list[str]) -> None:
    with contextlib.suppress(BadRecordError):
        fact = fact_of_row(cells)
        assert fact is None or fact.call == cells[COLUMNS.index("linkedid")]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time", "yesterday"),
        ("time", "1795320000"),
        ("uniqueid", "../../etc"),
        ("linkedid", ""),
        ("extra", "{"),
        ("extra", '{"extra":"menu=main"}'),
        ("extra", '{"extra":"n=99999999999"}'),
    ],
)
def test_bad_rows_are_refused(column: str, value: str) -> None:
    cells = row("HL_MENU", NOON, "l", "c", extra={"extra": "n=1&menu=main"})
    cells[COLUMNS.index(column)] = value
    with pytest.raises(BadRecordError):
        fact_of_row(cells)


def test_values_of_marks_outside_the_alphabet_are_dropped() -> None:
    cells = row("HL_MENU", NOON, "l", "c", extra={"extra": "n=1&menu=${SHELL(x)}&why=key&=x&9=y"})
    fact = fact_of_row(cells)
    assert fact is not None
    assert fact.params == (("why", "key"),)


def test_live_and_journal_say_the_same() -> None:
    for cells in answered().rows:
        journal, now = fact_of_row(cells), fact_of_event(live(cells))
        assert journal is not None
        assert now is not None
        assert (journal.call, journal.leg, journal.slot, journal.params) == (
            now.call,
            now.leg,
            now.slot,
            now.params,
        )
        assert now.at_us - journal.at_us == 90


@pytest.mark.parametrize(
    ("line", "at_us"),
    [
        (b"1795318470|NONE|NONE|NONE|QUEUESTART|\n", 1795318470_000000),
        (b"1795318470|NONE|NONE|NONE|HL_SWITCH_DIED|1795318470122333\n", 1795318470_122333),
        (death_line(1795318470_122333), 1795318470_122333),
        (death_line(1795318470_000000), 1795318470_000001),
        (b"1795318470|NONE|NONE|1001|HL_SWITCH_DIED|1795318470122333\n", None),
        (b"1795318470|NONE|NONE|NONE|HL_SWITCH_DIED|1795318470122333|1\n", None),
        (b"1795318470|node1-1.1|main|NONE|ENTERQUEUE||138|1\n", None),
        (b"x1795318470|NONE|NONE|NONE|QUEUESTART|\n", None),
        (b"1795318470|NONE|NONE|NONE|QUEUESTART|\n1|x\n", None),
    ],
)
def test_restarts_of_the_switch(line: bytes, at_us: int | None) -> None:
    assert restart_of_line(line) == at_us
