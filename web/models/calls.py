"""Calls as the API tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from .base import AwareMoment, Page, Paged, Told, Word
from .three_way import LineTold
from .tickets import CallTicket

Speaker = Literal["citizen", "agent", "third"]


class CallQuery(Paged):
    """Which calls are wanted; every filter narrows the list."""

    since: AwareMoment | None = None
    """Arrived at or after this moment."""
    until: AwareMoment | None = None
    """Arrived before this moment."""
    queue: Word | None = None
    """The queue that was asked for first."""
    agent: Word | None = None
    """The number of the agent who answered first."""
    outcome: Word | None = None
    """What became of a call that asked for a human, such as ``answered`` or ``abandoned``."""
    source: Word | None = None
    """Who handed the call over with its case, such as ``110``."""
    node: Word | None = None
    open: bool | None = None
    """True: only calls in progress; false: only those that have ended."""


class CallTold(Told):
    """A citizen's call."""

    id: str
    node: str
    caller: str
    """The caller's number, masked where the reader may not see it."""
    queue: str | None
    agent: str | None
    arrived_at: datetime | None
    """t0."""
    human_requested_at: datetime | None
    """t1."""
    queued_at: datetime | None
    """t2."""
    answered_at: datetime | None
    """t3."""
    bridged_at: datetime | None
    """t4."""
    ended_at: datetime | None
    """t5."""
    ended_by: str | None
    outcome: str | None
    """Of a call that asked for a human, once it is decided."""
    apart: str | None
    """What became of a call that never asked for a human."""
    source: str | None
    evaluation_asked_at: datetime | None
    evaluation: str | None
    wait_human_s: float | None
    wait_citizen_s: float | None
    length_s: float | None


class CallPage(Page):
    """Calls, newest first."""

    calls: list[CallTold]


class PushedTold(Told):
    """What came with a call that 110 handed over."""

    case: str
    officer: str
    caller: str
    kind: str
    about: str


class WholeCallTold(CallTold):
    """A call with what its page alone shows."""

    pushed: PushedTold | None


class StepTold(Told):
    """A mark of the dialplan in a call: menu, digit, request, queue visit, message, answer."""

    at: datetime
    name: str
    params: dict[str, Any]


class RecordingTold(Told):
    """A recording file that is complete."""

    id: str
    """``NODE/PATH``: the sound is at ``GET /api/v1/recordings/NODE/PATH``."""
    kind: str
    """``mix``, ``citizen``, ``agent``, ``message``, ``room-agent``, ``room-line``."""
    state: str
    """``ready``, ``orphan`` (of no known call) or ``damaged`` (no sound can be read)."""
    sha256: str
    bytes: int
    duration_s: float
    begun_at: datetime | None


class PartTold(Told):
    """A piece of a sentence; ``personal`` names what it tells of a person, or is empty."""

    text: str
    personal: str


class PersonalTold(Told):
    """Where in ``readable`` something personal stands: signs ``start`` to ``end``."""

    kind: str
    start: int
    end: int


class UtteranceTold(Told):
    """What one speaker said between two silences; seconds of the recording."""

    speaker: Speaker
    start_s: float
    end_s: float
    text: str
    """As it was spoken; ``□`` stands for speech that was heard but not understood."""
    words: list[tuple[str, float, float, float]]
    """Each word with begin, end and confidence."""
    readable: str
    """As it is written: figures and punctuation."""
    personal: list[PersonalTold]
    parts: list[PartTold]


class TranscriptTold(Told):
    """What was said in a call, in the order of time."""

    call: str
    model: str
    """What recognised it."""
    language: str
    duration_s: float
    utterances: list[UtteranceTold]


class CallAnswer(Told):
    """Everything about one call."""

    call: WholeCallTold
    three_way: list[LineTold]
    steps: list[StepTold]
    recordings: list[RecordingTold]
    transcript: TranscriptTold | None
    ticket: CallTicket | None


class LegTold(Told):
    """One side of a call that is, or was, heard."""

    leg: str
    speaker: Speaker
    agent: str
    on: bool
    partial: str
    """What is being said at this moment, as far as it is guessed."""


class SuggestionTold(Told):
    """What is proposed to the agent. Nothing is done by itself."""

    id: str
    kind: str
    text: str
    data: dict[str, Any]
    evidence: list[dict[str, Any]]
    at: datetime
    withdrawn: str | bool | None = None


class SpeechAnswer(Told):
    """What was said so far, and what comes of it."""

    call: str
    begun_us: int | None
    """Second 0 of the words, in microseconds since 1970."""
    legs: list[LegTold]
    transcript: TranscriptTold | None
    draft: dict[str, Any] | None
    suggestions: list[SuggestionTold]


class ToldSuggestion(Told):
    """A suggestion that was made, with what became of it."""

    id: str
    kind: str
    text: str
    data: dict[str, Any]
    evidence: list[dict[str, Any]]
    at: datetime
    ended_at: datetime | None
    ended_by: str | None


class FaultTold(Told):
    """Wording that the standard wants otherwise."""

    label: str
    words: str
    start_s: float
    end_s: float


class SuggestionsAnswer(Told):
    """What is proposed in a call now, all that was, and its wording once the transcript is made."""

    call: str
    now: list[SuggestionTold]
    told: list[ToldSuggestion]
    wording: list[FaultTold] | None


class TranscriptQuery(Paged):
    """Which transcripts are wanted."""

    since: AwareMoment | None = None
    """Made at or after this moment."""
    until: AwareMoment | None = None
    node: Word | None = None


class TranscriptRowTold(Told):
    """A transcript without its words."""

    call: str
    node: str
    model: str
    language: str
    duration_s: float
    cost_ms: int
    """Processor time that it took."""
    created_at: datetime


class TranscriptPage(Page):
    """Transcripts, newest first."""

    transcripts: list[TranscriptRowTold]


class RecordingQuery(Paged):
    """Which recordings are wanted."""

    since: AwareMoment | None = None
    """Registered at or after this moment."""
    until: AwareMoment | None = None
    call: Word | None = None
    kind: Word | None = None
    state: Literal["ready", "orphan", "damaged"] | None = None
    node: Word | None = None


class RecordingRowTold(RecordingTold):
    """A recording in a list."""

    node: str
    path: str
    call: str | None
    sample_rate: int
    repaired: bool
    """Whether the header had to be mended after a crash."""
    registered_at: datetime


class RecordingPage(Page):
    """Recordings, newest first."""

    recordings: list[RecordingRowTold]
