"""What the ticket bridge tells the rest of the service."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TicketDrafted(DomainEvent):
    """A draft ticket was written for a call."""

    call: str
    ticket: str
    number: str
    kind: str | None
    title: str | None
    filled: int


@dataclass(frozen=True, kw_only=True)
class DraftFailed(DomainEvent):
    """No draft will be made for a call unless somebody mends ``reason`` and puts the job again."""

    call: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class NoticeChanged(DomainEvent):
    """What goes along with a third line was made, delivered or given up; ``state`` as in ``NoticeView``."""

    call: str
    line: str
    webhook: str
    state: str
    error: str | None = None
