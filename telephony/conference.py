"""Third lines by command: the API's and the desktop's way to what ``*110`` does by key (R-3W-1, R-3W-2).

The switch does it all and goes on without us; here is asked, watched and noted. ``conference_admission`` lets
a request in, ``conference_machine`` decides what is done next, ``conference_driver`` carries it out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from ..core.action_log import ActionLog
from ..core.aio import TaskKeeper
from ..core.calendar import Calendar
from ..core.clock import Clock, IdMaker, new_id, to_us, utc_now
from ..core.errors import HotlineError
from ..core.events import DomainEvent, EventBus
from ..core.settings import Settings
from .ami import AmiPort
from .ami_message import AmiMessage
from .calls import CallRecord
from .conference_actions import line_channel
from .conference_admission import Admission
from .conference_driver import REQUEST_LIMIT_S, Driver, Live
from .conference_events import RequestChanged
from .conference_guard import Guard
from .conference_log import SERVICE, ConferenceLog
from .conference_machine import CouldNotCall, Mode, Request, State, Told
from .conference_policy import UnknownTargetError
from .conference_room import RoomCommands
from .conference_view import last_parties_of, parties_of, told_of
from .events import LineChanged
from .rooms import lines

_KEPT = 1000
STORED_LIMIT_S = 0.5
"""An answer to a request waits so long for its entry to be stored; the switch is told meanwhile."""


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
        self._node = settings.site.node
        self._calls = calls
        self._log = ConferenceLog(actions)
        self._bus = bus
        self._clock = clock
        self._make_id = make_id
        self._admission = Admission(settings, calendar)
        self._live: dict[str, Live] = {}
        self._own: deque[str] = deque(maxlen=_KEPT)
        """Requests that this service took itself: they are in the log that a service adopts from, too."""
        self._tasks = TaskKeeper()
        self._driver = Driver(ami, calls.find, self._changed)
        self._guard = Guard(self._driver, calls.find, self._sent_back)
        self.room = RoomCommands(self._driver, calls.find, self._log.room)

    def directory(self, agent: str = "") -> list[Mapping[str, Any]]:
        """Return the third lines as they stand now, for an agent's role when one is named; no numbers."""
        return self._admission.directory(agent, self._clock())

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
            live, said = self._admitted(call, target, agent, mode, reason)
        except HotlineError as error:
            known = "" if isinstance(error, UnknownTargetError) else self._admission.line(target).name
            known_call = call if self._calls.find(call) is not None else ""
            self._log.refused(known_call, known, self._admission.known_agent(agent), mode, error)
            raise
        self._own.append(live.request.id)
        self._start(live)
        self._bus.publish(self._event(live))
        await self._log.accepted(live.request, said, limit_s=STORED_LIMIT_S)
        return live.request

    def adopt(self, request: Request, asked_at: datetime) -> None:
        """Go on with a request that a service before this one has begun; its age counts.

        What the journal knows of it already is left alone, and a look at the switch decides the rest.
        """
        if request.id in self._own:
            return
        age_s = (self._clock() - asked_at).total_seconds()
        record = self._calls.find(request.call)
        target = self._admission.named(request.target)
        if record is None or not record.is_open:
            self._log.state(replace(request, state=State.FAILED, why="gone"), request.state)
            return
        parties = (
            parties_of(record, request.agent) or parties_of(record) or last_parties_of(record, request.agent)
        )
        if told_of(record, request.line, request.target)[0]:
            self._log.state(replace(request, state=State.RUNNING), request.state)
        elif target is None or parties is None or age_s > REQUEST_LIMIT_S:
            why = "agent_gone" if parties is None else "late"
            self._log.state(replace(request, state=State.FAILED, why=why), request.state)
        else:
            deadline = asyncio.get_running_loop().time() + REQUEST_LIMIT_S - age_s
            self._start(Live(request, target, parties, deadline, in_doubt=True))

    def count_again(self, target: str, agent: str, at: datetime) -> None:
        """Count a request that was noted before this service began."""
        self._admission.count(target, agent, at)

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
        if event.step == "asked" and event.how == "key":
            self._admission.count(event.target, event.agent, event.at)
        self._log.line(event)

    def observe(self, message: AmiMessage) -> None:
        """Take in an AMI event: the switch could not even begin to call a line."""
        if message.name != "OriginateResponse" or message.get("Response") != "Failure":
            return
        channel = message.get("Uniqueid")
        for live in list(self._live.values()):
            if line_channel(live.request.call, live.request.line) == channel:
                live.hear(CouldNotCall())

    async def close(self) -> None:
        """Leave every request where it is; the next service goes on with it."""
        await self._tasks.stop()

    def _admitted(self, call: str, target: str, agent: str, mode: Mode, reason: str) -> tuple[Live, str]:
        line = self._admission.line(target)
        now = self._clock()
        found = self._calls.find(call)
        record, asker, parties, said = self._admission.check(found, line, agent, reason, now)
        self._admission.check_first(record, line, (live.request for live in self._live.values()))
        self._admission.count(line.name, asker.number, now)
        request = Request(
            id=self._make_id(),
            call=record.id,
            line=self._line_id(record, now),
            target=line.name,
            agent=asker.number,
            mode=mode,
        )
        return Live(request, line, parties, asyncio.get_running_loop().time() + REQUEST_LIMIT_S), said

    def _line_id(self, record: CallRecord, now: datetime) -> str:
        """Return a new id: milliseconds since 1970, the next free one in the call."""
        taken = {line.id for line in lines(record)}
        taken |= {live.request.line for live in self._live.values() if live.request.call == record.id}
        number = to_us(now) // 1000
        while str(number) in taken:
            number += 1
        return str(number)

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
        self._log.state(live.request, was)
        self._bus.publish(self._event(live))

    def _sent_back(self, call: str) -> None:
        self._log.room(SERVICE, "three_way.sent_back", call, "done")

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
