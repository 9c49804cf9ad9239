"""Reads the switch's journal files from the oldest to the newest, for a recomputation. Blocking."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ..core.errors import HotlineError
from ..telephony.calls import ARRIVED
from ..telephony.cel import BadRecordError, fact_of_row
from ..telephony.facts import Fact
from ..telephony.journal import Batch, Follower, Position, begin_of, locate
from ..telephony.journal_columns import JOURNAL_FILE
from ..telephony.journal_files import JournalFile
from ..telephony.journal_text import parse_record, restart_of_line, split_lines, split_records

QUEUE_LOG_FILE = "queue_log"
_EARLIER_US = 60 * 1_000_000
"""Lines of a file may be so much older than its first one: threads of the switch write in turns."""


class JournalGoneError(HotlineError):
    """The journal, or the place in it that was read last, is not there any more."""

    error_id = "journal.gone"


class Gap(NamedTuple):
    """A span that no journal file covers, microseconds since 1970; ``begin_us`` None: from ever."""

    begin_us: int | None
    end_us: int


class CallScan:
    """The facts of calls in the journal; those before ``until`` (the reader's place) and those behind it.

    Files that end before ``since_us`` are passed over. Without ``until`` all is before it.
    """

    def __init__(self, logs: Path, *, since_us: int | None = None, until: Position | None = None) -> None:
        self._follower = Follower(logs / JOURNAL_FILE, split_records)
        self._tail = Follower(logs / JOURNAL_FILE, split_records)
        self._until = until
        self._position = Position()
        self._tail_position = until or Position()
        self._behind: set[str] = set()
        self.arrived_behind: dict[str, int] = {}
        """The citizens' calls that came in behind the reader's place, and when; ``behind`` finds them."""
        files = self._follower.files.all()
        self.begins_us = next((file.begins_us for file in files if file.begins_us is not None), None)
        """The time of the first line there is, None when there is none."""
        self.gaps = _gaps(files)
        self.bad_records = 0
        first = _first_file(files, since_us)
        self.is_passed = False
        """Whether the reader's place was passed."""
        if until is not None and until.head_bytes:
            place = locate(files, until)
            if place is None:
                raise JournalGoneError(
                    "the journal file that the service read last is not there any more",
                    mend=f"put it back beside {self._follower.path}, or read the journal anew",
                )
            self.is_passed = place < first
        elif until is not None:
            self.is_passed = True
        if files:
            self._position = begin_of(files[first])
        self.total_bytes = sum(_content_bytes(file) for file in files[first:])
        self.done_bytes = 0

    def facts(self) -> Iterator[list[Fact]]:
        """Give the facts before the reader's place, in order, by the megabyte."""
        in_place = False
        while not self.is_passed:
            batch = self._next()
            records = batch.records
            if self._until is not None and batch.file is not None:
                here = batch.file.starts_with(self._until.head, self._until.head_bytes)
                if here:
                    in_place = True
                    before = [item for item in records if item[0] < self._until.offset]
                    self.is_passed = len(before) < len(records)
                    records = before
                elif in_place:
                    self.is_passed, records = True, []
            yield self._facts_of(records)
            if not batch.more:
                return

    def behind(self) -> set[str]:
        """Return the ids of calls and channels of which something stands behind the reader's place by now."""
        more = True
        while more:
            batch = self._tail.read(self._tail_position)
            self._tail_position, more = batch.position, batch.more
            for fact in self._facts_of(batch.records):
                self._behind.update((fact.call, fact.leg))
                if fact.slot.endswith(f":{ARRIVED}"):
                    self.arrived_behind.setdefault(fact.call, fact.at_us)
        return set(self._behind)

    def _next(self) -> Batch:
        batch = self._follower.read(self._position)
        self._position = batch.position
        self.done_bytes += batch.bytes
        self.total_bytes = max(self.total_bytes, self.done_bytes)
        return batch

    def _facts_of(self, records: list[tuple[int, bytes]]) -> list[Fact]:
        found: list[Fact] = []
        for _, record in records:
            try:
                fact = fact_of_row(parse_record(record))
            except (BadRecordError, csv.Error):
                self.bad_records += 1
                continue
            if fact is not None:
                found.append(fact)
        return found


def queue_lines(logs: Path, *, until: Position | None = None) -> Iterator[tuple[JournalFile, list[bytes]]]:
    """Give the lines of ``queue_log`` before a reader's place, in order, with the file they stand in."""
    follower = Follower(logs / QUEUE_LOG_FILE, split_lines)
    position, more, in_place = Position(), until is None or until.head_bytes > 0, False
    while more:
        batch = follower.read(position)
        position, more = batch.position, batch.more
        end = None
        if until is not None and batch.file is not None:
            if batch.file.starts_with(until.head, until.head_bytes):
                in_place, end = True, until.offset
            elif in_place:
                return
        if batch.file is not None:
            yield batch.file, [line for offset, line in batch.records if end is None or offset < end]


def restarts_of(logs: Path, *, until: Position | None = None) -> list[int]:
    """Return when the switch was started (microseconds), as far as the reader of ``queue_log`` has come."""
    return [
        at_us
        for _, lines in queue_lines(logs, until=until)
        for line in lines
        if (at_us := restart_of_line(line)) is not None
    ]


def _first_file(files: list[JournalFile], since_us: int | None) -> int:
    """Return the first file that may hold something of the period."""
    if since_us is None:
        return 0
    early = [
        index
        for index, file in enumerate(files)
        if file.begins_us is not None and file.begins_us + _EARLIER_US <= since_us
    ]
    return early[-1] if early else 0


def _gaps(files: list[JournalFile]) -> list[Gap]:
    """Return the spans of files that are missing between others, by the numbers of our own rotation."""
    gaps: list[Gap] = []
    numbered = [file for file in files if file.number is not None]
    for one, other in pairwise(numbered):
        if (other.number or 0) - (one.number or 0) > 1 and other.begins_us is not None:
            gaps.append(Gap(one.changed_ns // 1000, other.begins_us))
    return gaps


def _content_bytes(file: JournalFile) -> int:
    return file.bytes * (12 if file.is_compressed else 1)
