"""From bytes of the journal to records: CSV whose quoted fields may hold anything, even line ends.

A caller can put a quote or a line end into a name or number. Quotes inside a field are doubled, so
nothing in a field can look like the beginning of a record; that is what every record is found by, also
after a record that a crash cut short.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

_BEGIN = re.compile(rb'"[A-Za-z0-9_]{1,80}","\d{9,11}\.\d{6}","')
_QUEUE_START = re.compile(rb"(\d{9,11})\|NONE\|NONE\|NONE\|QUEUESTART\|\r?\n")
_DEATH = re.compile(rb"\d{9,11}\|NONE\|NONE\|NONE\|HL_SWITCH_DIED\|(\d{15,17})\r?\n")
_LONGEST = 65_536


def split_records(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Return the complete records with the offset of each, and the count of bytes that they fill.

    What follows the last line end that closes a record waits for the rest, unless it is longer than any
    record can be. Bytes that belong to no record are given as a record of their own (a bad one).
    """
    records: list[tuple[int, bytes]] = []
    begin = end = 0
    while (end := data.find(b"\n", end) + 1) > 0:
        for found in _BEGIN.finditer(data, begin + 1, end):
            records.append((begin, data[begin : found.start()]))
            begin = found.start()
        piece = data[begin:end]
        if piece.count(b'"') % 2 == 0 or not _BEGIN.match(piece) or len(piece) > _LONGEST:
            records.append((begin, piece))
            begin = end
    return records, begin


def split_lines(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Return the complete lines with the offset of each, and the count of bytes that they fill."""
    lines: list[tuple[int, bytes]] = []
    begin = 0
    while (end := data.find(b"\n", begin) + 1) > 0:
        lines.append((begin, data[begin:end]))
        begin = end
    return lines, begin


class RecordReader:
    """Reads records one by one with one CSV reader: making a reader costs more than reading a record.

    Not for several threads at once.
    """

    def __init__(self) -> None:
        self._text: str | None = None
        self._rows = csv.reader(self, strict=True)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Give the reader the record's text once; a record that needs more than that is none."""
        text, self._text = self._text, None
        if text is None:
            raise StopIteration
        return text

    def read(self, record: bytes) -> list[str]:
        """Return the fields of one record; raises ``csv.Error`` when it is not one."""
        self._text = record.decode("utf-8", "replace").rstrip("\r\n")
        return next(self._rows)


def parse_record(record: bytes) -> list[str]:
    """Return the fields of one record; raises ``csv.Error`` when it is not one."""
    return RecordReader().read(record)


def restart_of_line(line: bytes) -> int | None:
    """Return when a line of queue_log says that no call goes on, in microseconds since 1970.

    The second at which the switch was started, or the exact moment at which the service saw it die.
    """
    if found := _QUEUE_START.fullmatch(line):
        return int(found[1]) * 1_000_000
    found = _DEATH.fullmatch(line)
    return int(found[1]) if found else None


def death_line(at_us: int) -> bytes:
    """Return the line of queue_log that says when the switch was seen to have died.

    Whole seconds are those of its starts: a death at one is told a microsecond later.
    """
    exact_us = at_us if at_us % 1_000_000 else at_us + 1
    return b"%d|NONE|NONE|NONE|HL_SWITCH_DIED|%d\n" % (exact_us // 1_000_000, exact_us)
