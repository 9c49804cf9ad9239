"""What the switch is doing now: a snapshot after each login of the AMI line, and the events since."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from ..core.clock import Clock
from ..core.events import EventBus
from ..core.settings import Settings
from ..queue.states import AgentBoard, AgentState
from ..telephony.ami import AmiPort
from ..telephony.ami_message import AmiMessage
from ..telephony.holds import standing_holds
from ..telephony.snapshot import Snapshot, take_snapshot

log = structlog.get_logger(__name__)


class Switchboard:
    """Keeps every agent's state; each change is published. Events missed while away are made up for."""

    def __init__(self, settings: Settings, bus: EventBus, *, clock: Clock) -> None:
        self._numbers = tuple(agent.number for agent in settings.agents)
        self._bus = bus
        self._clock = clock
        self._board = AgentBoard()
        self.snapshot: Snapshot | None = None
        """The last one taken."""

    def agents(self) -> list[AgentState]:
        """Return every agent's state, in the order of the settings; empty before the first login."""
        states = self._board.states
        return [states[number] for number in self._numbers if number in states]

    def device(self, number: str) -> int:
        """Return a telephone's state as the switch numbers it; 0 when its agent is in no queue."""
        there = self._board.memberships.get(number, {})
        return max((member.device for member in there.values()), default=0)

    async def refresh(self, ami: AmiPort) -> None:
        """Take a snapshot of channels, queues, members and holds; raises ``AmiError``."""
        snapshot = await take_snapshot(ami, clock=self._clock)
        holders = await standing_holds(ami)
        self.snapshot = snapshot
        self._board, changes = self._board.reset(
            snapshot.members, self._numbers, snapshot.at, holders=holders
        )
        for change in changes:
            self._bus.publish(change)
        log.info(
            "switch looked at",
            calls=len(snapshot.calls),
            channels=len(snapshot.channels),
            queues=len(snapshot.queues),
            waiting=len(snapshot.waiting),
            members=len(snapshot.members),
        )

    def observe(self, message: AmiMessage) -> None:
        """Take in one event; all but those of queue members and of holds are passed over."""
        if not message.name.startswith("QueueMember") and message.name not in ("Hold", "Unhold"):
            return
        self._board, change = self._board.observe(message, self._time_of(message))
        if change is not None:
            self._bus.publish(change)

    def _time_of(self, message: AmiMessage) -> datetime:
        try:
            return datetime.fromtimestamp(float(message.get("Timestamp") or ""), UTC)
        except (ValueError, OverflowError, OSError):
            return self._clock()
