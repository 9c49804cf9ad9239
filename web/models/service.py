"""Menus, webhooks and the service itself as the API tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from .base import AwareMoment, Page, Paged, Sent, Told, Who, Word

Text = Annotated[str, StringConstraints(max_length=60_000)]


class ProblemTold(Told):
    """What is wrong with a menu file."""

    line: int
    rule: str
    message: str
    mend: str


class TargetTree(Told):
    """Where a key or a word leads: exactly one of these."""

    human: str | None = None
    """The queue."""
    menu: str | None = None
    service: str | None = None
    again: bool | None = None


class MenuTree(Told):
    """One menu."""

    prompt: str
    keys: dict[str, TargetTree]
    on_timeout: TargetTree
    on_invalid: TargetTree
    wait_seconds: int
    tries: int
    line: int


class ServiceTree(Told):
    """A self-service: a text after which, and during which, 0 leads to a human."""

    prompt: str
    human: str
    line: int


class VoiceTree(Told):
    """The question before the keys."""

    prompt: str
    words: dict[str, TargetTree]
    wait_seconds: int
    line: int


class QueueName(Told):
    """A queue that a menu can lead to."""

    name: str
    label: str


class Tree(Told):
    """A menu file as data."""

    mode: Literal["menu", "zero_level"]
    start: str
    human: str
    """The queue of whatever names none."""
    greeting: dict[str, str]
    """What is said on which days, the standard's own words where the file has none."""
    menus: dict[str, MenuTree]
    services: dict[str, ServiceTree]
    voice: VoiceTree | None
    queues: list[QueueName]


class MenuAnswer(Told):
    """The menu file as it is now, and the version that calls enter."""

    file: str
    version: str | None
    """That new calls enter; null while the switch has none."""
    base: str
    """SHA-256 of the text: send it with a change."""
    text: str
    tree: Tree | None
    problems: list[ProblemTold]


class MenuBody(Sent):
    """A menu file that is to be checked."""

    text: Text


class MenuCheckAnswer(Told):
    """What the check says."""

    ok: bool
    tree: Tree | None
    problems: list[ProblemTold]


class MenuApplyBody(Sent):
    """A menu file that is to be used."""

    text: Text
    base: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The ``base`` that the change was made on."""
    who: Who = ""


class MenuApplied(Told):
    """A menu that new calls enter from now on; calls in progress stay in theirs."""

    version: str
    base: str
    prompts: int
    synthesised: int
    removed: list[str]
    kept: list[str]
    missing_years: list[int]


class DeliveryQuery(Paged):
    """Which deliveries are wanted."""

    target: Word | None = None
    topic: Literal["alarms", "notices", "callbacks"] | None = None
    state: Literal["pending", "delivered", "given_up"] | None = None
    event: Word | None = None
    node: Word | None = None
    since: AwareMoment | None = None
    until: AwareMoment | None = None


class DeliveryTold(Told):
    """One message for one target, and what became of it."""

    id: str
    target: str
    node: str
    topic: str
    event: str
    state: Literal["pending", "delivered", "given_up"]
    attempts: int
    created_at: datetime
    not_before: datetime
    finished_at: datetime | None
    status: int | None
    """The last answer's HTTP status."""
    error: str | None


class DeliveryPage(Page):
    """Deliveries, newest first."""

    deliveries: list[DeliveryTold]


class WholeDelivery(DeliveryTold):
    """A delivery with what is sent."""

    body: Any


class RedeliverBody(Sent):
    """Who wants it sent again."""

    who: Who = ""


class PartTold(Told):
    """A part of the service."""

    name: str
    label: str
    state: Literal["ok", "bad"]
    why: str


class FindingTold(Told):
    """What the doctor found."""

    name: str
    state: Literal["ok", "warn", "fail"]
    text: str
    mend: str


class DiskTold(Told):
    """The disk that holds the state folder."""

    path: str
    total_bytes: int
    free_bytes: int


class DatabaseTold(Told):
    """The store."""

    kind: Literal["sqlite", "postgresql"]
    schema_version: str | None
    """Null while it does not answer."""
    newest: str
    ok: bool


class SwitchTold(Told):
    """The switch."""

    connected: bool
    open_calls: int


class SystemQuery(Sent):
    """How much is wanted."""

    findings: bool = False
    """Whether the doctor looks too, which takes some seconds."""


class SystemAnswer(Told):
    """The node's own health."""

    node: str
    site: str
    version: str
    started_at: datetime
    parts: list[PartTold]
    problems: list[str]
    findings: list[FindingTold] | None
    """Null when they were not asked for."""
    disk: DiskTold
    database: DatabaseTold
    switch: SwitchTold
    memory_bytes: int | None
    cpu_s: float
    """Processor time since the beginning."""
