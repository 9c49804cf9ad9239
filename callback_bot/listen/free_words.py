"""What was said freely (the reason, remarks), recognised from its recording after the call (R-CB-3).

The switch records it by itself; here it becomes words of the stored answer, and the result is made anew. What
is not recognised yet is found in the store, so nothing is lost with a process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from ...asr.audio import Audio
from ...asr.engine import Engine, Spoken
from ...core.db import Database
from ...core.errors import HotlineError
from ..model import AttemptState
from ..schedule.claiming import Ended
from ..tables import AnswerRow, AttemptRow, CallbackRow
from .conversation import FREE

log = structlog.get_logger(__name__)

RECORDED = "recorded"
"""The value of an answer in free speech."""
BACK = timedelta(days=2)
"""Older attempts are not looked through again."""
MOST = 50


@dataclass(frozen=True)
class Unread:
    """An answer whose recording waits; ``path`` is relative to the recordings."""

    attempt: str
    seq: int
    path: str


async def unread(database: Database, node: str, now: datetime) -> Sequence[Unread]:
    """Return answers in free speech of this node's attempts that have no words yet, oldest first."""
    questions = [question.value for question in FREE]
    async with database.read() as session:
        found = await session.execute(
            select(AttemptRow.id, AttemptRow.recording, AnswerRow.seq)
            .join(AnswerRow, AnswerRow.attempt == AttemptRow.id)
            .where(AttemptRow.at > now - BACK, AttemptRow.state == AttemptState.OVER.value)
            .where(AttemptRow.node == node, AttemptRow.recording != "")
            .where(AnswerRow.question.in_(questions), AnswerRow.value == RECORDED, AnswerRow.words == "")
            .order_by(AttemptRow.at, AnswerRow.seq)
            .limit(MOST)
        )
        waiting = [(attempt, recording, seq) for attempt, recording, seq in found]
        if not waiting:
            return ()
        asked = await session.execute(
            select(AnswerRow.attempt, AnswerRow.seq)
            .where(AnswerRow.attempt.in_([attempt for attempt, _, _ in waiting]))
            .where(AnswerRow.question.in_(questions))
            .order_by(AnswerRow.attempt, AnswerRow.seq)
        )
        order: dict[str, list[int]] = {}
        for attempt, seq in asked:
            order.setdefault(attempt, []).append(seq)
    # Each asking of a free question has a file of its own, counted from 1 (survey/dialogue_steps.py).
    return [
        Unread(attempt, seq, f"{recording}-message{order[attempt].index(seq) + 1}.wav")
        for attempt, recording, seq in waiting
    ]


async def put_words(
    database: Database, one: Unread, heard: tuple[str, float], now: datetime, after: Sequence[Ended]
) -> None:
    """Store what was said and how sure that is, and have the callback's result made anew."""
    async with database.write() as session:
        row = await session.get(AnswerRow, (one.attempt, one.seq), with_for_update=True)
        if row is None or row.words:
            return
        row.words, row.confidence = heard
        await session.flush()
        callback = await session.get(CallbackRow, row.callback, with_for_update=True)
        if callback is not None:
            for tell in after:
                await tell(session, callback, now)


def words_of(engine: Engine, file: Path) -> tuple[str, float] | None:
    """Return what is said in a recording and how sure that is; None when it has no words. Blocking."""
    try:
        sound = Audio(file)
        session = engine.open(rate=sound.rate)
        heard = [one for pcm in sound.pcm(None, 0.0, sound.duration_s) for one in session.accept(pcm)]
        heard += session.finish()
    except HotlineError as error:
        log.warning("words of a callback cannot be recognised", file=file.name, reason=str(error))
        return None
    spoken = [one for one in heard if isinstance(one, Spoken) and one.text]
    words = [word for one in spoken for word in one.words]
    chars = sum(len(word.text) for word in words)
    if not chars:
        return None
    sure = sum(len(word.text) * word.confidence for word in words) / chars
    return "，".join(one.text for one in spoken), round(sure, 3)
