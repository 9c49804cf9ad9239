"""Moves signed-in agents between queues over AMI: a supervisor's means against a wait that grows (R-Q).

A move holds until the agent signs out; signing in again brings the agent back to the queues of the settings.
The new queues come first, with the pause that the others have: at no moment is the agent in none, and nobody
is rung in a pause or a wrap-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from ..core.clock import Clock, utc_now
from ..core.errors import InvalidInputError, NotFoundError
from ..core.settings import Settings
from ..telephony.ami_errors import AmiRefusedError
from ..telephony.snapshot import MemberView, read_snapshot
from .agents import Actions, NotSignedInError

log = structlog.get_logger(__name__)

MOVED = "agent.move"
"""In the action log."""
_STORED_LIMIT_S = 0.5
_NOT_THERE = "not there"
_ALREADY = "already there"


class Notes(Protocol):
    """The part of the action log that is needed here; ``core.action_log.ActionLog`` is one."""

    async def put(
        self,
        who: str,
        action: str,
        call: str = "",
        details: Mapping[str, Any] | None = None,
        *,
        result: str = "",
        limit_s: float = 2.0,
    ) -> bool:
        """Note an entry; False when it is not stored within ``limit_s``."""
        ...


@dataclass(frozen=True)
class Move:
    """What was changed: the agent's queues now, those it came to and those it left."""

    agent: str
    queues: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return plain values for the API."""
        return {
            "agent": self.agent,
            "queues": list(self.queues),
            "added": list(self.added),
            "removed": list(self.removed),
        }


class Moves:
    """Puts the agents of one switch into other queues; every move is in the action log."""

    def __init__(self, settings: Settings, ami: Actions, notes: Notes, *, clock: Clock = utc_now) -> None:
        self._agents = frozenset(agent.number for agent in settings.agents)
        self._queues = tuple(queue.name for queue in settings.queues)
        self._ami = ami
        self._notes = notes
        self._clock = clock

    async def place(self, number: str, queues: Sequence[str], *, who: str) -> Move:
        """Make these the queues of a signed-in agent, as ``who`` asked; again does no harm.

        Raises ``NotFoundError``, ``InvalidInputError``, ``NotSignedInError`` and ``AmiError``.
        """
        if number not in self._agents:
            raise NotFoundError(f"there is no agent {number[:20]!r}", mend="see: hotline agents list")
        wanted = self._wanted(queues)
        before = await self._members(number)
        if not before:
            raise NotSignedInError(f"agent {number} is not signed in", mend="sign in first")
        added = tuple(name for name in wanted if name not in before)
        removed = tuple(name for name in before if name not in wanted)
        for queue in added:
            await self._add(number, queue, next(iter(before.values())))
        if added:
            await self._pause_alike(number, added)
        for queue in removed:
            await self._remove(number, queue)
        move = Move(number, wanted, added, removed)
        if added or removed:
            details = {"agent": number, "added": ", ".join(added), "removed": ", ".join(removed)}
            await self._notes.put(who, MOVED, "", details, result="done", limit_s=_STORED_LIMIT_S)
            log.info("agent moved", agent=number, added=list(added), removed=list(removed))
        return move

    def _wanted(self, queues: Sequence[str]) -> tuple[str, ...]:
        if not queues:
            raise InvalidInputError("no queue is left", mend="sign the agent out, or name a queue")
        if unknown := [name for name in queues if name not in self._queues]:
            raise InvalidInputError(
                f"there is no queue {unknown[0][:40]!r}", mend=f"one of {', '.join(self._queues)}"
            )
        return tuple(name for name in self._queues if name in queues)

    async def _members(self, number: str) -> dict[str, MemberView]:
        answer = await self._ami.action("QueueStatus", {"Member": f"PJSIP/{number}"})
        found = read_snapshot(self._clock(), answer).members
        return {one.queue: one for one in found if one.interface == f"PJSIP/{number}"}

    async def _add(self, number: str, queue: str, like: MemberView) -> None:
        fields = {"Queue": queue, "Interface": f"PJSIP/{number}", "Penalty": "0", "MemberName": number}
        try:
            await self._ami.action("QueueAdd", {**fields, "Paused": "true" if like.paused else "false"})
        except AmiRefusedError as error:
            if _ALREADY not in error.answer.lower():
                raise

    async def _pause_alike(self, number: str, added: Sequence[str]) -> None:
        """Give the new memberships the pause, or its end, and the reason that the others have by now."""
        members = await self._members(number)
        model = next((one for name, one in members.items() if name not in added), None)
        if model is None:
            return
        for queue in added:
            one = members.get(queue)
            if one is None or (one.paused, one.paused_reason) == (model.paused, model.paused_reason):
                continue
            fields = {"Interface": f"PJSIP/{number}", "Queue": queue, "Reason": model.paused_reason}
            await self._ami.action("QueuePause", {**fields, "Paused": "true" if model.paused else "false"})

    async def _remove(self, number: str, queue: str) -> None:
        try:
            await self._ami.action("QueueRemove", {"Queue": queue, "Interface": f"PJSIP/{number}"})
        except AmiRefusedError as error:
            if not error.answer.lower().endswith(_NOT_THERE):
                raise
