"""What the recogniser tells the rest of the service."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TranscriptReady(DomainEvent):
    """A call's speech was written down; ``cost_ms`` is processor time for ``duration_s`` of recording."""

    call: str
    model: str
    utterances: int
    duration_s: float
    cost_ms: int


@dataclass(frozen=True, kw_only=True)
class TranscriptFailed(DomainEvent):
    """A call's speech will not be written down unless somebody mends ``reason`` and puts the job again."""

    call: str
    reason: str
