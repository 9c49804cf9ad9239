"""What is heard in a call that goes on, as events on the bus: what each speaker says, and who is heard.

``call`` is the Linkedid, ``leg`` the Uniqueid of the channel that was heard; ``speaker`` is told by the leg,
never guessed, and ``agent`` is the agent's number, empty for the other speakers. Live speech is best effort:
the transcript made from the recording after the call is the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..core.events import DomainEvent
from .transcripts import Speaker, Word


@dataclass(frozen=True, kw_only=True)
class SpeechHeard(DomainEvent):
    """What one speaker said between two silences; final (R-T-2).

    ``start_us`` and ``end_us`` are microseconds since 1970 of the first word's beginning and the last one's
    end as they were spoken; ``text`` is as it was recognised, ``□`` for speech not understood. The words'
    seconds count from ``start_us``. ``at`` is when it was recognised.
    """

    call: str
    leg: str
    speaker: Speaker
    agent: str
    text: str
    start_us: int
    end_us: int
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SpeechPartial(DomainEvent):
    """The best guess so far of what a speaker is saying; it replaces the leg's last one, and may change."""

    call: str
    leg: str
    speaker: Speaker
    agent: str
    text: str


@dataclass(frozen=True, kw_only=True)
class LiveSpeechChanged(DomainEvent):
    """A leg is heard live (``on``), is not any more (``off``), or was let go for want of time (``shed``).

    ``why`` is a short word: ``begun``, ``ended``, ``full``, ``behind``, ``engine``, ``closed``.
    """

    call: str
    leg: str
    state: Literal["on", "off", "shed"]
    why: str
