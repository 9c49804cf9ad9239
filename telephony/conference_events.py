"""What our own requests for third lines tell the bus; what the switch does is told by ``events``."""

from __future__ import annotations

from dataclasses import dataclass

from .events import CallEvent


@dataclass(frozen=True, kw_only=True)
class RequestChanged(CallEvent):
    """A request took a step (``conference_machine.State``), or was refused; ``why`` says why it failed."""

    request: str
    line: str
    target: str
    agent: str
    state: str
    why: str = ""
