"""What the machine proposes to the agent while a call goes on (GB 7.1). A suggestion is never an action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...asr.transcripts import Speaker
from ...core.events import DomainEvent

SuggestionKind = Literal["emergency_line", "risk", "wording", "emotion", "repeat", "similar", "category"]


@dataclass(frozen=True)
class Grounds:
    """The words a suggestion stands on, literally as recognised; seconds from the call's first sound."""

    words: str
    speaker: Speaker
    start_s: float
    end_s: float
    leg: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a plain structure for the store, the API and the stream."""
        return {
            "words": self.words,
            "speaker": self.speaker,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "leg": self.leg,
        }


@dataclass(frozen=True, kw_only=True)
class Suggested(DomainEvent):
    """A proposal to the agent of a call, told once; told again with ``withdrawn`` when it was overtaken.

    ``id`` is unique in the call. ``text`` is Chinese, for the screen; ``data`` is for programs: for
    ``emergency_line`` it holds ``line`` (119, 110, 120 or 122) and ``target``, the name of the third line
    that ``POST /api/v1/calls/ID/three-way`` takes (None when none is configured).
    """

    call: str
    id: str
    kind: SuggestionKind
    text: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    evidence: tuple[Grounds, ...] = ()
    withdrawn: bool = False
