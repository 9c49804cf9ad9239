"""The state of this moment as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..queue.states import AgentKind, AgentState


@dataclass(frozen=True)
class Live:
    """The state of this moment, which no table holds."""

    switch_connected: bool
    open_calls: int
    problems: Sequence[str]
    agents: Sequence[AgentState] = ()
    alarms: Sequence[Mapping[str, Any]] = ()
    """What ``app.alarms.Alarms.active`` gives, the worst first."""

    @property
    def signed_in(self) -> int:
        """How many agents are signed in."""
        return sum(agent.kind is not AgentKind.SIGNED_OUT for agent in self.agents)

    @property
    def talking(self) -> int:
        """How many agents are in a call."""
        return sum(agent.kind in (AgentKind.TALKING, AgentKind.HELD) for agent in self.agents)
