"""Compares what the store says of a load with what SIPp saw, and one store with another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import select

from hotline.app import schema
from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.settings import Settings
from hotline.telephony.tables import CallRow, LegRow
from hotline.telephony.tracker import Tracker
from support.load_metronome import Metronome
from support.load_recount import NOT_STORED, Counted, Span

TOLERANCE_S = 0.1
LIMIT_S = 15.0


def differences(counted: Mapping[str, Counted], rows: Sequence[CallRow], metronome: Metronome) -> list[str]:
    """Return every difference between the recount and the stored calls, in words; empty is the proof.

    A stored time may lie ``TOLERANCE_S`` beside the span in which SIPp saw it happen, and further by as much
    as the machine itself kept everybody waiting then; a wait likewise, with the spans of its two ends.
    """
    stored: dict[str, list[CallRow]] = {}
    for row in rows:
        stored.setdefault(row.number, []).append(row)
    found = [f"{number}: stored, and never called" for number in stored.keys() - counted.keys()]
    for number, one in counted.items():
        mine = stored.get(number, [])
        if not mine and NOT_STORED in one.verdicts:
            continue
        if len(mine) != 1:
            found.append(f"{number} ({one.kind}): stored {len(mine)} times")
        else:
            found += [f"{number} ({one.kind}): {text}" for text in _of_one(one, mine[0], metronome)]
    lucky = [one for one in counted.values() if one.verdicts >= {"abandoned"} and len(one.verdicts) > 1]
    for late, share in ((False, 50), (True, 4)):
        numbers = [one.number for one in lucky if one.machine_late is late]
        if len(numbers) > max(1, len(counted) // share):
            whose = "a late machine" if late else "luck"
            found.append(f"{whose} decided what became of {len(numbers)} calls: {numbers}")
    if not found:
        found += _totals(counted, rows)
    return found


def verdict(row: CallRow) -> str:
    """Return the outcome, or ``apart:…``."""
    return row.outcome or f"apart:{row.apart}"


def _of_one(one: Counted, row: CallRow, metronome: Metronome) -> list[str]:
    if verdict(row) not in one.verdicts:
        return [f"stored as {verdict(row)}, seen as {'|'.join(sorted(one.verdicts))}"]
    spans = {"t0": one.t0, "t1": one.t1, "ended_at": one.t5, "callback_answered_at": one.called_back}
    if len(one.verdicts) > 1 and verdict(row).startswith("apart:") != (one.t1 is None):
        del spans["t1"]  # the request and the death of the switch crossed
    if verdict(row) == "answered":
        spans |= {"t3": one.t3}
        if row.agent != one.agent:
            return [f"stored as answered by {row.agent}, seen {one.agent}"]
    elif row.t3 is not None:
        return ["an unanswered call has t3"]
    found = [
        text for name, span in spans.items() if (text := _apart(name, span, getattr(row, name), metronome))
    ]
    if verdict(row) == "answered" and one.t1 and one.t3 and not found:
        assert row.wait_human_us is not None
        assert one.wait_human is not None
        allowed = TOLERANCE_S + one.t1.width + one.t3.width
        allowed += metronome.late(one.t1) + metronome.late(one.t3)
        if abs(row.wait_human_us / 1e6 - one.wait_human) > allowed:
            found.append(f"wait stored {row.wait_human_us / 1e6:.3f} s, seen {one.wait_human:.3f} s")
    return found


def _apart(name: str, span: Span | None, at: datetime | None, metronome: Metronome) -> str:
    if span is None or at is None:
        return "" if span is None and at is None else f"{name} stored {at}, seen {span}"
    late = _late(span, at.timestamp())
    if abs(late) <= TOLERANCE_S + metronome.late(span):
        return ""
    return f"{name} is {late * 1000:+.0f} ms from what was seen"


def _late(span: Span, at: float) -> float:
    return at - span.last if at > span.last else min(at - span.first, 0.0)


def _totals(counted: Mapping[str, Counted], rows: Sequence[CallRow]) -> list[str]:
    """Compare the sums that the limits are judged by, without the calls that may count either way."""
    clear = {n: one for n, one in counted.items() if len(one.verdicts) == 1 and not _at_the_limit(one)}
    mine = Counter(_share(next(iter(one.verdicts)), one.wait_human) for one in clear.values())
    theirs = Counter(
        _share(verdict(row), None if row.wait_human_us is None else row.wait_human_us / 1e6)
        for row in rows
        if row.number in clear
    )
    return [] if mine == theirs else [f"totals stored {dict(theirs)}, seen {dict(mine)}"]


def _at_the_limit(one: Counted) -> bool:
    return one.wait_human is not None and abs(one.wait_human - LIMIT_S) < 2 * TOLERANCE_S


def _share(verdict: str, wait_s: float | None) -> str:
    within = verdict == "answered" and wait_s is not None and wait_s <= LIMIT_S
    return f"{verdict} within 15 s" if within else verdict


def lateness(counted: Mapping[str, Counted], rows: Sequence[CallRow]) -> str:
    """Return in words how far (ms) the stored times lie from SIPp's own: median, 99th of 100, furthest."""
    late: dict[str, list[float]] = {}
    for row in rows:
        one = counted[row.number]
        for name, span in {"t0": one.t0, "t1": one.t1, "t3": one.t3, "ended_at": one.t5}.items():
            at: datetime | None = getattr(row, name)
            if span is not None and at is not None:
                late.setdefault(name, []).append(_late(span, at.timestamp()) * 1000)
    return "; ".join(
        f"{name} {median(all_of):+.1f} {sorted(map(abs, all_of))[len(all_of) * 99 // 100]:.1f}"
        f" {max(all_of, key=abs):+.1f}"
        for name, all_of in late.items()
    )


async def stored_calls(database: Database) -> list[CallRow]:
    """Return every call."""
    async with database.read() as session:
        return list(await session.scalars(select(CallRow)))


async def stored_rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return every call and leg as plain values, but for when its files were registered."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with database.read() as session:
        for table in (CallRow, LegRow):
            columns = [column for column in table.__table__.columns if column.name != "files_done"]
            rows = await session.execute(select(*columns).order_by(*table.__table__.primary_key))
            found[table.__tablename__] = [dict(row._mapping) for row in rows]
    return found


async def rows_of_journal_alone(settings: Settings, url: str) -> dict[str, list[dict[str, Any]]]:
    """Return the same from a service that was never there: the journal read once into an empty database."""
    database = Database(url)
    try:
        await schema.upgrade(database)
        tracker = Tracker(settings, database, EventBus())
        await tracker.load()
        await tracker.read_journal()
        return await stored_rows(database)
    finally:
        await database.close()
