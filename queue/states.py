"""What every agent is doing, from the switch's queue-member events: pure, no clock and no connection.

An agent is one telephone in several queues. The switch reports each membership apart; here they become
one state, with the moment it began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..core.events import DomainEvent
from ..telephony.snapshot import MemberView

WRAP_UP_REASON = "wrapup"
"""The reason of the pause that the dialplan sets after a talk."""
PAUSE_REASONS: Mapping[str, str] = {
    "rest": "小休",
    "meal": "用餐",
    "training": "培训",
    "meeting": "会议",
    "paperwork": "案头工作",
}
"""Reasons an agent may give (*141 … *145 in this order) with their names on screens."""
NO_ANSWER_REASON = "noanswer"
"""The reason of the pause that the service sets after too many unanswered rings in succession."""
REASON_NAMES: Mapping[str, str] = {**PAUSE_REASONS, NO_ANSWER_REASON: "未接听", WRAP_UP_REASON: "话后整理"}
"""Every reason that a pause can have, with its name on screens."""

_NOT_IN_USE, _IN_USE, _BUSY, _INVALID, _UNAVAILABLE, _RINGING, _RING_IN_USE, _ON_HOLD = range(1, 9)


class AgentKind(StrEnum):
    """The kinds of state, worst signal first: a talk shows as a talk even while a pause is set.

    ``KIND_NAMES`` has their names on screens.
    """

    SIGNED_OUT = "signed_out"
    UNREACHABLE = "unreachable"
    """Signed in, but the telephone is not registered."""
    HELD = "held"
    """In a call that the agent has put on hold."""
    TALKING = "talking"
    RINGING = "ringing"
    WRAPUP = "wrapup"
    PAUSED = "paused"
    READY = "ready"


KIND_NAMES: Mapping[AgentKind, str] = {
    AgentKind.SIGNED_OUT: "未签入",
    AgentKind.UNREACHABLE: "话机不可达",
    AgentKind.HELD: "保持中",
    AgentKind.TALKING: "通话中",
    AgentKind.RINGING: "振铃",
    AgentKind.WRAPUP: "话后整理",
    AgentKind.PAUSED: "暂停",
    AgentKind.READY: "就绪",
}


@dataclass(frozen=True)
class Membership:
    """One agent in one queue as the switch reports it; ``device`` is its device-state number."""

    device: int
    in_call: bool
    paused: bool
    reason: str


@dataclass(frozen=True)
class AgentState:
    """What an agent is doing since when; ``reason`` is set when paused (also beneath a talk)."""

    number: str
    kind: AgentKind
    since: datetime
    reason: str = ""
    queues: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return plain values for pages and ``--json``."""
        return {
            "agent": self.number,
            "state": self.kind.value,
            "reason": self.reason or None,
            "since": self.since.isoformat(),
            "queues": list(self.queues),
        }


@dataclass(frozen=True, kw_only=True)
class AgentStateChanged(DomainEvent):
    """An agent's state has changed."""

    before: AgentState | None
    after: AgentState


