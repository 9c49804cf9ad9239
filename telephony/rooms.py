"""What a call's record says of its three-way calls: the lines brought in, and who is in the room now. Pure.

A *room* is where citizen, agent and third lines hear each other; a *line* is one attempt to bring a third
line in (R-3W-1, R-3W-2, R-3W-4). Times are microseconds since 1970 by the switch's
clock; None is "not (yet)".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .calls import CallRecord
from .facts import ENDED, HANGUP, ROOM, Fact
from .room_marks import MARK, mark_of

LineState = Literal["asked", "dialling", "ringing", "answered", "joined", "failed", "left", "refused"]
OVER: frozenset[LineState] = frozenset({"failed", "left", "refused"})
"""States of which nothing follows."""
_LAST = frozenset({"REFUSED", "GAVE_UP", "LEFT"})
GONE = "gone"
"""Why a line failed that was still being called when the citizen had gone, or went back to the queue."""
_EARLY_US = 1_000_000
"""Asked for over the API the parties may be moved a moment before the line says that it was asked for."""


@dataclass(frozen=True, slots=True)
class Try:
    """One route of a third line; ``cause`` is the network's own code (Q.850 or SIP), empty when unknown."""

    route: int
    trunk: str
    number: str
    dialled_us: int | None
    ringing_us: int | None
    answered_us: int | None
    failed_us: int | None
    why: str
    cause: str


@dataclass(frozen=True, slots=True)
class RoomLine:
    """One attempt to bring a third line in. ``route``, ``trunk`` and ``number`` are of the last route tried.

    ``moved_us`` is when the first party was moved for it, None when the room was there already;
    ``answered_us`` is the third line's own answer, before an announcement; ``ended_us`` is when it was over,
    however it ended, and ``left_us`` the same of one that had answered. ``why`` says why it failed or was
    refused. ``leg`` and ``channel`` are the channel that last spoke for it.
    """

    id: str
    target: str
    kind: str
    agent: str
    how: str
    mode: str
    request: str
    asked_us: int | None
    moved_us: int | None
    dialled_us: int | None
    ringing_us: int | None
    answered_us: int | None
    joined_us: int | None
    left_us: int | None
    ended_us: int | None
    route: int
    trunk: str
    number: str
    tries: tuple[Try, ...]
    state: LineState
    why: str
    leg: str
    channel: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in OVER


@dataclass(frozen=True, slots=True)
class Party:
    """A citizen or an agent in the room since ``since_us``; ``held``: waits for the others with music."""

    who: Literal["citizen", "agent"]
    agent: str
    leg: str
    channel: str
    since_us: int
    held: bool


@dataclass(frozen=True, slots=True)
class Room:
    """Who is in a call's room now, the citizen first. ``lines`` are those that are not over.

    ``state`` is ``held`` while the citizen waits in a consultation, ``open``, or ``over``.
    """

    call: str
    state: Literal["held", "open", "over"]
    parties: tuple[Party, ...]
    lines: tuple[RoomLine, ...]


def facts_of_room(record: CallRecord) -> list[Fact]:
    """Return all that was told of a call's rooms, in the order of time."""
    found = [fact for (leg, slot), fact in record.slots.items() if not leg and slot.startswith(ROOM)]
    return sorted(found, key=lambda fact: (fact.at_us, fact.slot))


def lines(record: CallRecord) -> tuple[RoomLine, ...]:
    """Return every attempt to bring a third line into the call, in the order in which they were asked for."""
    facts = facts_of_room(record)
    if not facts:
        return ()
    by_line = defaultdict[str, list[Fact]](list)
    moves: list[int] = []
    closers = [] if record.ended_us is None else [record.ended_us]
    for fact in facts:
        name, line, _ = mark_of(fact.slot)
        if not fact.slot.startswith(f"{ROOM}:"):
            by_line[line].append(fact)
        elif name in (f"{MARK}MOVED", f"{MARK}HELD"):
            moves.append(fact.at_us)
        elif name == f"{MARK}ALONE" or (name == f"{MARK}LEFT" and fact.get("who") == "citizen"):
            closers.append(fact.at_us)
    made = [_line(line, told, moves, sorted(closers)) for line, told in by_line.items()]
    return tuple(sorted(made, key=lambda line: (line.asked_us or line.ended_us or 0, line.id)))


def room(record: CallRecord) -> Room | None:
    """Return who is in the call's room now, None when it never had one."""
    told = defaultdict[str, list[Fact]](list)
    for fact in facts_of_room(record):
        if fact.slot.startswith(f"{ROOM}:"):
            told[fact.get("leg")].append(fact)
    there = lines(record)
    if not told and not there:
        return None
    parties = [party for leg, facts in told.items() if (party := _party(record, leg, facts)) is not None]
    citizen = next((party for party in parties if party.who == "citizen"), None)
    left = tuple(line for line in there if not line.is_over)
    had_citizen = any(_is_citizen(record, fact) for facts in told.values() for fact in facts)
    state = "held" if citizen and citizen.held else "open"
    if citizen is None and (had_citizen or not (parties or left)):
        state = "over"
    parties.sort(key=lambda party: (party.who != "citizen", party.since_us, party.leg))
    return Room(record.id, state, tuple(parties), left)


def is_settled(record: CallRecord) -> bool:
    """Tell whether the marks themselves tell the end of every line, so that none is to come any more."""
    told = defaultdict[str, set[str]](set)
    for fact in facts_of_room(record):
        if not fact.slot.startswith(f"{ROOM}:"):
            told[mark_of(fact.slot)[1]].add(_step(fact))
    return all(steps & _LAST for steps in told.values())


