"""An alarm as others see it: on pages, in the command's output, and in what a webhook sends.

Nothing here holds a caller's number or name: details are counts, times, and names of queues and trunks.
"""

from __future__ import annotations

import json
from typing import Any

from ..core.settings import Site
from ..core.webhook_store import Message
from .alarm_kinds import KINDS, SEVERITY_LABELS, Severity, text_of
from .alarms import Alarm

RAISED, CLEARED, TEST = "alarm.raised", "alarm.cleared", "alarm.test"


def as_json(alarm: Alarm, *, node: str) -> dict[str, Any]:
    """Return plain values: Chinese text, moments as ISO 8601, the runbook's page as a path of the site."""
    kind = KINDS[alarm.kind]
    return {
        "id": alarm.id,
        "kind": alarm.kind,
        "subject": alarm.subject,
        "severity": kind.severity.value,
        "severity_label": SEVERITY_LABELS[kind.severity],
        "level": kind.level,
        "title": kind.title,
        "text": text_of(kind, alarm.subject, alarm.details),
        "since": alarm.raised_at.isoformat(),
        "cleared_at": None if alarm.cleared_at is None else alarm.cleared_at.isoformat(),
        "details": dict(alarm.details),
        "node": node,
        "runbook": f"/runbook/{alarm.kind}",
    }


def worst_first(alarm: dict[str, Any]) -> tuple[bool, str, str]:
    """Sort key of ``as_json``: critical ones first, then the oldest."""
    return (alarm["severity"] != Severity.CRITICAL.value, alarm["since"], alarm["id"])


def message_id(change: Alarm) -> str:
    """Return the id of an alarm's news: one for the raise, another for the end, the same when sent again."""
    return f"{change.id}.{_event_of(change).rpartition('.')[2]}"


def message_of(change: Alarm, site: Site) -> Message:
    """Return what the webhooks are sent of an alarm that was raised or cleared; in it is ``message_id``."""
    return _message(_event_of(change), message_id(change), as_json(change, node=site.node), site)


def trial_message(trial: str, site: Site) -> Message:
    """Return a message that only tries whether a target takes what it is sent."""
    return _message(TEST, f"{trial}.test", None, site)


def _event_of(change: Alarm) -> str:
    return RAISED if change.cleared_at is None else CLEARED


def _message(event: str, name: str, alarm: dict[str, Any] | None, site: Site) -> Message:
    body = {"id": name, "event": event, "site": site.name, "node": site.node, "alarm": alarm}
    return Message(event, json.dumps(body, ensure_ascii=False, sort_keys=True))
