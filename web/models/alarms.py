"""Alarms as the API tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from .base import Page, Paged, Sent, Told, Who, Word


class AlarmTold(Told):
    """An alarm that stands, or stood until ``cleared_at``; no personal data is in it."""

    id: str
    kind: str
    subject: str
    """What it is about: a queue, a trunk, the node."""
    severity: str
    severity_label: str
    level: str | None
    title: str
    text: str
    since: datetime
    cleared_at: datetime | None
    details: dict[str, Any]
    node: str
    runbook: str
    """The page of the runbook, a path of this site."""


class SeenAlarm(AlarmTold):
    """An alarm with who has seen it."""

    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_note: str


class AlarmQuery(Paged):
    """Which alarms are wanted."""

    state: Literal["all", "standing", "over"] = "all"
    kind: Word | None = None
    severity: Literal["critical", "warning"] | None = None
    node: Word | None = None
    acknowledged: bool | None = None


class AlarmPage(Page):
    """Alarms, newest first."""

    alarms: list[SeenAlarm]


class AcknowledgeBody(Sent):
    """Who has seen an alarm, and what is being done."""

    who: Who = ""
    note: Word = ""