@dataclass(frozen=True)
class AgentBoard:
    """All agents; ``observe`` and ``reset`` give a new board and what has changed."""

    memberships: Mapping[str, Mapping[str, Membership]] = field(
        default_factory=dict[str, Mapping[str, Membership]]
    )
    states: Mapping[str, AgentState] = field(default_factory=dict[str, AgentState])
    holding: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """The channels of each agent on which it has put a call on hold. A device on hold is no such sign:
    it is the other side's doing."""

    def observe(self, event: Mapping[str, str], at: datetime) -> tuple[AgentBoard, AgentStateChanged | None]:
        """Take in one ``QueueMember…``, ``Hold`` or ``Unhold`` event; others change nothing."""
        name = event.get("Event") or ""
        if name in ("Hold", "Unhold"):
            return self._held(event.get("Channel") or "", at, begins=name == "Hold")
        number, queue = agent_number(event.get("Interface") or ""), event.get("Queue") or ""
        if not name.startswith("QueueMember") or not number or not queue:
            return self, None
        known = dict(self.memberships.get(number, {}))
        if name == "QueueMemberRemoved":
            known.pop(queue, None)
        else:
            known[queue] = membership(event)
        if known == self.memberships.get(number):
            return self, None  # most events of a call tell nothing new, and a board is as large as the staff
        return self._with(number, known, at)

    def reset(
        self,
        members: Iterable[MemberView],
        numbers: Iterable[str],
        at: datetime,
        *,
        holders: Iterable[str] | None = None,
    ) -> tuple[AgentBoard, list[AgentStateChanged]]:
        """Take in the members of a snapshot; agents who are not in it are signed out.

        ``holders``: every channel that holds another one now; None when that is not known.
        """
        found: dict[str, dict[str, Membership]] = {number: {} for number in (*numbers, *self.states)}
        for line in members:
            if number := agent_number(line.interface):
                member = Membership(line.device_state, line.in_call, line.paused, line.paused_reason)
                found.setdefault(number, {})[line.queue] = member
        board, changes = self if holders is None else self._holding(holders), list[AgentStateChanged]()
        for number, known in found.items():
            board, change = board._with(number, known, at)
            if change is not None:
                changes.append(change)
        return board, changes

    def _holding(self, holders: Iterable[str]) -> AgentBoard:
        holding: dict[str, frozenset[str]] = {}
        for channel in holders:
            if number := agent_number(channel.rpartition("-")[0]):
                holding[number] = holding.get(number, frozenset()) | {channel}
        return replace(self, holding=holding)

    def _held(
        self, channel: str, at: datetime, *, begins: bool
    ) -> tuple[AgentBoard, AgentStateChanged | None]:
        number = agent_number(channel.rpartition("-")[0])
        if number not in self.memberships:
            return self, None
        held = self.holding.get(number, frozenset())
        held = held | {channel} if begins else held - {channel}
        holding = {agent: channels for agent, channels in self.holding.items() if agent != number}
        if held:
            holding[number] = held
        return replace(self, holding=holding)._with(number, self.memberships[number], at)

    def _with(
        self, number: str, known: Mapping[str, Membership], at: datetime
    ) -> tuple[AgentBoard, AgentStateChanged | None]:
        before = self.states.get(number)
        after = state_of(number, known, at, holds=number in self.holding)
        if before is not None and replace(after, since=before.since) == before:
            after = before
        elif before is not None and (before.kind, before.reason) == (after.kind, after.reason):
            after = replace(after, since=before.since)
        holding = self.holding
        if number in holding and after.kind is not AgentKind.HELD:
            holding = {agent: channels for agent, channels in holding.items() if agent != number}
        board = AgentBoard({**self.memberships, number: known}, {**self.states, number: after}, holding)
        return board, None if after == before else AgentStateChanged(at=at, before=before, after=after)


def state_of(
    number: str, known: Mapping[str, Membership], at: datetime, *, holds: bool = False
) -> AgentState:
    """Return an agent's one state from all memberships; ``holds``: it has put a call on hold."""
    queues = tuple(sorted(known))
    members = list(known.values())
    if not members:
        return AgentState(number, AgentKind.SIGNED_OUT, at)
    reason = next((one.reason or "unknown" for one in members if one.paused), "")
    devices = {one.device for one in members}
    if any(one.in_call for one in members) or devices & {_IN_USE, _BUSY, _RING_IN_USE, _ON_HOLD}:
        kind = AgentKind.HELD if holds else AgentKind.TALKING
    elif _RINGING in devices:
        kind = AgentKind.RINGING
    elif devices <= {_UNAVAILABLE, _INVALID}:
        kind = AgentKind.UNREACHABLE
    elif reason:
        kind = AgentKind.WRAPUP if reason == WRAP_UP_REASON else AgentKind.PAUSED
    else:
        kind = AgentKind.READY
    return AgentState(number, kind, at, reason, queues)


def membership(event: Mapping[str, str]) -> Membership:
    """Read one membership from an event; what is no number counts as an unknown device."""
    device = event.get("Status") or ""
    return Membership(
        device=int(device) if device.isascii() and device.isdigit() else 0,
        in_call=event.get("InCall") == "1",
        paused=event.get("Paused") == "1",
        reason=event.get("PausedReason") or "",
    )


def agent_number(interface: str) -> str:
    """Return the number of the agent of ``PJSIP/1001``, or nothing when it is no telephone of ours."""
    number = interface.removeprefix("PJSIP/")
    return number if number != interface and number.isascii() and number.isdigit() else ""
