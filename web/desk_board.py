"""Puts together what an agent's desk shows now: the agent's state, the telephone, the call and who calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from ..core.clock import Clock, from_us
from ..core.log import mask
from ..core.settings import Agent, Settings
from ..queue.states import AgentKind, AgentState
from ..telephony.call_figures import t0, t1
from ..telephony.calls import CallRecord
from ..telephony.desk_control import DeskControl
from ..telephony.desk_view import AtDesk, at_desks
from ..telephony.rooms import lines
from .desk_callers import Callers
from .desk_state import (
    Caller,
    DeskCall,
    DeskLine,
    DeskPeer,
    DeskPhone,
    DeskState,
    EarlierTicket,
    PhoneState,
    TransferTarget,
)
from .desk_tabs import Tabs


class Calls(Protocol):
    """The calls that are followed; ``Tracker`` is one."""

    def find(self, call: str) -> CallRecord | None:
        """Return a call in progress, or one that ended a short while ago."""
        ...

    def open_calls(self) -> list[CallRecord]:
        """Return the calls in progress."""
        ...


@dataclass(frozen=True)
class Sources:
    """Where it comes from.

    ``agents``: every agent's live state; ``device``: a telephone's, 0 when it is not known; ``caller``: a
    call's number, empty when it was withheld.
    """

    calls: Calls
    agents: Callable[[], Sequence[AgentState]]
    device: Callable[[str], int]
    caller: Callable[[str], str]


_FREE, _IN_USE, _BUSY, _INVALID, _UNAVAILABLE, _RINGING, _RING_IN_USE, _ON_HOLD = range(1, 9)
_DEVICE: Mapping[int, PhoneState] = {
    _FREE: "free",
    _IN_USE: "in_use",
    _BUSY: "in_use",
    _RING_IN_USE: "in_use",
    _ON_HOLD: "in_use",
    _RINGING: "ringing",
}


class Board:
    """Every desk of a node. ``look`` first, then ``of`` for as many agents as are wanted."""

    def __init__(
        self,
        settings: Settings,
        sources: Sources,
        control: DeskControl,
        callers: Callers,
        tabs: Tabs,
        *,
        clock: Clock,
    ) -> None:
        self._agents: dict[str, Agent] = {agent.number: agent for agent in settings.agents}
        self._queues = {queue.name: queue.label for queue in settings.queues}
        self._third_lines = {line.name: line for line in settings.third_lines}
        self._wrap_up = timedelta(seconds=settings.agents_work.wrap_up_seconds)
        self._sources = sources
        self._control = control
        self._callers = callers
        self._tabs = tabs
        self._clock = clock
        self._there: dict[str, AtDesk] = {}
        self._states: dict[str, AgentState] = {}
        self._last: dict[str, AtDesk] = {}
        self._ended: dict[str, DeskCall] = {}
        """The call that each desk showed last, while it was there."""

    def agent(self, number: str) -> Agent | None:
        """Return an agent of the settings."""
        return self._agents.get(number)

    def look(self) -> None:
        """Take in how the calls and agents stand now."""
        self._there = at_desks(self._sources.calls.open_calls())
        met = {agent: there for agent, there in self._there.items() if there.answered_us}
        self._last |= {agent: there for agent, there in met.items() if not there.asked_by}
        self._states = {state.number: state for state in self._sources.agents()}

    def call_of(self, number: str) -> str | None:
        """Return the call at a desk, else the last one there, at the last look."""
        there = self._there.get(number)
        last = self._last.get(number) if there is None else there
        return None if last is None else last.call

    def of(self, number: str) -> DeskState:
        """Return a desk as it stood at the last look, with the caller's number whole."""
        agent, state = self._agents[number], self._states.get(number)
        there = self._there.get(number)
        last = self._last.get(number)
        call = None if there is None else self._call(there, state)
        if call is not None and call.answered_at is not None:
            self._ended[number] = call
        ends = None
        if state is not None and state.kind is AgentKind.WRAPUP and self._wrap_up:
            ends = state.since + self._wrap_up
        return DeskState(
            agent=number,
            name=agent.name,
            at=self._clock(),
            state=AgentKind.SIGNED_OUT.value if state is None else state.kind.value,
            reason=None if state is None else state.reason or None,
            since=None if state is None else state.since,
            queues=() if state is None else state.queues,
            wrapup_ends_at=ends,
            phone=DeskPhone(agent.phone, self.phone(number), self._tabs.owner(number)),
            call=call,
            last=None if last is None else last.call,
            last_call=None if last is None or call is not None else self._over(last),
        )

    def phone(self, number: str) -> PhoneState:
        """Return how a telephone stands."""
        return _DEVICE.get(self._sources.device(number), "away")

    def targets(self, number: str) -> list[TransferTarget]:
        """Return where an agent's call can be sent."""
        self.look()
        found: list[TransferTarget] = []
        for kind, name in self._control.targets(number):
            if kind == "queue":
                found.append(TransferTarget(name, "queue", self._queues[name], None))
                continue
            state = self._states.get(name)
            told = AgentKind.SIGNED_OUT.value if state is None else state.kind.value
            found.append(TransferTarget(name, "agent", self._agents[name].name, told))
        return found

    def _over(self, last: AtDesk) -> DeskCall | None:
        """Return the call that was at a desk last: as it was shown, else from what is in memory of it."""
        known = self._ended.get(last.agent)
        if known is None or known.call != last.call:
            if self._sources.calls.find(last.call) is None:
                return None
            known = self._ended[last.agent] = self._call(last, None)
        caller = self._caller(last.call, known.caller.number or "")
        return replace(known, state="over", caller=caller, consulting=None, asked_by=None)

    def _call(self, there: AtDesk, state: AgentState | None) -> DeskCall:
        record = self._sources.calls.find(there.call)
        held = there.state == "talking" and state is not None and state.kind is AgentKind.HELD
        held = held and not there.consulting
        arrived, wanted = (None, None) if record is None else (t0(record), t1(record))
        until = there.answered_us
        waited = None if wanted is None or until is None else max(until - wanted, 0) / 1_000_000
        return DeskCall(
            call=there.call,
            leg=there.leg,
            state="held" if held else there.state,
            in_room=there.in_room,
            muted=self._control.is_muted(there.agent, there.leg),
            queue=there.queue,
            queue_label=self._queues.get(there.queue, there.queue),
            arrived_at=_moment(arrived),
            ringing_at=_moment(there.ringing_us),
            answered_at=_moment(there.answered_us),
            waited_s=waited,
            source="110" if record is not None and record.first_step("HL_PUSHED") is not None else None,
            caller=self._caller(there.call, self._sources.caller(there.call)),
            lines=() if record is None else self._lines(record),
            consulting=self._peer(there.consulting),
            asked_by=self._peer(there.asked_by),
        )

    def _peer(self, dialled: str) -> DeskPeer | None:
        if not dialled:
            return None
        to = self._control.name_of(dialled)
        agent = self._agents.get(to)
        return DeskPeer(to, self._queues.get(to, to) if agent is None else agent.name)

    def _caller(self, call: str, number: str) -> Caller:
        known = self._callers.of(call, number)
        return Caller(
            number=number or None,
            masked=False,
            place=_place(known.tickets) or known.area,
            known=known.is_looked_up,
            calls=known.calls,
            tickets=known.tickets,
            callback=known.callback,
        )

    def _lines(self, record: CallRecord) -> tuple[DeskLine, ...]:
        found: list[DeskLine] = []
        for one in lines(record):
            line = self._third_lines.get(one.target)
            found.append(
                DeskLine(
                    line=one.id,
                    target=one.target,
                    label=one.target if line is None else line.label,
                    code="" if line is None else line.code,
                    state=one.state,
                    why=one.why or None,
                    asked_at=_moment(one.asked_us),
                    answered_at=_moment(one.answered_us),
                    joined_at=_moment(one.joined_us),
                    ended_at=_moment(one.ended_us),
                )
            )
        return tuple(found)


def masked(number: str | None) -> str | None:
    """Return a number as it is shown to who may not see it whole."""
    return None if number is None else mask(number)


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _place(tickets: Sequence[EarlierTicket]) -> str | None:
    return next((ticket.place for ticket in tickets if ticket.place), None)
