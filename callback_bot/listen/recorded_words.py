"""Words of spoken answers, recognised from the recording after the call (R-CB-3).

Of what was said freely, and of short answers whose words were lost with the process that heard them: the
switch records by itself, and its journal keeps what was understood. What waits is found in the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import structlog
from sqlalchemy import select

from ...asr.audio import Audio
from ...asr.engine import Engine, Spoken
from ...core.db import Database
from ...core.errors import HotlineError
from ..model import LEVELS, AttemptState, Given, Question
from ..schedule.claiming import Ended
from ..tables import AnswerRow, AttemptRow, CallbackRow
from ..understanding.understand import understand
from .conversation import FREE

log = structlog.get_logger(__name__)

BACK = timedelta(days=2)
"""Older attempts are not looked through again."""
MOST = 20
"""So many attempts are looked at in a round."""
BEFORE_S, BEHIND_S = 0.3, 0.2
"""So much more than an answer's own stretch is listened to: marks and sound keep time within that."""


@dataclass(frozen=True)
class Unread:
    """An answer whose sound waits: in a file under the recordings, from and to a second (None: its end)."""

    attempt: str
    seq: int
    question: Question
    value: str
    path: str
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True)
class Heard:
    """What was recognised; ``confidence`` 0 to 1, seconds from the start of the file."""

    words: str
    confidence: float
    start_s: float
    end_s: float


async def unread(database: Database, node: str, now: datetime) -> Sequence[Unread]:
    """Return spoken answers of this node's attempts that have no words yet, the oldest attempts first.

    Those in which nothing was heard have a confidence of nothing, and do not come again.
    """
    async with database.read() as session:
        waiting = (
            select(AnswerRow.attempt)
            .join(AttemptRow, AnswerRow.attempt == AttemptRow.id)
            .where(AttemptRow.at > now - BACK, AttemptRow.state == AttemptState.OVER.value)
            .where(AttemptRow.node == node, AttemptRow.recording != "")
            .where(AnswerRow.given == Given.SPEECH.value, AnswerRow.words == "", AnswerRow.confidence > 0)
            .group_by(AnswerRow.attempt, AttemptRow.at)
            .order_by(AttemptRow.at, AnswerRow.attempt)
            .limit(MOST)
        )
        attempts = list(await session.scalars(waiting))
        if not attempts:
            return ()
        rows = await session.execute(
            select(AttemptRow.recording, AnswerRow)
            .join(AnswerRow, AnswerRow.attempt == AttemptRow.id)
            .where(AttemptRow.id.in_(attempts))
            .order_by(AttemptRow.at, AttemptRow.id, AnswerRow.seq)
        )
        by_attempt: dict[str, list[tuple[str, AnswerRow]]] = {}
        for recording, row in rows:
            by_attempt.setdefault(row.attempt, []).append((recording, row))
    return [one for answers in by_attempt.values() for one in _of_attempt(answers)]


def _of_attempt(answers: Sequence[tuple[str, AnswerRow]]) -> list[Unread]:
    found: list[Unread] = []
    messages = 0
    ends = [0, *(row.end_ms for _, row in answers)]
    for (recording, row), (before_ms, _) in zip(answers, pairwise(ends), strict=True):
        question = Question(row.question)
        free = question in FREE
        messages += free  # each asking has a file of its own, counted from 1 (survey/dialogue_steps.py)
        if row.given != Given.SPEECH.value or row.words or not row.confidence:
            continue
        if free:
            path = f"{recording}-message{messages}.wav"
            found.append(Unread(row.attempt, row.seq, question, row.value, path))
        else:
            found.append(
                Unread(
                    *(row.attempt, row.seq, question, row.value, f"{recording}-citizen.wav"),
                    start_s=max(max(row.start_ms, before_ms) / 1000 - BEFORE_S, 0.0),
                    end_s=row.end_ms / 1000 + BEHIND_S,
                )
            )
    return found


async def put_words(
    database: Database,
    attempt: str,
    heard: Mapping[int, Heard | None],
    now: datetime,
    after: Sequence[Ended],
) -> None:
    """Store what was said to an attempt's questions, by ``seq``, and have the result made anew, once."""
    async with database.write() as session:
        callback = None
        for seq, one in heard.items():
            row = await session.get(AnswerRow, (attempt, seq), with_for_update=True)
            if row is None or row.words:
                continue
            if one is None:
                row.confidence = 0.0
                continue
            row.words, row.confidence, callback = one.words, one.confidence, row.callback
            if Question(row.question) not in FREE:
                row.start_ms, row.end_ms = round(1000 * one.start_s), round(1000 * one.end_s)
        await session.flush()
        ended = (
            await session.get(CallbackRow, callback, with_for_update=True) if callback is not None else None
        )
        if ended is not None:
            for tell in after:
                await tell(session, ended, now)


def words_of(engine: Engine, folder: Path, one: Unread) -> Heard | None:
    """Return what is said in an answer's sound and how sure that is; None when it has no words. Blocking."""
    try:
        sound = Audio(folder / one.path)
        session = engine.open(rate=sound.rate)
        until = sound.duration_s if one.end_s is None else min(one.end_s, sound.duration_s)
        heard = [part for pcm in sound.pcm(None, one.start_s, until) for part in session.accept(pcm)]
        heard += session.finish()
    except HotlineError as error:
        log.warning("words of a callback cannot be recognised", file=one.path, reason=str(error))
        return None
    spoken = [part for part in heard if isinstance(part, Spoken) and part.text]
    if one.question not in FREE:
        spoken = _that_answered(spoken, one)
    words = [word for part in spoken for word in part.words]
    chars = sum(len(word.text) for word in words)
    if not chars:
        return None
    sure = sum(len(word.text) * word.confidence for word in words) / chars
    return Heard(
        "，".join(part.text for part in spoken),
        round(sure, 3),
        one.start_s + spoken[0].start_s,
        one.start_s + spoken[-1].end_s,
    )


def _that_answered(spoken: Sequence[Spoken], one: Unread) -> list[Spoken]:
    """Return the utterance that means what was understood in the call; when none does, the last."""
    levels = LEVELS[3] if one.value in LEVELS[3] else LEVELS[5]
    alike = [part for part in spoken if understand(one.question, part.text, levels=levels).value == one.value]
    return list((alike or spoken)[-1:])


async def read_words(  # noqa: PLR0917  # one round of a loop that is wired in one place
    database: Database,
    node: str,
    folder: Path,
    engine: Engine,
    pool: Executor,
    after: Sequence[Ended],
    clock: Callable[[], datetime],
) -> int:
    """Recognise what waits, an attempt at a time; returns how many answers were looked at."""
    waiting: dict[str, list[Unread]] = {}
    for one in await unread(database, node, clock()):
        waiting.setdefault(one.attempt, []).append(one)
    loop = asyncio.get_running_loop()
    for attempt, answers in waiting.items():
        heard = {one.seq: await loop.run_in_executor(pool, words_of, engine, folder, one) for one in answers}
        await put_words(database, attempt, heard, clock(), after)
    return sum(map(len, waiting.values()))
