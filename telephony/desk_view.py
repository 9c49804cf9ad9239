"""Which citizen's call is at which agent's desk, and how far it is: from the calls' records. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from .call_legs import Leg, Spell, legs
from .calls import CallRecord
from .facts import AGENT, step_of
from .rooms import room

LOST = "HL_LOST"
"""The mark of a talk whose agent's telephone went away (dialplans/lost.conf.j2)."""
State = Literal["ringing", "talking", "lost"]
_ASKED = re.compile(r"Local/([^@]{1,40})@hotline-transfer-")
_BEFORE_US = 2_000_000
"""So long before the agent's leg comes to the other one's bridge the way there may have begun."""


@dataclass(frozen=True, slots=True)
class AtDesk:
    """A call at an agent's desk; ``channel`` is the agent's, empty when ``lost``. Times: µs since 1970.

    ``consulting``: whom the agent asks before a transfer while the citizen hears music, as it was dialled: a
    colleague's number or a queue's ``*2N``; empty when nobody. ``asked_by``: the agent who asks this one so.
    """

    call: str
    agent: str
    leg: str
    channel: str
    citizen_channel: str
    state: State
    in_room: bool
    lines_joined: int
    queue: str
    ringing_us: int | None
    answered_us: int | None
    consulting: str = ""
    asked_by: str = ""


def at_desks(records: Iterable[CallRecord]) -> dict[str, AtDesk]:
    """Return by agent the call at each desk; of several the one whose leg began last."""
    found: dict[str, AtDesk] = {}
    for record in records:
        for agent, one in record.derived(_of_call).items():
            known = found.get(agent)
            if known is None or (known.ringing_us or 0) <= (one.ringing_us or 0):
                found[agent] = one
    return found


def _of_call(record: CallRecord) -> Mapping[str, AtDesk]:
    if not record.is_open:
        return MappingProxyType({})
    known = legs(record)
    own = next((leg for leg in known if leg.id == record.citizen), None)
    citizen = "" if own is None else own.channel
    there = room(record)
    in_room = set() if there is None else {party.leg for party in there.parties if party.who == "agent"}
    joined = 0 if there is None else sum(line.state == "joined" for line in there.lines)
    found: dict[str, AtDesk] = {}
    asked = {} if own is None else _asked(own, known)
    asking = {to: agent for agent, to in asked.items()}
    for leg in known:
        if leg.role != "agent" or leg.ended_us is not None:
            continue
        mark = record.find(leg.id, AGENT)
        found[leg.agent] = AtDesk(
            call=record.id,
            agent=leg.agent,
            leg=leg.id,
            channel=leg.channel,
            citizen_channel=citizen,
            state="ringing" if leg.answered_us is None else "talking",
            in_room=leg.id in in_room,
            lines_joined=joined,
            queue=mark.get("queue") if mark else _queue(record),
            ringing_us=leg.created_us,
            answered_us=leg.answered_us,
            consulting=asked.get(leg.agent, ""),
            asked_by=asking.get(leg.agent, ""),
        )
    lost = _lost(record, known)
    if lost is not None and lost not in found:
        last = next((leg for leg in reversed(known) if leg.role == "agent" and leg.agent == lost), None)
        found[lost] = AtDesk(
            call=record.id,
            agent=lost,
            leg="" if last is None else last.id,
            channel="",
            citizen_channel=citizen,
            state="lost",
            in_room=False,
            lines_joined=joined,
            queue=_queue(record),
            ringing_us=None if last is None else last.created_us,
            answered_us=None if last is None else last.answered_us,
        )
    return MappingProxyType(found)


def _asked(citizen: Leg, known: list[Leg]) -> dict[str, str]:
    """Return by agent whom it asks before a transfer: its leg is in another bridge than the citizen's."""
    waits = _bridge(citizen)
    found: dict[str, str] = {}
    for leg in known:
        spell = _bridge(leg)
        if leg.role != "agent" or leg.ended_us is not None or spell is None or waits is None:
            continue
        if spell.bridge == waits.bridge or spell.entered_us < waits.entered_us:
            continue
        ways = [way for way in known if (way.created_us or 0) in range(*_moments(spell))]
        told = (match.group(1) for way in reversed(ways) if (match := _ASKED.match(way.channel)))
        # The way to whom is asked is behind that one's own leg, too.
        to = next((one for one in told if one != leg.agent), "")
        if to:
            found[leg.agent] = to
    return found


def _bridge(leg: Leg) -> Spell | None:
    """Return the time in a bridge that a leg is in now."""
    return next((spell for spell in reversed(leg.spells) if spell.left_us is None), None)


def _moments(spell: Spell) -> tuple[int, int]:
    return spell.entered_us - _BEFORE_US, spell.entered_us + 1


def _lost(record: CallRecord, known: list[Leg]) -> str | None:
    """Return the agent whose telephone is waited for: nobody was met and no queue entered since it went."""
    marks = [(step_of(mark.slot), mark) for mark in record.steps()]
    gone = [(number, mark) for (number, name), mark in marks if name == LOST]
    if not gone:
        return None
    last, mark = gone[-1]
    if any(number > last and name == "HL_QUEUE" for (number, name), _ in marks):
        return None
    since = mark.at_us
    met = any(leg.role == "agent" and (leg.answered_us or 0) > since for leg in known)
    return None if met else mark.get("agent")


def _queue(record: CallRecord) -> str:
    entered = record.steps("HL_QUEUE")
    return entered[-1].get("queue") if entered else ""
