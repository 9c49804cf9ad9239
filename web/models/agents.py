"""Agents as the API tells of them and tells them what to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .base import Sent, Told, Word


class AgentTold(Told):
    """What an agent is doing since when."""

    agent: str
    state: str
    """``queue.states.AgentKind``: ``signed_out``, ``unreachable``, ``ready``, ``talking`` and so on."""
    reason: str | None
    since: datetime
    queues: list[str]


class AgentsAnswer(Told):
    """Every agent."""

    agents: list[AgentTold]


class PauseBody(Sent):
    """Why an agent is away."""

    reason: Word = "rest"
    """``rest``, ``meal``, ``training``, ``meeting`` or ``paperwork``; only for ``pause``."""


class AgentTimesQuery(Sent):
    """A period of 31 days at most."""

    since: Word = "today"
    until: Word = "now"


class AgentTimesTold(Told):
    """What an agent did in a period; the times fill it without a gap."""

    agent: str
    name: str
    node: str
    since: datetime
    until: datetime
    times_ms: dict[str, int]
    pauses_ms: dict[str, int]
    figures: dict[str, dict[str, Any]]


class DefinitionTold(Told):
    """What a figure means."""

    id: str
    version: int
    title: str
    formula: str
    unit: str
    limit: float | None


class AgentTimesAnswer(Told):
    """What every agent did, with the figures' definitions."""

    agents: list[AgentTimesTold]
    definitions: list[DefinitionTold]


class DefinitionsAnswer(Told):
    """What every figure means."""

    definitions: list[DefinitionTold]
