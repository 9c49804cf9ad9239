"""Where the parties of a call are: from its record, or from a look at the switch when in doubt. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .ami_message import AmiMessage
from .call_legs import Leg, legs
from .calls import CallRecord
from .conference_machine import Place, View
from .rooms import RoomLine, lines, room
from .snapshot import ChannelView

ROOM_CONTEXT, WAIT_EXTEN = "hotline-room", "wait"
"""Where a party is led (dialplans/rooms.conf.j2)."""
MUSIC = "Local/s@hotline-room-music-"
"""The guest who brings music to one who is alone in a room (docs/adr/0145)."""
_ON_THE_WAY: dict[str, Place] = {WAIT_EXTEN: "wait", "alone": "elsewhere"}


@dataclass(frozen=True, slots=True)
class Parties:
    """Citizen and agent of a call: their channels by id and by name, and the agent's number."""

    citizen: str
    citizen_channel: str
    agent: str
    agent_leg: str
    agent_channel: str


def parties_of(record: CallRecord, agent: str = "") -> Parties | None:
    """Return who speaks with the citizen now, ``agent`` rather than another; None when nobody does."""
    return _parties(record, [leg for leg in _present(record) if not agent or leg.agent == agent])


def last_parties_of(record: CallRecord, agent: str = "") -> Parties | None:
    """Return who answered last and has not hung up, ``agent`` rather than another.

    Who is on the way from a talk into the room is in no bridge; only a look at the switch tells where.
    """
    found = [leg for leg in legs(record) if leg.role == "agent" and leg.answered_us and leg.ended_us is None]
    return _parties(
        record, sorted(found, key=lambda leg: (leg.agent == agent, leg.answered_us), reverse=True)
    )


def agents_of(record: CallRecord) -> list[str]:
    """Return the numbers of the agents who are with the citizen now."""
    return [leg.agent for leg in _present(record)]


def view_of(record: CallRecord, parties: Parties, line: str, target: str) -> View | None:
    """Return what the record alone shows; None when it leaves a doubt that a look must clear."""
    there = room(record)
    told, other = told_of(record, line, target)
    if record.ended_us is not None:
        return View("gone", "gone", told, other)
    here = {} if there is None else {party.leg: party for party in there.parties}
    if record.citizen in here and parties.agent_leg in here:
        return View("wait" if here[record.citizen].held else "room", "room", told, other)
    if record.citizen in here or parties.agent_leg in here:
        return None
    with_citizen = [leg for leg in _in_citizens_bridge(record) if leg.id == parties.agent_leg]
    return View("talk", "talk", told, other) if with_citizen else None


def told_of(record: CallRecord, line: str, target: str) -> tuple[bool, str]:
    """Return whether the switch has told of a line, and the id of another one to the target that goes on."""
    known = lines(record)
    other = next((one.id for one in known if _goes_on(one) and one.target == target and one.id != line), "")
    return any(one.id == line for one in known), other


@dataclass(frozen=True)
class Sight:
    """The switch's channels by id, and the ids of those in the call's room, at one moment."""

    channels: dict[str, ChannelView]
    members: frozenset[str]

    def place(self, uniqueid: str, *, other: str) -> Place:
        """Return where a party is; ``other`` is the party it would be talking with."""
        channel = self.channels.get(uniqueid)
        if channel is None:
            return "gone"
        if uniqueid in self.members:
            return "room"
        if channel.context.startswith(ROOM_CONTEXT):
            return _ON_THE_WAY.get(channel.exten, "room")
        if not channel.bridge:
            return "alone" if channel.application not in ("Queue", "AppQueue", "Dial") else "elsewhere"
        there = self.channels.get(other)
        if there is not None and there.bridge == channel.bridge:
            return "talk"
        crowd = Counter(one.bridge for one in self.channels.values())
        return "alone" if crowd[channel.bridge] == 1 else "elsewhere"

    def view(self, record: CallRecord, parties: Parties, line: str, target: str, channel: str) -> View:
        """Return it as the machine wants it; ``channel`` is the id that the line's own channel has."""
        told, other = told_of(record, line, target)
        return View(
            self.place(parties.citizen, other=parties.agent_leg),
            self.place(parties.agent_leg, other=parties.citizen),
            told or channel in self.channels,
            other,
        )

    def is_alone(self, citizen: str, agents: Iterable[str]) -> bool:
        """Tell whether a citizen is in the room, or waits in it, with nobody else there or on the way.

        ``agents`` are the channels of the call's agents, by id.
        """
        if self.place(citizen, other="") not in ("room", "wait") or self.members - {citizen}:
            return False
        return all(self.place(agent, other=citizen) != "room" for agent in agents)


def members_of(messages: Iterable[AmiMessage]) -> frozenset[str]:
    """Return the ids of the parties in a room, from the answer to ``ConfbridgeList``; music is no party."""
    return frozenset(
        one.get("Uniqueid")
        for one in messages
        if one.name == "ConfbridgeList" and not one.get("Channel").startswith(MUSIC)
    )


def _parties(record: CallRecord, agents: list[Leg]) -> Parties | None:
    citizen = next((leg for leg in legs(record) if leg.id == record.citizen), None)
    if not agents or citizen is None or not citizen.channel:
        return None
    return Parties(record.citizen, citizen.channel, agents[0].agent, agents[0].id, agents[0].channel)


def _goes_on(line: RoomLine) -> bool:
    return not line.is_over


def _present(record: CallRecord) -> list[Leg]:
    """Return the legs of agents who are in the room or in a bridge with the citizen, the latest first."""
    there = room(record)
    in_room = set() if there is None else {party.leg for party in there.parties if party.who == "agent"}
    bridged = {leg.id for leg in _in_citizens_bridge(record)}
    found = [leg for leg in legs(record) if leg.id in in_room | bridged and leg.role == "agent"]
    return sorted(found, key=lambda leg: (leg.id in in_room, leg.answered_us or 0), reverse=True)


def _in_citizens_bridge(record: CallRecord) -> list[Leg]:
    known = legs(record)
    mine = {
        spell.bridge
        for leg in known
        if leg.id == record.citizen
        for spell in leg.spells
        if spell.left_us is None or spell.left_us < spell.entered_us
    }
    return [
        leg
        for leg in known
        if leg.role == "agent"
        and leg.ended_us is None
        and any(spell.bridge in mine and (spell.left_us is None or _is_back(leg)) for spell in leg.spells)
    ]


def _is_back(leg: Leg) -> bool:
    """Tell whether a leg that left the citizen's bridge is there again: it lives, and is in no other bridge.

    The record keeps the first entry and the last exit. An agent who asked a colleague first and took the
    citizen back looks gone in it, and must be able to call an emergency line in all the same.
    """
    return all(spell.left_us is not None for spell in leg.spells)
