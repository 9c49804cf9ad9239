"""Compares what is stored of a run with what its telephones saw by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.core.db import Database
from hotline.queue.tables import AgentSpellRow
from hotline.telephony.tables import CallRow, RecordingRow, RoomLineRow
from support.recorded import rows_of
from support.third_line_plan import WHYS
from support.third_line_run import Run

APART_S = 2.0
"""Two processes may be so far apart on a machine at work; the order of cause and effect is exact."""
EARLY_S = 0.005


@dataclass
class Stored:
    """All that the service has stored."""

    calls: dict[str, list[CallRow]]
    lines: list[RoomLineRow]
    recordings: list[RecordingRow]
    spells: list[AgentSpellRow]


async def stored(database: Database) -> Stored:
    calls: dict[str, list[CallRow]] = {}
    for row in await rows_of(database, CallRow):
        calls.setdefault(row.number, []).append(row)
    tables = (RoomLineRow, RecordingRow, AgentSpellRow)
    return Stored(calls, *[await rows_of(database, table) for table in tables])


def differences(run: Run, there: Stored) -> list[str]:
    """Return where the records of a run are not what its telephones saw."""
    calls = there.calls.get(run.number, [])
    if len(calls) != 1 or run.citizen is None:
        return [f"{len(calls)} calls are stored"]
    call = calls[0]
    lines = sorted(
        (line for line in there.lines if line.call == call.id), key=lambda line: (line.asked_at, line.line)
    )
    found = [*_of_call(run, call), *_of_lines(run, lines)]
    found += _of_recordings(run, [row for row in there.recordings if row.call == call.id])
    return found


def _of_call(run: Run, call: CallRow) -> Iterator[str]:
    citizen = run.citizen
    assert citizen is not None
    yield from _differ("outcome", call.outcome, "answered")
    yield from _differ("ended by", call.ended_by, "citizen" if citizen.ended_by == "self" else call.ended_by)
    answered = [leg.called for leg in run.agents if leg.answered_at]
    yield from _differ("agent", call.agent, next(iter(answered), None))
    yield from _apart("end of the call", call.ended_at, citizen.ended_at)


def _of_lines(run: Run, lines: list[RoomLineRow]) -> Iterator[str]:
    refused = [line for line in lines if line.state == "refused"]
    real = [line for line in lines if line.state != "refused"]
    if refused and len(run.asked) < 2:
        yield f"{len(refused)} refused lines, asked {run.asked}"
    tried = sorted(
        ((line, one) for line in real for one in line.tries), key=lambda pair: pair[1]["dialled_us"] or 0
    )
    yield from _differ(
        "routes dialled", [one["route"] for _, one in tried], [route for route, _ in run.attempts]
    )
    for (line, one), (route, leg) in zip(tried, run.attempts, strict=False):
        what = f"line {line.line} route {route}"
        way = run.plan.ways[route - 1]
        yield from _apart(f"{what} dialled", _at(one["dialled_us"]), leg.invited_at, after=-1)
        if leg.answered_at:
            yield from _apart(f"{what} answered", _at(one["answered_us"]), leg.answered_at)
            yield from _apart(f"{what} left", line.left_at, leg.ended_at, after=0)
            yield from _differ(f"{what} state", line.state, "left")
        else:
            yield from _differ(f"{what} answered", one["answered_us"], None)
            cut_off = run.plan.when == "ringing" or way == "answer"
            wanted = one["why"] if cut_off and one["why"] in ("", "gone", "noanswer") else WHYS.get(way)
            yield from _differ(f"{what} why", one["why"], wanted)
    if run.asked == ["key"]:
        yield from _differ("asked", [(line.how, line.mode) for line in real], [("key", "direct")])
    elif len(run.asked) == 1:
        yield from _differ("asked", [(line.how, line.mode) for line in real], [("api", run.plan.mode)])
    first = next((leg.called for leg in run.agents if leg.answered_at), "")
    yield from _differ("asked by", {line.agent for line in real}, {first})
    if not run.disturbed and not run.is_overtaken:
        told = run.expected
        whys = tuple(one["why"] for _, one in tried if one["why"] and one["failed_us"])
        if {line.state for line in real} - told.states or len(real) != 1:
            yield f"states {[line.state for line in real]}, the plan says {told.states}"
        if run.plan.when != "ringing":
            yield from _differ("whys", whys, told.whys)
        if told.answered is not None:
            yield from _differ("answered", bool(run.answered()), told.answered)


def _of_recordings(run: Run, rows: list[RecordingRow]) -> Iterator[str]:
    citizen = run.citizen
    assert citizen is not None
    kinds = Counter(row.kind for row in rows)
    wanted = Counter(mix=1, citizen=1, agent=1)
    answered = run.answered()
    wanted.update({"room-line": len(answered)} if answered else {})
    # An agent who is gone before the move has no file of the room.
    in_room = kinds["room-agent"] if run.disturbed else 1
    wanted.update({"room-agent": in_room} if in_room else {})
    yield from _differ("recordings", dict(kinds), dict(wanted))
    yield from _differ("states", {row.state for row in rows}, {"ready"})
    for row in rows:
        length = row.duration_ms / 1000
        if row.kind in ("mix", "citizen", "agent"):
            whole = citizen.ended_at - citizen.answered_at
            yield from _as_long(row.path, length, min(citizen.sound.played_s, whole), whole)
        elif row.kind == "room-line":
            talked = [
                (round(leg.sound.played_s, 1), round(leg.ended_at - leg.answered_at, 1)) for leg in answered
            ]
            if not any(min(one) - APART_S <= length <= max(one) + APART_S for one in talked):
                yield f"{row.path} is {length:.1f} s, the third line talked {talked}"


def of_wrap_ups(runs: Iterable[Run], there: Stored) -> list[str]:
    """Return where the agents' wrap-ups are not one after each talk with a citizen."""
    ends: dict[str, list[float]] = {}
    for run in runs:
        for leg in run.agents:
            if leg.answered_at:
                ends.setdefault(leg.called, []).append(leg.ended_at)
    found: list[str] = []
    for agent, talks in sorted(ends.items()):
        began = sorted(
            row.began.timestamp() for row in there.spells if row.agent == agent and row.kind == "wrapup"
        )
        talks.sort()
        if len(began) != len(talks):
            found.append(f"agent {agent}: {len(began)} wrap-ups after {len(talks)} talks")
            continue
        found += [
            f"agent {agent}: a wrap-up {at - ended:+.1f} s after a talk"
            for at, ended in zip(began, talks, strict=True)
            if not -1.5 < at - ended < APART_S + 1
        ]
    return found


def _differ(what: str, is_so: Any, should_be: Any) -> Iterator[str]:
    if is_so != should_be:
        yield f"{what}: {is_so!r}, the telephones say {should_be!r}"


def _at(micros: int | None) -> datetime | float | None:
    return None if micros is None else micros / 1e6


def _apart(what: str, at: datetime | float | None, seen: float, *, after: int = 1) -> Iterator[str]:
    """``after`` 1: noted after it was seen; -1: before; 0: either."""
    if at is None:
        yield f"{what}: not noted, seen at {seen:.3f}"
        return
    apart = (at.timestamp() if isinstance(at, datetime) else at) - seen
    low, high = (-EARLY_S if after == 1 else -APART_S), (EARLY_S if after == -1 else APART_S)
    if not low <= apart <= high:
        yield f"{what}: {apart * 1000:+.0f} ms from what was seen"


def _as_long(what: str, length: float, least: float, most: float) -> Iterator[str]:
    """``least`` is what the telephone really sent: a busy machine keeps it from playing for seconds."""
    if not least - APART_S <= length <= most + APART_S:
        yield f"{what} is {length:.1f} s of {least:.1f} to {most:.1f} s"
