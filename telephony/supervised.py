"""What a call's record says of those in its talk whom a call of their own led there. Pure.

Supervisors, and an agent whose telephone went away and came back into the room (``return``). The switch files
the rows of such a leg under that other call; the marks name this one and are all it knows. Listening and
whispering are beside the talk and no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .calls import CallRecord
from .facts import ROOM, SUPERVISED
from .room_marks import SUPERVISE, mark_of


@dataclass(frozen=True, slots=True)
class Entered:
    """A leg that came into the talk; ``ended_us`` is None while it is there."""

    leg: str
    supervisor: str
    channel: str
    began_us: int
    ended_us: int | None


def entered(record: CallRecord) -> dict[str, Entered]:
    """Return the legs of who barged in, took over or came back, by their id."""
    return record.derived(_entered)


def _entered(record: CallRecord) -> dict[str, Entered]:
    told = [fact for (_, slot), fact in record.slots.items() if slot.startswith(SUPERVISED)]
    ends = {fact.get("leg"): fact.at_us for fact in told if mark_of(fact.slot)[0] == f"{SUPERVISE}_END"}
    return {
        leg: Entered(leg, fact.get("supervisor"), fact.get("channel"), fact.at_us, ends.get(leg))
        for fact in told
        if mark_of(fact.slot)[0] == SUPERVISE and fact.get("mode") in ("barge", "take", "return")
        if (leg := fact.get("leg"))
    }


def into_room_us(record: CallRecord) -> int | None:
    """Return when the citizen was first led into a room."""
    moves = [
        fact.at_us
        for (_, slot), fact in record.slots.items()
        if slot.startswith(f"{ROOM}:MOVED:") and fact.get("who") == "citizen"
    ]
    return min(moves, default=None)
