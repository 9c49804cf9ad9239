"""The words of the callback robot: what is asked of whom (回访), how an attempt goes, what came of it.

Rows R-CB-1 to R-CB-7. Plain values without I/O: times are aware moments in UTC, days are the site's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class CallbackState(StrEnum):
    """Where a callback stands; ``WAITING`` and ``CALLING`` are the open ones that run."""

    WAITING = "waiting"
    """To be dialled at ``next_at``, or soon after it."""
    CALLING = "calling"
    """Claimed by a node for an attempt that is not over."""
    PAUSED = "paused"
    """Held by a person; its campaign's pause is apart and leaves the state as it is."""
    DONE = "done"
    """The question of satisfaction is answered."""
    EXPIRED = "expired"
    """未评: nobody answered the question before the time or the tries ran out (R-CB-3)."""
    REFUSED = "refused"
    """The person wants no callback; the number is on the quiet list (R-CB-1)."""
    CANCELLED = "cancelled"
    CHECK = "check"
    """A person of the hotline looks at it first (R-CB-6), or the number cannot be right."""


OPEN_STATES = frozenset({CallbackState.WAITING, CallbackState.CALLING, CallbackState.PAUSED})
"""The states in which an attempt is still to come or under way."""


class CampaignState(StrEnum):
    """Whether a campaign's callbacks are dialled."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    """Nothing of it is open; a new callback lets it run again."""
    CANCELLED = "cancelled"


class AttemptState(StrEnum):
    """Where one attempt to reach somebody stands."""

    DIALLING = "dialling"
    TALKING = "talking"
    OVER = "over"


class Outcome(StrEnum):
    """How an attempt ended; what follows stands in ``retry.yaml``."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    SWITCHED_OFF = "switched_off"
    UNREACHABLE = "unreachable"
    NO_SUCH_NUMBER = "no_such_number"
    LINE_FAILED = "line_failed"
    """The network or our own line, not the person."""
    ANNOUNCEMENT = "announcement"
    """The network said something that was not understood."""
    MACHINE = "machine"
    """An answering machine or a voice assistant."""
    FAX = "fax"
    WRONG_PERSON = "wrong_person"
    LATER = "later"
    """The person asked to be called at another time."""
    REFUSED = "refused"
    SILENT = "silent"
    HUNG_UP = "hung_up"
    """Before the question of satisfaction was answered."""
    COMPLETED = "completed"
    """The question of satisfaction was answered, whatever came after it."""
    HANDED_OVER = "handed_over"
    """Put through to an agent before the question of satisfaction was answered."""
    NEVER_BEGUN = "never_begun"
    """The switch never had the call: it counts as no try."""
    UNKNOWN = "unknown"
    """The switch had the call, and its end is nowhere written."""


class Question(StrEnum):
    """The questions of the survey (R-CB-2); ``*_WORDS`` and ``REMARKS`` are answered in free speech."""

    IDENTITY = "identity"
    CONSENT = "consent"
    CONTACTED = "contacted"
    SOLVED = "solved"
    SATISFIED = "satisfied"
    REASON = "reason"
    REASON_WORDS = "reason_words"
    MORE = "more"
    REMARKS = "remarks"
    WHEN = "when"
    """At what time to call again; asked of who wants to be called later."""
    DEMAND = "demand"
    """Whether a new demand is to be put through to an agent now (R-CB-5)."""


class Given(StrEnum):
    """How an answer was given."""

    KEY = "key"
    SPEECH = "speech"
    NONE = "none"


YES, NO, LATER = "yes", "no", "later"
IN_AN_HOUR = "in_an_hour"
TOMORROW_AT = {"tomorrow_morning": 9, "tomorrow_afternoon": 14}
"""When to call again, chosen by key: a value with the hour of the site's next day."""
UNCLEAR, REFUSE, HUMAN, NEW_DEMAND, SILENCE = "unclear", "refuse", "human", "new_demand", "silence"
"""Values that any question may get."""
ASKS_BACK, SWEARING = "asks_back", "swearing"
"""Answers that are none: explained or calmed, and asked once more."""
ANYWHERE = (UNCLEAR, REFUSE, HUMAN, NEW_DEMAND, SILENCE)

LEVELS: Mapping[int, tuple[str, ...]] = {
    3: ("满意", "基本满意", "不满意"),
    5: ("非常满意", "满意", "基本满意", "不满意", "非常不满意"),
}
"""The levels in the order of their keys, from 1 on (R-CB-3)."""
BAD_LEVELS = frozenset({"不满意", "非常不满意"})
"""The levels whose reason is recorded."""


@dataclass(frozen=True)
class Callback:
    """One matter that one person is to be asked about."""

    id: str
    ticket: str
    """The ticket's number or its id in the city's system; with ``handled_on`` it is called for once."""
    phone: str
    person: str
    unit: str
    """The handling unit (承办单位)."""
    kind: str
    matter: str
    """What it was about, in a few words that can be said."""
    handled_on: date | None
    dialogue: str = "standard"
    campaign: str = ""
    priority: int = 0
    """0 to 9, 9 first."""
    earliest: datetime | None = None
    latest: datetime | None = None
    """Not answered by then, it is 未评."""
    created_at: datetime | None = None
    state: CallbackState = CallbackState.WAITING
    tries: int = 0
    """Attempts that count against the person's patience: what our line did wrong does not."""
    next_at: datetime | None = None
    why: str = ""
    """Why it stands as it does, for people: an outcome, or a word of the planner."""


@dataclass(frozen=True)
class Attempt:
    """One call that was or is being made for a callback; ``id`` is the switch's uniqueid too."""

    id: str
    callback: str
    trunk: str
    number: str
    state: AttemptState
    node: str
    at: datetime
    """When it was stored, which is before it was dialled."""
    lease_until: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    cause: int | None = None
    """The hang-up cause of Q.850, when the switch told one."""
    heard: str = ""
    """What the network's announcement said."""
    recording: str = ""


@dataclass(frozen=True)
class Answer:
    """What was said to one question; times in ms from the start of the recording."""

    question: Question
    value: str
    given: Given
    turn: int = 1
    """How often the question had been asked when it came, from 1."""
    words: str = ""
    confidence: float = 1.0
    start_ms: int = 0
    end_ms: int = 0


@dataclass(frozen=True)
class Result:
    """What came of a callback."""

    callback: str
    attempt: str
    contacted: str = ""
    """``yes``, ``no``, or empty when it was not answered; ``solved`` alike."""
    solved: str = ""
    level: str = ""
    """One of ``LEVELS``; empty: 未评."""
    reasons: tuple[str, ...] = ()
    remarks: str = ""
    answers: tuple[Answer, ...] = field(default=())
    recording: str = ""
    ended_at: datetime | None = None
