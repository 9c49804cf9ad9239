"""Where a call in progress is being recorded: files that grow, before any finaliser knows them."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.clock import from_us
from .call_figures import callback_answered, recording_marks
from .calls import CallRecord
from .recording_files import is_safe

CALL_BACK = "9"
"""Stands behind the names of a call-back's files (``hotline-callback-answered``)."""


@dataclass(frozen=True)
class RecordedNow:
    """The two legs' files, relative to the recordings' folder, and when their sound begins."""

    citizen: str
    agent: str
    """What the citizen hears: the agent, and in a room the third lines too."""
    begun_us: int


def recorded_now(record: CallRecord, at_us: int) -> RecordedNow | None:
    """Return where the talk of a moment is recorded: the call itself, or the call-back that came of it."""
    answered_us = callback_answered(record)
    if answered_us is not None and answered_us <= at_us:
        return _files(f"{from_us(answered_us):%Y/%m/%d}/{record.id}", CALL_BACK, answered_us)
    begun = [(base, begun_us) for base, begun_us in recording_marks(record) if begun_us <= at_us]
    return _files(begun[-1][0], "", begun[-1][1]) if begun else None


def _files(base: str, behind: str, begun_us: int) -> RecordedNow | None:
    if not is_safe(base):
        return None
    return RecordedNow(f"{base}-citizen{behind}.wav", f"{base}-agent{behind}.wav", begun_us)
