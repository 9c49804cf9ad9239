"""Rows of the store as the plain values that the rest of the robot works with."""

from __future__ import annotations

from .model import Attempt, AttemptState, Callback, CallbackState, Outcome
from .tables import AttemptRow, CallbackRow

OPEN_ATTEMPTS = (AttemptState.DIALLING.value, AttemptState.TALKING.value)


def callback_of(row: CallbackRow) -> Callback:
    """Return a callback as it is read."""
    return Callback(
        id=row.id,
        ticket=row.ticket,
        phone=row.phone,
        person=row.person,
        unit=row.unit,
        kind=row.kind,
        matter=row.matter,
        handled_on=row.handled_on,
        dialogue=row.dialogue,
        campaign=row.campaign,
        priority=row.priority,
        earliest=row.earliest,
        latest=row.latest,
        created_at=row.created_at,
        state=CallbackState(row.state),
        tries=row.tries,
        next_at=row.next_at,
        why=row.why,
    )


def attempt_of(row: AttemptRow) -> Attempt:
    """Return an attempt as it is read."""
    return Attempt(
        id=row.id,
        callback=row.callback,
        trunk=row.trunk,
        number=row.number,
        state=AttemptState(row.state),
        node=row.node,
        at=row.at,
        lease_until=row.lease_until,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        cause=row.cause,
        heard=row.heard,
        recording=row.recording,
    )
