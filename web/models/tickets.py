"""Draft tickets as the API tells of them and lets people correct them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from .base import AwareMoment, Count, Page, Paged, Sent, Told, Who, Word

Value = str | int | bool


class TicketQuery(Paged):
    """Which tickets are wanted; every filter narrows the list."""

    since: AwareMoment | None = None
    """Made at or after this moment."""
    until: AwareMoment | None = None
    status: Word | None = None
    """``draft``, ``closed``, ``check``, ``reopened``."""
    kind: Word | None = None
    """诉求类型, such as 投诉."""
    domain: Word | None = None
    urgency: Word | None = None
    confidential: bool | None = None
    checked: bool | None = None
    """True: only those that a person has confirmed whole; false: only the others."""
    node: Word | None = None


class TicketTold(Told):
    """A ticket without its fields."""

    id: str
    number: str
    call: str
    status: str
    kind: str | None
    domain: str | None
    urgency: str | None
    title: str | None
    place: str | None
    confidential: bool
    node: str
    model: str
    created_at: datetime
    checked_at: datetime | None
    checked_by: str | None


class TicketPage(Page):
    """Tickets, newest first."""

    tickets: list[TicketTold]


class EvidenceTold(Told):
    """Words of the call that a value stands on, with their seconds of the recording."""

    words: str
    speaker: str
    utterance: int
    start_s: float
    end_s: float


class FieldTold(Told):
    """One filled field."""

    value: Value
    confidence: float
    origin: str
    """``words`` of the call, facts of the ``call``, ``initial``, or a ``person``."""
    evidence: list[EvidenceTold]
    by: str
    """Who stands for it: the person who said so last, ``rules``, or the model."""


class MadeTold(Told):
    """Who made a draft."""

    extractor: str
    model: str
    by_model: list[str]
    dropped: dict[str, Any]
    fallback: str


class CheckTold(Told):
    """What a person said of a draft."""

    id: str
    at: datetime
    who: str
    act: str
    fields: dict[str, dict[str, Value | None]]
    """Old and new value of each."""


class TicketAnswer(Told):
    """A ticket with its fields, or the draft of a call in progress, which has no number yet."""

    id: str
    call: str
    fields: dict[str, FieldTold | None]
    made: MadeTold
    missing: list[dict[str, Any]]
    """What is still to be asked."""
    checks: list[CheckTold]
    callbacks: list[dict[str, Any]]
    number: str | None = None
    status: str | None = None
    kind: str | None = None
    domain: str | None = None
    urgency: str | None = None
    title: str | None = None
    place: str | None = None
    confidential: bool | None = None
    checked_at: datetime | None = None
    checked_by: str | None = None


class ShownField(Told):
    """A field as a call's page shows it."""

    name: str
    label: str
    value: Value
    confidence: float
    origin: str
    by: str
    words: str
    start_s: float | None


class CallTicket(TicketTold):
    """The ticket of a call, empty fields left out."""

    fields: list[ShownField]
    made: MadeTold
    missing: list[dict[str, Any]]
    checks: list[dict[str, Any]]


class CheckBody(Sent):
    """What a person says of a draft: fields that are otherwise, fields that are right, or all of it right."""

    who: Who = ""
    """Who says so; people who are signed in always speak for themselves."""
    fields: dict[str, Value | None] = Field(default_factory=dict[str, Value | None], max_length=64)
    """Right values by field; null empties one."""
    confirm: Annotated[list[Word], Field(max_length=64)] | Literal[True] = Field(default_factory=list[Word])
    """The fields that are right; ``true``: the whole ticket."""


class ConfirmBody(Sent):
    """Who confirms."""

    who: Who = ""


class RepeatsQuery(Sent):
    """Which repeats are wanted: 92 days at most."""

    since: Word | None = None
    """A date or a moment; without it the window of the settings."""
    until: Word = "now"
    callers: Count = Field(default=2, ge=1, le=9999)
    """From how many independent callers a group is shown."""
    calls: Count | None = Field(default=None, ge=1, le=9999)
    """From how many tickets a caller is shown; without it as the settings say."""


class GroupTold(Told):
    """Independent callers with the same matter (多人同诉)."""

    group: str
    place: str
    title: str
    kind: str | None
    domain: str | None
    tickets: int
    callers: int
    grade: str | None
    first_at: datetime
    last_at: datetime


class PlaceTold(Told):
    """A point of a heat map."""

    place: str
    domain: str | None
    tickets: int
    callers: int
    grade: str | None


class RepeatCallerTold(Told):
    """Somebody with many tickets (一人多诉); the number is masked."""

    caller: str
    tickets: int
    same_domain: int
    number: str
    title: str
    first_at: datetime
    last_at: datetime


class RepeatsAnswer(Told):
    """Repeats of a period."""

    since: datetime
    until: datetime
    groups: list[GroupTold]
    places: list[PlaceTold]
    callers: list[RepeatCallerTold]
