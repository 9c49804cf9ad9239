"""Signs agents in and out, pauses and readies them over AMI; the same semantics as the feature codes.

The call path does not need this: agents have *11 … *14 on their telephones (docs/dialplan.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

import structlog

from ..core.clock import Clock, utc_now
from ..core.errors import HotlineError, InvalidInputError, NotFoundError
from ..core.settings import Agent, Settings
from ..telephony.ami_errors import AmiRefusedError
from ..telephony.ami_message import AmiMessage
from ..telephony.holds import standing_holds
from ..telephony.snapshot import read_snapshot
from .states import NO_ANSWER_REASON, PAUSE_REASONS, AgentBoard, AgentState

log = structlog.get_logger(__name__)

_WORD = re.compile(r"[A-Za-z0-9_-]{1,120}")
_NOT_THERE = "not there"
_NOT_FOUND = "interface not found"
_ALREADY = "already there"


class NotSignedInError(HotlineError):
    """What was asked for needs an agent who is signed in."""

    error_id = "agent.not_signed_in"
    status = 409


class Actions(Protocol):
    """The part of the AMI port that is needed here; ``telephony.ami.AmiPort`` is one."""

    async def action(
        self, name: str, fields: Mapping[str, str | list[str]] | None = None, *, limit_s: float = 5.0
    ) -> list[AmiMessage]:
        """Carry out one action, raising ``AmiError``."""
        ...


class Agents:
    """The agents of one switch. A manual change ends a running wrap-up for good: its token is emptied."""

    def __init__(self, settings: Settings, ami: Actions, *, clock: Clock = utc_now) -> None:
        self._agents = {agent.number: agent for agent in settings.agents}
        self._queues = tuple(queue.name for queue in settings.queues)
        self._ami = ami
        self._clock = clock

    async def sign_in(self, number: str) -> None:
        """Make an agent a ready member of all of its queues; again does no harm."""
        agent = self._agent(number)
        await self._end_wrap_up(number)
        for queue in agent.queues:
            fields = {"Queue": queue, "Interface": f"PJSIP/{number}", "Penalty": "0", "Paused": "false"}
            try:
                await self._ami.action("QueueAdd", {**fields, "MemberName": number})
            except AmiRefusedError as error:
                if _ALREADY not in error.answer.lower():
                    raise
        await self._pause(number, paused=False, reason="signed-in")
        log.info("agent signed in", agent=number, queues=list(agent.queues))

    async def sign_out(self, number: str) -> None:
        """Take an agent out of every queue, also those it was moved to; a call in progress goes on."""
        self._agent(number)
        await self._end_wrap_up(number)
        for queue in self._queues:
            try:
                await self._ami.action("QueueRemove", {"Queue": queue, "Interface": f"PJSIP/{number}"})
            except AmiRefusedError as error:
                if not error.answer.lower().endswith(_NOT_THERE):
                    raise
        log.info("agent signed out", agent=number)

    async def pause(self, number: str, reason: str = "rest") -> None:
        """Give an agent no calls; ``reason`` is one of ``PAUSE_REASONS``. Raises ``NotSignedInError``."""
        self._agent(number)
        if reason not in PAUSE_REASONS:
            raise InvalidInputError(
                f"no such reason: {reason[:40]!r}", mend=f"one of {', '.join(PAUSE_REASONS)}"
            )
        await self._end_wrap_up(number, chosen=reason)
        await self._pause(number, paused=True, reason=reason)
        log.info("agent paused", agent=number, reason=reason)

    async def pause_unanswering(self, number: str) -> None:
        """Pause an agent whose telephone rang in vain too often; *13 or ``ready`` ends it."""
        self._agent(number)
        await self._pause(number, paused=True, reason=NO_ANSWER_REASON)
        log.warning("agent paused after unanswered rings", agent=number)

    async def note(self, number: str, event: str, *, queue: str = "NONE", message: str = "") -> None:
        """Write a line about an agent into the switch's own journal of queues; raises ``AmiError``.

        What the service alone has seen stands there beside what the switch wrote, for every later reading.
        Raises ``InvalidInputError`` for what is no plain word.
        """
        if not (number.isascii() and number.isdigit() and _WORD.fullmatch(event + queue + message)):
            raise InvalidInputError("this cannot stand in the switch's journal")
        fields = {"Queue": queue, "Event": event, "Interface": number, "Message": message}
        await self._ami.action("QueueLog", fields)

    async def ready(self, number: str) -> None:
        """End a pause or the wrap-up of an agent. Raises ``NotSignedInError``."""
        self._agent(number)
        await self._end_wrap_up(number)
        await self._pause(number, paused=False, reason="ready")
        log.info("agent ready", agent=number)

    async def states(self) -> list[AgentState]:
        """Return what every agent is doing now, as the switch sees it, in the order of the settings."""
        now = self._clock()
        snapshot = read_snapshot(now, await self._ami.action("QueueStatus"))
        holders = await standing_holds(self._ami)
        board, _ = AgentBoard().reset(snapshot.members, self._agents, now, holders=holders)
        return [board.states[number] for number in self._agents]

    def _agent(self, number: str) -> Agent:
        agent = self._agents.get(number)
        if agent is None:
            raise NotFoundError(f"there is no agent {number[:20]!r}", mend="see: hotline agents list")
        return agent

    async def _end_wrap_up(self, number: str, *, chosen: str = "") -> None:
        """Make a running wrap-up end without effect; a ``chosen`` pause is told to it, should it just end."""
        # Plain global variables: writing to the switch's own database is a right that we do not have.
        await self._ami.action("Setvar", {"Variable": f"HL_CHOSEN_{number}", "Value": chosen})
        await self._ami.action("Setvar", {"Variable": f"HL_WRAPUP_{number}", "Value": ""})

    async def _pause(self, number: str, *, paused: bool, reason: str) -> None:
        fields = {"Interface": f"PJSIP/{number}", "Paused": "true" if paused else "false", "Reason": reason}
        try:
            await self._ami.action("QueuePause", fields)
        except AmiRefusedError as error:
            if error.answer.lower().startswith(_NOT_FOUND):
                raise NotSignedInError(f"agent {number} is not signed in", mend="sign in first") from error
            raise
