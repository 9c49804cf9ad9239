"""What happens to a citizen's call, as domain events; each is published once, at the first sign of it.

``call`` is the Linkedid, which for a citizen's call is the Uniqueid of the citizen's channel. Live
events come first and may be a fraction of a millisecond off; ``CallStored`` says that the journal's exact
record is in the store, and is the one that figures are made from.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CallEvent(DomainEvent):
    """Something that happened in a citizen's call on a node."""

    call: str
    node: str


@dataclass(frozen=True, kw_only=True)
class CallArrived(CallEvent):
    """A citizen's call has come in; ``at`` is t0 (the channel's creation on the trunk)."""

    trunk: str
    did: str
    number: str


@dataclass(frozen=True, kw_only=True)
class MenuStep(CallEvent):
    """The citizen entered a menu (``digit`` empty) or chose in it; ``ms`` since the menu began."""

    menu: str
    digit: str = ""
    why: str = ""
    ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class VoiceAsked(CallEvent):
    """The citizen is asked what is wanted (R-IVR-4), for the ``turn``-th time, in a version of the menus."""

    menu: str
    version: str
    turn: int
    channel: str
    """The citizen's, to be listened to."""


@dataclass(frozen=True, kw_only=True)
class SelfServiceHeard(CallEvent):
    """A self-service was heard to its end."""

    service: str


@dataclass(frozen=True, kw_only=True)
class HumanRequested(CallEvent):
    """A human is wanted; ``at`` is t1. Once in a call."""

    queue: str
    why: str


@dataclass(frozen=True, kw_only=True)
class QueueEntered(CallEvent):
    """A visit to a queue begins; the first one's ``at`` is t2."""

    queue: str
    visit: int


@dataclass(frozen=True, kw_only=True)
class QueueLeft(CallEvent):
    """A visit to a queue ended without the end of the call; ``status`` is QUEUESTATUS."""

    queue: str
    visit: int
    status: str


@dataclass(frozen=True, kw_only=True)
class AgentRinging(CallEvent):
    """An agent's phone is being called for this citizen."""

    agent: str
    leg: str


@dataclass(frozen=True, kw_only=True)
class AgentAnswered(CallEvent):
    """An agent answered; the first one's ``at`` is t3."""

    agent: str
    leg: str
    queue: str
    visit: int


@dataclass(frozen=True, kw_only=True)
class CallBridged(CallEvent):
    """Citizen and agent hear each other; ``at`` is t4. Once in a call."""

    leg: str


@dataclass(frozen=True, kw_only=True)
class OfferTaken(CallEvent):
    """After a queue's time was over the citizen pressed 1 (a message) or 2 (a call-back) at the offer."""

    key: str


@dataclass(frozen=True, kw_only=True)
class MessageLeft(CallEvent):
    """The citizen left a spoken message; ``file`` is relative to the recordings, without ``.wav``."""

    file: str


@dataclass(frozen=True, kw_only=True)
class LineChanged(CallEvent):
    """A line of a three-way call has taken a step, told as its mark tells it; ``rooms.lines`` has the whole.

    ``step`` is ``asked``, ``refused``, ``dial``, ``ringing``, ``answered``, ``failed`` (one route),
    ``gave_up`` (the last one), ``joined`` or ``left``; ``route`` is 0 where it has no meaning.
    """

    line: str
    step: str
    target: str = ""
    agent: str = ""
    how: str = ""
    mode: str = ""
    request: str = ""
    route: int = 0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class RoomChanged(CallEvent):
    """A party came into a call's room, waits for the others, or has left; ``rooms.room`` has who is there.

    ``who`` is ``citizen``, ``agent`` or ``line``, ``step`` is ``moved``, ``held``, ``unheld``, ``left``,
    ``alone`` (the citizen, led back to the queue) or, of a line, ``joined``. ``leg`` is the party's channel,
    empty for a line.
    """

    who: str
    step: str
    agent: str = ""
    line: str = ""
    leg: str = ""


@dataclass(frozen=True, kw_only=True)
class Supervised(CallEvent):
    """A supervisor came to a call (``begin``), went (``end``), or was not let (``refused``, ``why``).

    ``mode`` is ``listen``, ``whisper``, ``barge``, ``take``, or ``return`` (an agent comes back into a room
    after its telephone was away); ``number`` counts the marks of a leg.
    """

    step: str
    supervisor: str
    agent: str
    mode: str
    leg: str
    number: int
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class EvaluationAsked(CallEvent):
    """The talk is over, and the citizen is asked for an evaluation (R-T-11)."""


@dataclass(frozen=True, kw_only=True)
class CallEvaluated(CallEvent):
    """The citizen has evaluated the call; ``level`` is one of ``core.profile.Evaluation``."""

    level: str


@dataclass(frozen=True, kw_only=True)
class CallEnded(CallEvent):
    """The call is over; ``at`` is t5. ``outcome`` is None for a call that asked for no human."""

    outcome: str | None
    ended_by: str


@dataclass(frozen=True, kw_only=True)
class CallStored(CallEvent):
    """The journal's record of an ended call was committed, or committed again with other content."""

    outcome: str | None


@dataclass(frozen=True, kw_only=True)
class RecordingRegistered(CallEvent):
    """A recording file of a call is complete, checked and in the store."""

    path: str
    kind: str
    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class OrphanRecordingFound(DomainEvent):
    """A recording file belongs to no known call."""

    node: str
    path: str
