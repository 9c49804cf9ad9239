"""Which legs of a call are to be heard live: those that speak with the citizen now. Pure.

Heard is what is said between the citizen and somebody: not the menu, not the queue's music, not what an agent
asks a colleague while the citizen waits. A supervisor who listens is no part of it, one who came into the
talk speaks as an agent (R-T-2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .audio_ports import LegOfCall
from .call_figures import answers
from .call_legs import Leg, Spell, legs
from .calls import CallRecord
from .room_marks import MARK, mark_of
from .rooms import Room, facts_of_room, room

CHANNEL = re.compile(r"PJSIP/[A-Za-z0-9_.+-]{1,60}-[0-9a-f]{8}")
"""The only channels that are listened to: whole names of telephones and lines, no pattern, no separator."""


@dataclass(frozen=True)
class Heard:
    """``together`` speak with each other; ``alive`` are all legs that may yet speak with the citizen.

    ``unsure`` have left the citizen's bridge and may have come back to it, which the journal does not tell
    apart: whether they are ``with_citizen``, the switch knows.
    """

    together: tuple[LegOfCall, ...] = ()
    unsure: tuple[LegOfCall, ...] = ()
    alive: frozenset[str] = frozenset()
    citizen: LegOfCall | None = None


NOBODY = Heard()


def heard(record: CallRecord) -> Heard:
    """Return whom to hear; made once for each state of a record, so that looking again costs nothing."""
    return record.derived(_heard)


def with_citizen(heard: Heard, bridges: Mapping[str, str]) -> tuple[LegOfCall, ...]:
    """Return whom to hear when the switch says in which bridge each channel (by Uniqueid) is."""
    if heard.citizen is None or not heard.unsure:
        return heard.together
    shared = bridges.get(heard.citizen.leg)
    back = [leg for leg in heard.unsure if shared and bridges.get(leg.leg) == shared]
    if not back:
        return heard.together
    return heard.together + tuple(back) if heard.together else (heard.citizen, *back)


def _heard(record: CallRecord) -> Heard:
    if not record.is_open or not answers(record):
        return NOBODY
    there = legs(record)
    mine = next((leg for leg in there if leg.role == "citizen"), None)
    if mine is None or mine.ended_us is not None or not CHANNEL.fullmatch(mine.channel):
        return NOBODY
    citizen = LegOfCall(record.id, mine.id, mine.channel, "citizen", "")
    answered = {mark.leg for _, mark in answers(record)}
    agents = [leg for leg in there if _may_speak(leg, answered)]
    place = room(record)
    speaking = {leg.id for leg in agents if _shares(leg, mine) or not leg.spells} | _in_room(place)
    together = [_agent(record, leg) for leg in agents if leg.id in speaking]
    unsure = tuple(_agent(record, leg) for leg in agents if leg.id not in speaking and _apart(leg, mine))
    thirds = _thirds(record, place)
    if _is_open(place):
        together += thirds
    return Heard(
        (citizen, *together) if together else (),
        unsure,
        frozenset({citizen.leg, *(leg.id for leg in agents), *(third.leg for third in thirds)}),
        citizen,
    )


def _may_speak(leg: Leg, answered: set[str]) -> bool:
    """Tell whether a leg is an agent's on the line: answered for a citizen, or brought into a bridge."""
    there = leg.role == "agent" and leg.ended_us is None and CHANNEL.fullmatch(leg.channel) is not None
    return there and (leg.id in answered or bool(leg.spells))


def _agent(record: CallRecord, leg: Leg) -> LegOfCall:
    return LegOfCall(record.id, leg.id, leg.channel, "agent", leg.agent)


def _open(leg: Leg) -> set[str]:
    return {spell.bridge for spell in leg.spells if _lasts(spell)}


def _lasts(spell: Spell) -> bool:
    return spell.left_us is None or spell.left_us < spell.entered_us


def _shares(leg: Leg, citizen: Leg) -> bool:
    return not _open(leg).isdisjoint(_open(citizen))


def _apart(leg: Leg, citizen: Leg) -> bool:
    """Tell whether a leg was in a bridge with the citizen before."""
    been = {spell.bridge for spell in citizen.spells}
    return any(spell.bridge in been for spell in leg.spells)


def _is_open(place: Room | None) -> bool:
    """Tell whether the citizen is in the room and hears the others."""
    return place is not None and any(party.who == "citizen" and not party.held for party in place.parties)


def _in_room(place: Room | None) -> set[str]:
    if place is None or not _is_open(place):
        return set()
    return {party.leg for party in place.parties if party.who == "agent"}


def _thirds(record: CallRecord, place: Room | None) -> list[LegOfCall]:
    """Return the third lines in the room: their own telephones' channels, which told their answer."""
    if place is None:
        return []
    joined = {line.id for line in place.lines if line.state == "joined"}
    found: dict[str, LegOfCall] = {}
    for fact in facts_of_room(record) if joined else ():
        name, line, _ = mark_of(fact.slot)
        leg, channel = fact.get("leg"), fact.get("channel")
        if name == f"{MARK}ANSWERED" and line in joined and CHANNEL.fullmatch(channel):
            found[line] = LegOfCall(record.id, leg, channel, "third", "")
    return list(found.values())
