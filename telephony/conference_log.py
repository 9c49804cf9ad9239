"""What a three-way call leaves in the action log and in the service's log."""

from __future__ import annotations

import structlog

from ..core.action_log import ActionLog
from ..core.errors import HotlineError
from .conference_machine import OVER, Request, State
from .events import LineChanged

log = structlog.get_logger(__name__)

REQUEST, STATE, LINE = "three_way.request", "three_way.state", "three_way.line"
"""In the action log: a request and what was answered, each transition, each step on the switch."""
API, SERVICE, SWITCH = "api", "service", "switch"
"""Who did something when it was no agent."""


class ConferenceLog:
    """Notes everything that is asked, refused and done; never waits, but where it says so."""

    def __init__(self, actions: ActionLog) -> None:
        self._actions = actions

    async def accepted(self, request: Request, reason: str, *, limit_s: float) -> None:
        """Note a request; returns when the entry is stored, or after ``limit_s``."""
        log.info(
            "third line asked for",
            call=request.call,
            agent=request.agent,
            target=request.target,
            line=request.line,
            pii_reason=reason,
        )
        details = {"line": request.line, "target": request.target, "mode": request.mode, "reason": reason}
        await self._actions.put(
            *(request.agent, REQUEST, request.call, details),
            request=request.id,
            result="accepted",
            limit_s=limit_s,
        )

    def refused(self, call: str, target: str, agent: str, mode: str, error: HotlineError) -> None:
        """Note a request that was refused; call, ``target`` and ``agent`` are known ones, or empty."""
        log.info("third line refused", call=call, agent=agent, target=target, error=error.error_id)
        details = {"target": target or "unknown", "mode": mode, "why": error.error_id}
        self._actions.note(agent or API, REQUEST, call, details, result="refused")

    def state(self, request: Request, was: State) -> None:
        """Note a transition of a request."""
        log.info(
            "three-way request",
            call=request.call,
            request=request.id,
            line=request.line,
            step=f"{was} -> {request.state}",
            why=request.why,
        )
        details = {"line": request.line, "target": request.target, "was": was.value, "why": request.why}
        self._actions.note(
            *(request.agent, STATE, request.call, details),
            request=request.id,
            result=request.state.value,
            key=f"{request.id}/{request.state.value}" if request.state in OVER else "",
        )

    def line(self, event: LineChanged) -> None:
        """Note a step on the switch, whoever asked for the line; once, however often it is told."""
        details = {
            name: value
            for name in ("line", "target", "how", "mode", "route", "why")
            if (value := getattr(event, name))
        }
        self._actions.note(
            *(event.agent or SWITCH, LINE, event.call, details, event.at),
            request=event.request,
            result=event.step,
            key=f"{event.call}/{event.line}/{event.step}/{event.route}",
        )

    def room(self, who: str, action: str, call: str, result: str, **details: object) -> None:
        """Note what was asked about a room, or done in it."""
        log.info("room command", call=call, agent=who, action=action, result=result)
        self._actions.note(who or API, action, call, details, result=result)
