"""One observed fact about a call, and how two observations of the same thing become one.

A fact fills one *slot* of a call's record. What fills a slot is decided by a total order (``join``), so
facts may come in any order, any number of times, live and from the journal: the record is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

Params = tuple[tuple[str, str], ...]
"""The values of a fact, sorted by name."""


class Source(IntEnum):
    """Where a fact was read; the journal has microseconds and every line, so it outranks live events."""

    LIVE = 0
    JOURNAL = 1


class Fact(NamedTuple):
    """What one line of the journal or one live event says about a call.

    ``call`` is the Linkedid, ``leg`` the Uniqueid of the channel (empty for facts of the whole call),
    ``slot`` one of the names below, ``at_us`` microseconds since 1970 by the switch's clock.
    """

    call: str
    leg: str
    slot: str
    at_us: int
    source: Source
    params: Params = ()

    @property
    def key(self) -> tuple[str, str]:
        """The place in the record that this fact fills."""
        return (self.leg, self.slot)

    def get(self, name: str, default: str = "") -> str:
        """Return one of the values, or ``default``."""
        for key, value in self.params:
            if key == name:
                return value
        return default


CREATED, ANSWERED, HANGUP, ENDED = "created", "answered", "hangup", "ended"
ENTER, EXIT = "enter:", "exit:"
"""A leg enters or leaves a bridge; the bridge's id follows."""
STEP = "step:"
"""A numbered mark of the citizen's channel: ``step:N:NAME``."""
AGENT = "agent"
"""This leg is an agent who answered a citizen."""
CALLBACK = "callback:"
"""What became of a promised call-back, told by another call: ``callback:TRY:1``, ANSWERED or FAILED."""
ROOM = "room:"
"""A step of a three-way call, told by whatever channel took it: ``room:LINE:STEP`` of a line brought in,
``room:LINE:STEP:ROUTE`` of one of its routes, ``room::STEP:UNIQUEID:N`` of another party (``rooms``)."""
SUPERVISED = "supervised:"
"""A supervisor on the call: ``supervised:BEGIN:UNIQUEID:N``, then ``END``; or ``REFUSED``."""
INTERNAL = "internal"
LINKEDID_END = "linkedid_end"
RESTART = "restart:"
"""The switch was started anew after the call began, to the second: the first time that it was."""
RESTART_EXACT = "restart:exact"
"""The same to the microsecond: its death was noticed, or the next process made its first channel."""
UNTERMINATED = "unterminated"

_LAST = frozenset({HANGUP, ENDED, LINKEDID_END})


def params_of(values: Mapping[str, str]) -> Params:
    """Return values as sorted pairs."""
    return tuple(sorted(values.items()))


def join(one: Fact, other: Fact) -> Fact:
    """Return the one of two facts of the same slot that stands.

    The journal's wins over the live one; of equal source the last for what can only be over once
    (hang-up, end, leaving a bridge), otherwise the first. Commutative, associative, idempotent.
    """
    if one.source != other.source:
        return one if one.source > other.source else other
    if one.slot in _LAST or one.slot.startswith(EXIT):
        return max(one, other, key=_order)
    return min(one, other, key=_order)


def _order(fact: Fact) -> tuple[int, Params]:
    return (fact.at_us, fact.params)


def step_slot(number: int, name: str) -> str:
    """Return the slot of a numbered mark."""
    return f"{STEP}{number}:{name}"


def step_of(slot: str) -> tuple[int, str]:
    """Return number and name of a mark's slot."""
    _, number, name = slot.split(":", 2)
    return int(number), name


def to_json(fact: Fact) -> list[Any]:
    """Return a fact as it is stored: ``[leg, slot, at_us, source, {values}]``."""
    return [fact.leg, fact.slot, fact.at_us, int(fact.source), dict(fact.params)]


def from_json(call: str, data: list[Any]) -> Fact:
    """Return the fact of a call from its stored form."""
    leg, slot, at_us, source, values = data
    return Fact(call, leg, slot, at_us, Source(source), params_of(values))
