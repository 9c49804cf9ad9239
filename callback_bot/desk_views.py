"""Callbacks, attempts and campaigns as the API, the command and ``--json`` show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from ..core.log import mask
from .model import Answer, Callback, CallbackState
from .schedule.campaigns import CampaignCount
from .tables import AttemptRow, CallbackRow, ResultRow
from .why import NAMES

STATE_NAMES = {
    CallbackState.WAITING: "待拨打",
    CallbackState.CALLING: "通话中",
    CallbackState.PAUSED: "暂停",
    CallbackState.DONE: "已评价",
    CallbackState.EXPIRED: "未评",
    CallbackState.REFUSED: "拒绝回访",
    CallbackState.CANCELLED: "已取消",
    CallbackState.CHECK: "待核查",
}


def callback_json(row: CallbackRow, *, whole: bool = False) -> dict[str, Any]:
    """Return a callback; number and name only when it is shown ``whole``."""
    told = {
        "id": row.id,
        "campaign": row.campaign,
        "ticket": row.ticket,
        "phone": row.phone if whole else mask(row.phone),
        "unit": row.unit,
        "kind": row.kind,
        "handled_on": row.handled_on and row.handled_on.isoformat(),
        "dialogue": row.dialogue,
        "priority": row.priority,
        "state": row.state,
        "why": row.why,
        "why_label": NAMES.get(row.why, row.why),
        "tries": row.tries,
        "outcomes": row.outcomes,
        "next_at": row.next_at if row.state == CallbackState.WAITING.value else None,
        "earliest": row.earliest,
        "latest": row.latest,
        "created_at": row.created_at,
        "ended_at": row.ended_at,
    }
    return told | ({"person": row.person, "matter": row.matter} if whole else {})


def planned_json(one: Callback, at: datetime | None, why: str) -> dict[str, Any]:
    """Return whom the robot would call when; without a moment, why not."""
    return {
        "id": one.id,
        "campaign": one.campaign,
        "ticket": one.ticket,
        "phone": mask(one.phone),
        "unit": one.unit,
        "priority": one.priority,
        "tries": one.tries,
        "at": at,
        "why": why,
        "why_label": NAMES.get(why, why),
    }


def attempt_json(row: AttemptRow, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return an attempt with what was answered in it."""
    return {
        "id": row.id,
        "node": row.node,
        "trunk": row.trunk,
        "line": row.line,
        "state": row.state,
        "at": row.at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
        "outcome": row.outcome,
        "outcome_label": NAMES.get(row.outcome or "", row.outcome),
        "cause": row.cause,
        "heard": row.heard,
        "recording": row.recording,
        "answers": [
            {
                "question": one.question.value,
                "value": one.value,
                "given": one.given.value,
                "turn": one.turn,
                "words": one.words,
                "confidence": one.confidence,
                "start_ms": one.start_ms,
                "end_ms": one.end_ms,
            }
            for one in answers
        ],
    }


def campaign_json(one: CampaignCount) -> dict[str, Any]:
    """Return a campaign with how many callbacks it has in each state."""
    return {
        "id": one.id,
        "name": one.name,
        "state": one.state.value,
        "created_at": one.created_at,
        "states": {state.value: one.counts.get(state, 0) for state in CallbackState},
        "total": sum(one.counts.values()),
    }


def result_json(row: ResultRow) -> dict[str, Any]:
    """Return a result for the API and ``--json``, without its answers."""
    return {
        "callback": row.callback,
        "attempt": row.attempt,
        "campaign": row.campaign,
        "ticket": row.ticket,
        "unit": row.unit,
        "kind": row.kind,
        "state": row.state,
        "verdict": cast("str", row.data["verdict"]),
        "outcome": row.outcome,
        "consent": row.consent,
        "contacted": row.contacted,
        "solved": row.solved,
        "level": row.level,
        "reasons": row.reasons,
        "remarks": row.remarks,
        "recording": row.recording,
        "said": row.data["said"],
        "wishes": row.data["wishes"],
        "checked_at": row.checked_at,
        "checked_by": row.checked_by,
        "check_note": row.check_note,
        "ended_at": row.ended_at,
    }
