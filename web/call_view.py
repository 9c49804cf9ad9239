"""Calls and recordings as plain values for pages and API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..telephony.tables import CallRow, RecordingRow

_US = 1_000_000


def call_told(row: CallRow) -> dict[str, Any]:
    """Return a call, its number whole."""
    length = None if row.ended_at is None or row.t0 is None else row.ended_at - row.t0
    return {
        "id": row.id,
        "node": row.node,
        "caller": row.number,
        "queue": row.queue,
        "agent": row.agent,
        "arrived_at": row.t0,
        "human_requested_at": row.t1,
        "queued_at": row.t2,
        "answered_at": row.t3,
        "bridged_at": row.t4,
        "ended_at": row.ended_at,
        "ended_by": row.ended_by,
        "outcome": row.outcome,
        "apart": row.apart,
        "source": row.source,
        "evaluation_asked_at": row.evaluation_asked_at,
        "evaluation": row.evaluation,
        "wait_human_s": seconds(row.wait_human_us),
        "wait_citizen_s": seconds(row.wait_citizen_us),
        "length_s": None if length is None else length / timedelta(seconds=1),
    }


def recording_told(row: RecordingRow) -> dict[str, Any]:
    """Return a recording without its sound."""
    return {
        "id": f"{row.node}/{row.path}",
        "kind": row.kind,
        "state": row.state,
        "sha256": row.sha256,
        "bytes": row.bytes,
        "duration_s": row.duration_ms / 1000,
        "begun_at": row.begun_at,
    }


def seconds(microseconds: int | None) -> float | None:
    """Return a duration in seconds."""
    return None if microseconds is None else microseconds / _US
