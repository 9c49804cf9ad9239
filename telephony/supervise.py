"""A supervisor asks, by program, to listen to a call, whisper, barge in or take over.

The switch does it all (dialplans/supervisor.conf.j2): here it is checked who asks and where the call
stands, and the supervisor's own telephone is rung; answered, it is where its feature code would have led it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast, get_args

import structlog

from ..core.action_log import ActionLog
from ..core.clock import IdMaker, new_id
from ..core.errors import HotlineError, InvalidInputError, NotFoundError
from ..core.events import DomainEvent
from ..core.settings import Agent, Settings
from .ami import AmiPort
from .ami_errors import AmiError, AmiRefusedError
from .ami_message import AmiMessage
from .calls import CallRecord
from .conference_view import agents_of
from .events import Supervised

log = structlog.get_logger(__name__)

Mode = Literal["listen", "whisper", "barge", "take"]
MODES = cast("tuple[Mode, ...]", get_args(Mode))
REQUEST, STEP = "supervise.request", "supervise.step"
"""In the action log: what was asked and answered; what the switch did of it or of a key."""
RING_S = 30
STORED_LIMIT_S = 0.5
_FREE = "NOT_INUSE"
_AWAY = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})


class NoSuchCallError(NotFoundError):
    """No call in progress has this id."""

    error_id = "supervise.no_call"


class NotInTalkError(HotlineError):
    """No agent whom this supervisor could listen to speaks with the citizen."""

    error_id = "supervise.not_in_talk"
    status = 409


class NotSupervisorError(HotlineError):
    """Who asks is no supervisor."""

    error_id = "supervise.role"
    status = 403


class TelephoneAwayError(HotlineError):
    """The supervisor's telephone is not signed in."""

    error_id = "supervise.unreachable"
    retryable = True
    status = 409


class TelephoneBusyError(HotlineError):
    """The supervisor's telephone rings or is in a call."""

    error_id = "supervise.busy"
    retryable = True
    status = 409


class SwitchRefusedError(HotlineError):
    """The switch did not ring the telephone."""

    error_id = "supervise.switch_refused"
    retryable = True
    status = 502


@dataclass(frozen=True)
class Supervising:
    """A request that the switch has taken."""

    id: str
    call: str
    supervisor: str
    agent: str
    mode: Mode


class Supervision:
    """Takes requests for a node's calls; ``hear`` every domain event and ``observe`` every AMI event."""

    def __init__(
        self,
        settings: Settings,
        ami: AmiPort,
        find: Callable[[str], CallRecord | None],
        actions: ActionLog,
        *,
        make_id: IdMaker = new_id,
    ) -> None:
        self._agents = {agent.number: agent for agent in settings.agents}
        self._ami = ami
        self._find = find
        self._actions = actions
        self._make_id = make_id
        self._ringing: dict[str, Supervising] = {}

    async def request(self, call: str, supervisor: str, mode: str) -> Supervising:
        """Ring a supervisor's telephone and lead it to the agent of a call; returns when the switch took it.

        Raises the errors above, ``InvalidInputError`` for a mode that is none, and ``AmiError``.
        """
        try:
            made = await self._begun(call, supervisor, mode)
        except HotlineError as error:
            self._refused(call, supervisor, mode, error)
            raise
        log.info("supervisor asked", call=call, supervisor=supervisor, mode=mode, request=made.id)
        await self._actions.put(
            *(supervisor, REQUEST, call, {"agent": made.agent, "mode": mode}),
            request=made.id,
            result="accepted",
            limit_s=STORED_LIMIT_S,
        )
        return made

    def hear(self, event: DomainEvent) -> None:
        """Note what the switch tells, by key or request, live or from the journal; each once."""
        if not isinstance(event, Supervised):
            return
        details = {"agent": event.agent, "mode": event.mode} | ({"why": event.why} if event.why else {})
        self._actions.note(
            *(event.supervisor, STEP, event.call, details, event.at),
            result=event.step,
            key=f"{event.call}/{event.leg}/{event.step}/{event.number}",
        )

    def observe(self, message: AmiMessage) -> None:
        """Note that a supervisor's telephone was not answered."""
        if message.name != "OriginateResponse":
            return
        made = self._ringing.pop(message.get("Uniqueid"), None)
        if made is not None and message.get("Response") == "Failure":
            details = {"agent": made.agent, "mode": made.mode}
            self._actions.note(
                *(made.supervisor, REQUEST, made.call, details), request=made.id, result="not_answered"
            )

    async def _begun(self, call: str, number: str, mode: str) -> Supervising:
        if mode not in MODES:
            raise InvalidInputError("no such mode", mend=f"one of {', '.join(MODES)}")
        supervisor = self._supervisor(number)
        agent = self._agent_of(call, number)
        await self._check_free(supervisor)
        made = Supervising(self._make_id(), call, number, agent, mode)
        channel = f"{call}-sv{made.id}"
        self._ringing[channel] = made
        key = f"*3{MODES.index(mode) + 1}{agent}"
        try:
            await self._ami.action(
                "Originate",
                {
                    "Channel": f"PJSIP/{number}",
                    "Context": "from-agent",
                    "Exten": key,
                    "Priority": "1",
                    "CallerID": key,
                    "Timeout": str(RING_S * 1000),
                    "Async": "true",
                    "ChannelId": channel,
                    "Variable": [f"HL_WANTED={call}"],
                },
            )
        except AmiError as error:
            self._ringing.pop(channel, None)
            if isinstance(error, AmiRefusedError):
                why = f"the switch refused it: {error.answer}"
                raise SwitchRefusedError(why, mend="try again") from error
            raise
        return made

    def _supervisor(self, number: str) -> Agent:
        agent = self._agents.get(number)
        if agent is None:
            raise NotFoundError("there is no such agent", mend="see: hotline agents list")
        if agent.role != "supervisor":
            raise NotSupervisorError(f"agent {number} is no supervisor", mend="let a supervisor ask")
        return agent

    def _agent_of(self, call: str, supervisor: str) -> str:
        record = self._find(call)
        if record is None or not record.is_open:
            raise NoSuchCallError("there is no such call in progress", mend="see GET /api/v1/calls")
        there = agents_of(record)
        found = next((one for one in there if one != supervisor and one in self._agents), None)
        if found is None or supervisor in there:
            raise NotInTalkError("the citizen speaks with no other agent", mend="ask when one does")
        return found

    async def _check_free(self, supervisor: Agent) -> None:
        answer = await self._ami.action("Getvar", {"Variable": f"DEVICE_STATE(PJSIP/{supervisor.number})"})
        state = answer[0].get("Value")
        if state in _AWAY:
            raise TelephoneAwayError("the supervisor's telephone is not signed in", mend="sign it in")
        if state != _FREE:
            raise TelephoneBusyError("the supervisor's telephone is in use", mend="end its call first")

    def _refused(self, call: str, supervisor: str, mode: str, error: HotlineError) -> None:
        """Note it with what is known only: the rest may be anything."""
        log.info("supervisor refused", error=error.error_id)
        who = supervisor if supervisor in self._agents else "api"
        known = call if self._find(call) is not None else ""
        details = {"mode": mode if mode in MODES else "unknown", "why": error.error_id}
        self._actions.note(who, REQUEST, known, details, result="refused")
