"""The channels of a call: whose each is, when it was there, and in which bridges. Pure.

Times are microseconds since 1970 by the switch's clock; None is "not (yet)".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .calls import CallRecord
from .facts import AGENT, ANSWERED, CREATED, ENDED, ENTER, EXIT, HANGUP, Fact
from .supervised import Entered, entered, into_room_us


@dataclass(frozen=True, slots=True)
class Spell:
    """A leg's time in a bridge."""

    bridge: str
    entered_us: int
    left_us: int | None


@dataclass(frozen=True, slots=True)
class Leg:
    """One channel of the call; ``agent`` is the number of the phone, empty for the citizen's leg."""

    id: str
    role: Literal["citizen", "agent", "other"]
    channel: str
    agent: str
    created_us: int | None
    answered_us: int | None
    ended_us: int | None
    hangup_cause: int | None
    spells: tuple[Spell, ...]


def number_of(text: str, default: int | None = None) -> int | None:
    """Return the whole number that a mark's value says, or ``default``."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def phone_of(channel: str) -> str:
    """Return the agent's number in a channel's name: 1001 of ``PJSIP/1001-0000002a``, none of a trunk's."""
    technology, _, rest = channel.partition("/")
    endpoint = rest.rsplit("-", 1)[0]
    return endpoint if technology == "PJSIP" and not endpoint.startswith("trunk-") else ""


def spells_of(record: CallRecord, leg: str) -> tuple[Spell, ...]:
    """Return a leg's times in bridges, in order."""
    found: list[Spell] = []
    for (leg_, slot), fact in record.slots.items():
        if leg_ == leg and slot.startswith(ENTER):
            bridge = slot[len(ENTER) :]
            found.append(Spell(bridge, fact.at_us, record.at(leg, EXIT + bridge)))
    return tuple(sorted(found, key=lambda spell: (spell.entered_us, spell.bridge)))


def legs(record: CallRecord) -> list[Leg]:
    """Return every channel of the call, in the order of their creation; a supervisor's from when it came."""
    others = entered(record)
    found = [_entered_leg(record, other) for other in others.values()]
    for leg in {leg for leg, _ in record.slots if leg} - others.keys():
        created = record.find(leg, CREATED)
        hangup = record.find(leg, HANGUP)
        mark = record.find(leg, AGENT)
        channel = next(
            (fact.get("channel") for fact in (created, hangup) if fact and fact.get("channel")), ""
        )
        if not channel:
            told = (fact.get("channel") for fact in _leg_facts(record, leg))
            channel = next((name for name in told if name), "")
        agent = "" if leg == record.citizen else (mark.get("agent") if mark else phone_of(channel))
        role: Literal["citizen", "agent", "other"] = (
            "citizen" if leg == record.citizen else "agent" if agent else "other"
        )
        ended = record.at(leg, ENDED)
        found.append(
            Leg(
                id=leg,
                role=role,
                channel=channel,
                agent=agent,
                created_us=_at(created),
                answered_us=record.at(leg, ANSWERED),
                ended_us=ended if ended is not None else _at(hangup),
                hangup_cause=number_of(hangup.get("cause")) if hangup else None,
                spells=spells_of(record, leg),
            )
        )
    return sorted(found, key=lambda leg: (leg.created_us or 0, leg.id))


def _entered_leg(record: CallRecord, other: Entered) -> Leg:
    """Return the leg of a supervisor in the talk, in the citizen's room for as long as both are."""
    begin = max(other.began_us, into_room_us(record) or 0)
    shared = [
        Spell(spell.bridge, max(spell.entered_us, begin), _earlier(spell.left_us, other.ended_us))
        for spell in spells_of(record, record.citizen)
        if spell.entered_us >= (into_room_us(record) or begin)
        and (spell.left_us is None or spell.left_us > begin)
        and (other.ended_us is None or spell.entered_us < other.ended_us)
    ]
    return Leg(
        id=other.leg,
        role="agent",
        channel=other.channel,
        agent=other.supervisor,
        created_us=other.began_us,
        answered_us=other.began_us,
        ended_us=other.ended_us,
        hangup_cause=None,
        spells=tuple(shared),
    )


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _leg_facts(record: CallRecord, leg: str) -> list[Fact]:
    return [fact for (leg_, _), fact in sorted(record.slots.items()) if leg_ == leg]


def _at(fact: Fact | None) -> int | None:
    return None if fact is None else fact.at_us