def went_on(record: CallRecord, at_us: int) -> bool:
    """Tell whether the citizen's talk went on after a moment at which an agent had left the room."""
    return any(
        line.joined_us is not None and line.joined_us <= at_us < (line.left_us or at_us + 1)
        for line in lines(record)
    ) or any(fact.at_us > at_us and _step(fact) == "ALONE" for fact in facts_of_room(record))


def _line(line: str, told: list[Fact], moves: list[int], closers: list[int]) -> RoomLine:
    steps = {step: fact for fact in reversed(told) if (step := _step(fact))}
    tries = tuple(_tries(told))
    asked = steps.get("ASKED") or told[0]
    values = {name: value for fact in reversed(told) for name, value in fact.params if value} | dict(
        asked.params
    )
    answered, joined, left = (_at(steps.get(step)) for step in ("ANSWERED", "JOINED", "LEFT"))
    closed = next((at for at in closers if at >= told[-1].at_us), None)
    state, ended, why = _state(steps, tries, closed)
    last = next((one for one in reversed(tries) if one.answered_us is not None), tries[-1] if tries else None)
    moved = next((at for at in moves if at >= asked.at_us - _EARLY_US), None)
    there = min((at for at in (joined, ended) if at is not None), default=None)
    return RoomLine(
        id=line,
        target=values.get("target", ""),
        kind=values.get("kind", ""),
        agent=values.get("agent", ""),
        how=values.get("how", ""),
        mode=values.get("mode", ""),
        request=values.get("request", ""),
        asked_us=asked.at_us,
        moved_us=None if moved is None or (there is not None and moved > there) else moved,
        dialled_us=min((one.dialled_us for one in tries if one.dialled_us is not None), default=None),
        ringing_us=min((one.ringing_us for one in tries if one.ringing_us is not None), default=None),
        answered_us=answered,
        joined_us=joined,
        left_us=ended if state == "left" else left,
        ended_us=ended,
        route=last.route if last else 0,
        trunk=last.trunk if last else "",
        number=last.number if last else "",
        tries=tries,
        state=state,
        why=why,
        leg=told[-1].get("leg"),
        channel=told[-1].get("channel"),
    )


def _state(
    steps: dict[str, Fact], tries: tuple[Try, ...], closed: int | None
) -> tuple[LineState, int | None, str]:
    """Return a line's state, when it was over, and why it failed."""
    left, gave_up = steps.get("LEFT"), steps.get("GAVE_UP")
    if (refused := steps.get("REFUSED")) is not None:
        return "refused", refused.at_us, refused.get("why")
    if "JOINED" in steps or "ANSWERED" in steps:
        ended = _at(left) if left is not None else closed
        state: LineState = "joined" if "JOINED" in steps else "answered"
        return (state, None, "") if ended is None else ("left", ended, "")
    if gave_up is not None:
        return "failed", gave_up.at_us, gave_up.get("why")
    if left is not None or closed is not None:
        return "failed", _at(left) if left is not None else closed, left.get("why", GONE) if left else GONE
    last = tries[-1] if tries else None
    if last is None:
        return "asked", None, ""
    return ("ringing" if last.ringing_us is not None and last.failed_us is None else "dialling"), None, ""


def _tries(told: list[Fact]) -> Iterator[Try]:
    routes = defaultdict[int, dict[str, Fact]](dict)
    for fact in told:
        name, _, route = mark_of(fact.slot)
        if (step := name.removeprefix(MARK)) in ("DIAL", "RINGING", "ANSWERED", "FAILED"):
            routes[route][step] = fact
    for route, steps in sorted(routes.items()):
        dial, failed = steps.get("DIAL"), steps.get("FAILED")
        yield Try(
            route,
            dial.get("trunk") if dial else "",
            dial.get("number") if dial else "",
            _at(dial),
            _at(steps.get("RINGING")),
            _at(steps.get("ANSWERED")),
            _at(failed),
            failed.get("why") if failed else "",
            failed.get("cause") if failed else "",
        )


def _party(record: CallRecord, leg: str, facts: list[Fact]) -> Party | None:
    """Return what a channel is in the room now, None when it has left."""
    stands: Fact | None = None
    since = 0
    for fact in sorted(facts, key=lambda fact: (fact.at_us, mark_of(fact.slot)[2])):
        step = _step(fact)
        gone = step in ("LEFT", "ALONE")
        since = fact.at_us if stands is None else since
        stands = None if gone else fact
    ends = (record.at(leg, slot) for slot in (HANGUP, ENDED))
    if stands is None or any(at is not None and at >= stands.at_us for at in ends):
        return None
    is_citizen = _is_citizen(record, stands)
    agent = "" if is_citizen else next((fact.get("agent") for fact in facts if fact.get("agent")), "")
    held = _step(stands) == "HELD"
    return Party("citizen" if is_citizen else "agent", agent, leg, stands.get("channel"), since, held)


def _is_citizen(record: CallRecord, fact: Fact) -> bool:
    return (
        fact.get("leg") == record.citizen
        or fact.get("who") == "citizen"
        or _step(fact) in ("HELD", "UNHELD", "ALONE")
    )


def _step(fact: Fact) -> str:
    return mark_of(fact.slot)[0].removeprefix(MARK)


def _at(fact: Fact | None) -> int | None:
    return None if fact is None else fact.at_us
