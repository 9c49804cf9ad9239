"""The callback robot as the API tells of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from ...callback_bot.model import CallbackState
from ...callback_bot.outcome.report import By
from .agents import DefinitionTold
from .base import AwareMoment, Count, Key, Note, Page, Paged, Sent, Told, Who, Word

State = Literal["waiting", "calling", "paused", "done", "expired", "refused", "cancelled", "check"]
Phone = Annotated[str, StringConstraints(min_length=1, max_length=40)]
MOST_AT_ONCE = 200

assert {state.value for state in CallbackState} == set(State.__args__)  # noqa: S101  # the list above is by hand


class CallbackQuery(Paged):
    """Which callbacks are wanted."""

    campaign: Word = ""
    state: State | Literal[""] = ""
    ticket: Word = ""


class CallbackTold(Told):
    """One matter that one person is asked about; the number is masked."""

    id: str
    campaign: str
    ticket: str
    phone: str
    unit: str
    kind: str
    handled_on: date | None
    dialogue: str
    priority: int
    state: State
    why: str
    why_label: str
    tries: int
    """Attempts that count; ``outcomes`` has all of them."""
    outcomes: list[str]
    next_at: datetime | None
    earliest: datetime | None
    latest: datetime
    created_at: datetime
    ended_at: datetime | None


class CallbackPage(Page):
    """Callbacks, newest first."""

    callbacks: list[CallbackTold]


class AnswerTold(Told):
    """What was said to one question; milliseconds of the recording."""

    question: str
    value: str
    given: str
    turn: int
    words: str
    confidence: float
    start_ms: int
    end_ms: int


class AttemptTold(Told):
    """One call of the robot."""

    id: str
    node: str
    trunk: str
    line: str
    state: str
    at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    outcome_label: str | None
    cause: int | None
    heard: str
    recording: str
    answers: list[AnswerTold]


class ResultTold(Told):
    """What came of a callback."""

    callback: str
    attempt: str | None
    campaign: str
    ticket: str
    unit: str
    kind: str
    state: str
    verdict: str
    outcome: str
    consent: str
    contacted: str
    solved: str
    level: str
    reasons: list[str]
    remarks: str
    recording: str
    said: Any
    wishes: Any
    checked_at: datetime | None
    checked_by: str | None
    check_note: str
    ended_at: datetime


class WholeCallback(CallbackTold):
    """A callback with what it is about and what came of it; personal data."""

    person: str
    matter: str
    attempts: list[AttemptTold]
    result: ResultTold | None


class NewCallbackBody(Sent):
    """A callback to be."""

    ticket: str
    phone: Phone
    person: str | None = None
    unit: str | None = None
    kind: str | None = None
    matter: str | None = None
    dialogue: str | None = None
    handled_on: date | None = None
    earliest: AwareMoment | None = None
    latest: AwareMoment | None = None
    priority: int | None = Field(default=None, ge=0, le=9)


class AddBody(Sent):
    """Callbacks for a campaign, which is made when there is none."""

    who: Who = ""
    campaign: Key
    callbacks: list[NewCallbackBody] = Field(min_length=1, max_length=MOST_AT_ONCE)


class AddedTold(Told):
    """What became of one of them; of a known one the id is that of the known one."""

    id: str
    fate: Literal["added", "known", "quiet", "not_drawn"]


class AddAnswer(Told):
    """What became of each, in the order sent."""

    campaign: str
    callbacks: list[AddedTold]


class CallbackReportQuery(Sent):
    """Which period by what."""

    since: Word = "today"
    until: Word = "now"
    by: By = "unit"
    unit: Word = ""
    kind: Word = ""
    campaign: Word = ""


class ReportAnswer(Told):
    """A report: shares between 0 and 1, durations in milliseconds, moments in the site's time."""

    site: str
    timezone: str
    made_at: datetime
    by: str
    since: datetime
    until: datetime
    before: dict[str, datetime] | None
    rows: list[dict[str, Any]]
    total: dict[str, Any]
    definitions: list[DefinitionTold]


class PlanQuery(Sent):
    """Of which campaign, and how many at most."""

    campaign: Word = ""
    limit: Count = Field(default=50, ge=1, le=999)


class PlannedTold(Told):
    """Whom the robot would call when; without a moment, why not. The number is masked."""

    id: str
    campaign: str
    ticket: str
    phone: str
    unit: str
    priority: int
    tries: int
    at: datetime | None
    why: str
    why_label: str


class PlanAnswer(Told):
    """A dry run."""

    plan: list[PlannedTold]


class QuietQuery(Sent):
    """How many at most."""

    limit: Count = Field(default=50, ge=1, le=999)


class QuietTold(Told):
    """A number that is never called again; personal data."""

    phone: str
    since: datetime | None
    why: str
    by: str


class QuietAnswer(Told):
    """The newest numbers of the quiet list."""

    quiet: list[QuietTold]


class QuietBody(Sent):
    """A number that is never to be called again."""

    who: Who = ""
    phone: Phone
    why: Word = ""


class PhoneBody(Sent):
    """A number."""

    who: Who = ""
    phone: Phone


class WhoBody(Sent):
    """Who asks for it."""

    who: Who = ""


class EndedAnswer(Told):
    """How many callbacks end by it."""

    ended: int


class RemovedAnswer(Told):
    """Whether the number was on the list."""

    removed: bool


class CampaignTold(Told):
    """A campaign with how many callbacks it has in each state."""

    id: str
    name: str
    state: Literal["running", "paused", "ended", "cancelled"]
    created_at: datetime
    states: dict[str, int]
    total: int


class CampaignsAnswer(Told):
    """Every campaign, newest first."""

    campaigns: list[CampaignTold]


class CampaignBody(Sent):
    """A campaign to be."""

    who: Who = ""
    id: Key
    name: Word = ""
    lines: int | None = None
    """Calls at a time, at most; null: as many as the trunks have."""
    hours: list[Annotated[str, StringConstraints(max_length=80)]] = Field(
        default_factory=list[str], max_length=20
    )
    """Opening hours that narrow those of the site, such as ``工作日 09:00-12:00``."""
    paused: bool = False


class ProgressTold(Told):
    """How far a campaign is."""

    campaign: str
    name: str
    state: str
    total: int
    ended: int
    states: dict[str, int]
    dialling: int
    talking: int
    attempts_recent: int
    """Attempts begun in the last five minutes."""
    ended_recent: int
    open: int
    share: float | None


class ProgressEvent(ProgressTold):
    """How far a campaign is, when it has changed."""

    at: datetime


class ResultCheckBody(Sent):
    """What a person found of a bad mark that waits for one (R-CB-6)."""

    who: Who = ""
    reopen: bool
    """Whether the matter is handled again."""
    note: Note = ""
    level: Word = ""
    solved: Word = ""
