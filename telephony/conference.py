"""Third lines by command: the API's and the desktop's way to what ``*110`` does by key (R-3W-1, R-3W-2).

The switch does it all and goes on without us; here is asked, watched and noted. ``conference_machine``
decides, ``conference_driver`` carries out, ``conference_policy`` refuses. What is asked, refused and done is
in the action log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog

from ..core.action_log import ActionLog
from ..core.aio import TaskKeeper
from ..core.calendar import Calendar
from ..core.clock import Clock, IdMaker, new_id, to_us, utc_now
from ..core.errors import HotlineError, NotFoundError
from ..core.events import DomainEvent, EventBus
from ..core.settings import Agent, Settings
from ..core.third_lines import ThirdLine
from . import conference_policy as policy
from .ami import AmiPort
from .ami_message import AmiMessage
from .calls import CallRecord
from .conference_actions import line_channel
from .conference_driver import REQUEST_LIMIT_S, Driver, Live
from .conference_errors import AlreadyThereError, NoSuchCallError, NotInTalkError, NotYoursError
from .conference_events import RequestChanged
from .conference_guard import Guard
from .conference_machine import OVER, CouldNotCall, Mode, Request, State, Told
from .conference_room import RoomCommands
from .conference_view import agents_of, parties_of, told_of
from .events import LineChanged
from .rooms import lines

log = structlog.get_logger(__name__)

REQUEST, STATE, LINE = "three_way.request", "three_way.state", "three_way.line"
"""In the action log: a request and what was answered, each transition, each step on the switch."""
STORED_LIMIT_S = 0.5
"""An answer to a request waits so long for its entry to be stored; the switch is told meanwhile."""
API = "api"


class Calls(Protocol):
    """The calls that are followed; ``Tracker`` is one."""

    def find(self, call: str) -> CallRecord | None:
        """Return a call in progress, or one that ended a short while ago."""
        ...

    def open_calls(self) -> list[CallRecord]:
        """Return the calls in progress."""
        ...


class Conference:
    """Takes requests for a node's calls; ``hear`` every domain event and ``observe`` every AMI event."""

    def __init__(
        self,
        settings: Settings,
        ami: AmiPort,
        calls: Calls,
        actions: ActionLog,
        bus: EventBus,
        *,
        calendar: Calendar,
        clock: Clock = utc_now,
        make_id: IdMaker = new_id,
    ) -> None:
        self._lines = settings.third_lines
        self._agents = {agent.number: agent for agent in settings.agents}
        self._zone = ZoneInfo(settings.site.timezone)
        self._node = settings.site.node
        self._calls = calls
        self._actions = actions
        self._bus = bus
        self._calendar = calendar
        self._clock = clock
        self._make_id = make_id
        self._rate = policy.Rate(settings.three_way.per_minute)
        self._live: dict[str, Live] = {}
        self._tasks = TaskKeeper()
        self._driver = Driver(ami, calls.find, self._changed)
        self._guard = Guard(self._driver, calls.find, self._sent_back)
        self.room = RoomCommands(self._driver, calls.find, self.note)

    def directory(self, agent: str = "") -> list[Mapping[str, Any]]:
        """Return the third lines as they stand now, for an agent's role when one is named; no numbers."""
        who = self._agent(agent) if agent else None
        now = self._clock().astimezone(self._zone)
        return [one.as_json() for one in policy.listed(self._lines, who, now, self._calendar)]

    def requests(self, call: str) -> list[Request]:
        """Return the requests of a call that are being carried out."""
        return [live.request for live in self._live.values() if live.request.call == call]

    async def request(
        self, call: str, target: str, *, agent: str = "", mode: Mode = "direct", reason: str = ""
    ) -> Request:
        """Have a third line brought into a call; returns at once with the ids of request and line.

        ``target`` is a name or code of the directory, ``agent`` who asks (the one in the talk when empty).
        Raises errors of ``conference_policy`` and ``conference_errors``; each refusal is in the action log.
        """
        try:
            live = self._checked(call, target, agent, mode, reason)
        except HotlineError as error:
            self._note_refusal(call, target, agent, mode, error)
            raise
        self._start(live)
        self._bus.publish(self._event(live))
        details = {**self._details(live), "reason": " ".join(reason.split())}
        log.info("third line asked for", **self._named(live))
        await self._actions.put(
            *(live.request.agent, REQUEST, call, details),
            request=live.request.id,
            result="accepted",
            limit_s=STORED_LIMIT_S,
        )
        return live.request

    def adopt(self, request: Request, asked_at: datetime) -> None:
        """Go on with a request that a service before this one has begun; its age counts.

        What the journal knows of it already is left alone, and a look at the switch decides the rest.
        """
        age_s = (self._clock() - asked_at).total_seconds()
        record = self._calls.find(request.call)
        target = next((line for line in self._lines if line.name == request.target), None)
        parties = None if record is None else parties_of(record, request.agent)
        if record is None or target is None or age_s > REQUEST_LIMIT_S or parties is None:
            over = replace(request, state=State.FAILED, why="late" if record else "gone")
            if record is not None and told_of(record, request.line, request.target)[0]:
                over = replace(request, state=State.RUNNING)
            self._note_state(over, request.state)
            if record is not None:
                self.guard(record.id)
            return
        deadline = asyncio.get_running_loop().time() + REQUEST_LIMIT_S - age_s
        self._start(Live(request, target, parties, deadline, in_doubt=True))

    def count_again(self, target: str, agent: str, at: datetime) -> None:
        """Count a request that was noted before this service began."""
        if self._is_rated(target):
            self._rate.count(agent, at)

    def guard(self, call: str) -> None:
        """See to it that a citizen is not left alone in a call's room; the switch does so first."""
        self._tasks.start(self._guard.watch(call), name=f"guard {call}")

    def hear(self, event: DomainEvent) -> None:
        """Take in a domain event: what the switch tells of a line ends the doubt about its request."""
        if not isinstance(event, LineChanged):
            return
        for live in self._live.values():
            if (live.request.call, live.request.line) == (event.call, event.line):
                live.hear(Told())
        if event.step == "asked" and event.how == "key" and self._is_rated(event.target):
            self._rate.count(event.agent, event.at)
        details = {
            name: value
            for name in ("line", "target", "how", "mode", "route", "why")
            if (value := getattr(event, name))
        }
        key = f"{event.call}/{event.line}/{event.step}/{event.route}"
        self._actions.note(
            *(event.agent or "switch", LINE, event.call, details, event.at),
            request=event.request,
            result=event.step,
            key=key,
        )

    def observe(self, message: AmiMessage) -> None:
        """Take in an AMI event: the switch could not even begin to call a line."""
        if message.name != "OriginateResponse" or message.get("Response") != "Failure":
            return
        channel = message.get("Uniqueid")
        for live in list(self._live.values()):
            if line_channel(live.request.call, live.request.line) == channel:
                live.hear(CouldNotCall())

    def note(self, who: str, action: str, call: str, result: str, **details: object) -> None:
        """Note what was asked about a room."""
        log.info("room command", call=call, agent=who, action=action, result=result)
        self._actions.note(who or API, action, call, details, result=result)

    async def close(self) -> None:
        """Leave every request where it is; the next service goes on with it."""
        await self._tasks.stop()

    def _checked(self, call: str, target: str, agent: str, mode: Mode, reason: str) -> Live:
        line = policy.find_target(self._lines, target)
        record = self._calls.find(call)
        if record is None:
            raise NoSuchCallError(f"there is no call {call[:60]!r} in progress", mend="see GET /api/v1/calls")
        asker = self._asker(record, agent)
        now = self._clock()
        policy.check_role(line, asker.role)
        said = policy.checked_reason(line, reason)
        policy.check_hours(line, now.astimezone(self._zone), self._calendar)
        if self._is_rated(line.name):
            self._rate.check(asker.number, now)
        in_talk = agents_of(record)
        parties = parties_of(record, asker.number if asker.number in in_talk else "")
        if parties is None or not record.is_open:
            raise NotInTalkError("the citizen speaks with no agent", mend="ask once an agent has answered")
        self._refuse_second(record, line)
        if self._is_rated(line.name):
            self._rate.count(asker.number, now)
        log.debug("three-way reason", pii_reason=said)
        request = Request(
            id=self._make_id(),
            call=record.id,
            line=self._line_id(record, now),
            target=line.name,
            agent=asker.number,
            mode=mode,
        )
        return Live(request, line, parties, asyncio.get_running_loop().time() + REQUEST_LIMIT_S)

    def _asker(self, record: CallRecord, agent: str) -> Agent:
        """Return who asks: an agent of this call, or a supervisor for it."""
        there = agents_of(record)
        if not agent and not there:
            raise NotInTalkError("the citizen speaks with no agent", mend="ask once an agent has answered")
        asker = self._agent(agent or there[0])
        if asker.number not in there and asker.role != "supervisor":
            raise NotYoursError(f"agent {asker.number} is not in this call", mend="let its agent ask")
        return asker

    def _agent(self, number: str) -> Agent:
        agent = self._agents.get(number)
        if agent is None:
            raise NotFoundError(f"there is no agent {number[:20]!r}", mend="see: hotline agents list")
        return agent

    def _refuse_second(self, record: CallRecord, line: ThirdLine) -> None:
        """Raise ``AlreadyThereError`` when the same line is in the call, or is being brought in."""
        _, there = told_of(record, "", line.name)
        for live in self._live.values():
            if live.request.call == record.id and live.request.target == line.name:
                there = live.request.line
        if there:
            raise AlreadyThereError(
                f"{line.name} is in this call already, or on its way",
                mend="wait for it, or drop it first",
                line=there,
            )

    def _line_id(self, record: CallRecord, now: datetime) -> str:
        """Return a new id: milliseconds since 1970, the next free one in the call."""
        taken = {line.id for line in lines(record)}
        taken |= {live.request.line for live in self._live.values() if live.request.call == record.id}
        number = to_us(now) // 1000
        while str(number) in taken:
            number += 1
        return str(number)

    def _is_rated(self, target: str) -> bool:
        return any(line.name == target and line.kind != "emergency" for line in self._lines)

    def _start(self, live: Live) -> None:
        self._live[live.request.id] = live
        self._tasks.start(self._drive(live), name=f"third line {live.request.id}")

    async def _drive(self, live: Live) -> None:
        try:
            request = await self._driver.drive(live)
        finally:
            del self._live[live.request.id]
        if request.state is State.FAILED and request.why not in ("gone", "not_in_talk"):
            await self._guard.watch(request.call)

    def _changed(self, live: Live, was: State) -> None:
        self._note_state(live.request, was)
        self._bus.publish(self._event(live))

    def _note_state(self, request: Request, was: State) -> None:
        log.info(
            "three-way request",
            call=request.call,
            request=request.id,
            line=request.line,
            step=f"{was} -> {request.state}",
            why=request.why,
        )
        details = {"line": request.line, "target": request.target, "was": was.value, "why": request.why}
        key = f"{request.id}/{request.state.value}" if request.state in OVER else ""
        self._actions.note(
            *(request.agent, STATE, request.call, details),
            request=request.id,
            result=request.state.value,
            key=key,
        )

    def _note_refusal(self, call: str, target: str, agent: str, mode: str, error: HotlineError) -> None:
        known = any(target.removeprefix("*") in (line.name, line.code) for line in self._lines)
        log.info("third line refused", call=call[:60], agent=agent[:20], error=error.error_id)
        details = {"target": target if known else "unknown", "mode": mode, "why": error.error_id}
        self._actions.note(agent or API, REQUEST, call, details, result="refused")

    def _sent_back(self, call: str) -> None:
        self.note("service", "three_way.sent_back", call, "done")

    def _event(self, live: Live) -> RequestChanged:
        request = live.request
        return RequestChanged(
            at=self._clock(),
            call=request.call,
            node=self._node,
            request=request.id,
            line=request.line,
            target=request.target,
            agent=request.agent,
            state=request.state.value,
            why=request.why,
        )

    def _named(self, live: Live) -> dict[str, str]:
        return {name: value for name, value in self._details(live).items() if name != "mode"}

    def _details(self, live: Live) -> dict[str, str]:
        request = live.request
        return {"line": request.line, "target": request.target, "agent": request.agent, "mode": request.mode}
