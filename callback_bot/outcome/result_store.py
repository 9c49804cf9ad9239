"""The results of callbacks in the store: made when a callback ends, corrected by later words and by a check.

Everything happens in the caller's transaction, with what follows from it (the ticket, the message to the
city's system): neither is ever there without the other. Applied twice, nothing changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..model import Answer, CallbackState, Given, Outcome, Question, Result
from ..tables import AnswerRow, AttemptRow, CallbackRow, ResultRow
from .results import Decision, Verdict, asks_for, decided, result_of, said, state_of, verdict_of

ENDED = frozenset({CallbackState.DONE, CallbackState.EXPIRED, CallbackState.REFUSED, CallbackState.CHECK})
"""The states that have a result."""
_NEVER = frozenset({Outcome.NEVER_BEGUN.value, None})


@dataclass(frozen=True)
class Concluded:
    """A callback that has ended, or whose result became another; ``revision`` counts from 1."""

    callback: CallbackRow
    result: Result
    verdict: Verdict
    revision: int
    at: datetime
    consent: str = ""
    called: bool = True
    wishes: tuple[str, ...] = ()
    """What the person wanted beside the questions: ``human``, ``new_demand``, ``refuse``."""
    decision: Decision | None = None


After = Callable[[AsyncSession, Concluded], Awaitable[None]]
"""What follows from a result, in its transaction."""


class Results:
    """Makes and corrects results; ``after`` are told of each one that is new or has changed."""

    def __init__(self, after: Sequence[After] = ()) -> None:
        self._after = after

    async def ended(self, session: AsyncSession, callback: CallbackRow, now: datetime) -> Concluded | None:
        """Make the result of a callback that has ended, or make it anew from answers that came later.

        The answers decide how it ended: one with a level is done, or waits for a check; one without is 未评.
        None, and no change, when it has not ended, when nothing is new, or when a person decided already.
        """
        if CallbackState(callback.state) not in ENDED:
            return None
        row = await session.get(ResultRow, callback.id, with_for_update=True)
        if row is not None and row.checked_at is not None:
            return None
        attempts = await _attempts(session, callback.id)
        answers = await answers_of(session, callback.id)
        last = _telling(attempts, answers)
        given = answers.get(last.id, ()) if last is not None else ()
        result = result_of(
            callback.id,
            last.id if last is not None else "",
            given,
            recording=_recording(last, attempts),
            ended_at=callback.ended_at or now,
        )
        state = _settled(CallbackState(callback.state), result)
        callback.state = state.value
        concluded = Concluded(
            callback=callback,
            result=result,
            verdict=_verdict(result, state),
            revision=1 if row is None else int(row.data["revision"]) + 1,
            at=now,
            consent=said(given, Question.CONSENT),
            called=any(one.outcome not in _NEVER or one.answered_at for one in attempts),
            wishes=asks_for(given),
        )
        made = _row(concluded, attempts)
        if row is not None and _same(row, made):
            return None
        await session.merge(made)
        await self._tell(session, concluded)
        return concluded

    async def decide(
        self, session: AsyncSession, callback: CallbackRow, decision: Decision
    ) -> Concluded | None:
        """Write what a check found; None when the callback does not wait for one."""
        if callback.state != CallbackState.CHECK.value:
            return None
        row = await session.get(ResultRow, callback.id, with_for_update=True)
        if row is None:
            await self.ended(session, callback, decision.at)
            await session.flush()
            row = await session.get_one(ResultRow, callback.id)
        result, verdict = decided(await result_in(session, row), decision)
        callback.state = (CallbackState.DONE if result.level else CallbackState.EXPIRED).value
        callback.why = verdict.value
        row.state, row.level, row.solved = callback.state, result.level, result.solved
        row.checked_at, row.checked_by, row.check_note = decision.at, decision.who[:60], decision.note
        revision = int(row.data["revision"]) + 1
        row.data = {**row.data, "verdict": verdict.value, "revision": revision}
        concluded = Concluded(
            callback=callback,
            result=result,
            verdict=verdict,
            revision=revision,
            at=decision.at,
            consent=row.consent,
            called=bool(row.data["called"]),
            wishes=tuple(row.data["wishes"]),
            decision=decision,
        )
        await self._tell(session, concluded)
        return concluded

    async def _tell(self, session: AsyncSession, concluded: Concluded) -> None:
        for after in self._after:
            await after(session, concluded)


async def result_in(session: AsyncSession, row: ResultRow) -> Result:
    """Return a stored result with its answers."""
    answers = await answers_of(session, row.callback)
    return Result(
        callback=row.callback,
        attempt=row.attempt or "",
        contacted=row.contacted,
        solved=row.solved,
        level=row.level,
        reasons=tuple(row.reasons),
        remarks=row.remarks,
        answers=tuple(answers.get(row.attempt or "", ())),
        recording=row.recording,
        ended_at=row.ended_at,
    )


def _settled(state: CallbackState, result: Result) -> CallbackState:
    """Return the state that the answers leave; a refusal or a wrong number they do not change."""
    if state in (CallbackState.DONE, CallbackState.EXPIRED):
        return state_of(result) or CallbackState.EXPIRED
    return state


def _verdict(result: Result, state: CallbackState) -> Verdict:
    """Return what follows; a number that cannot be right is checked without a level, too."""
    return Verdict.CHECK if state is CallbackState.CHECK else verdict_of(result, state)


def _row(concluded: Concluded, attempts: Sequence[AttemptRow]) -> ResultRow:
    callback, result = concluded.callback, concluded.result
    return ResultRow(
        callback=callback.id,
        attempt=result.attempt or None,
        campaign=callback.campaign,
        ticket=callback.ticket,
        unit=callback.unit,
        kind=callback.kind,
        state=callback.state,
        outcome=(attempts[-1].outcome or "") if attempts else "",
        consent=concluded.consent,
        contacted=result.contacted,
        solved=result.solved,
        level=result.level,
        reasons=list(result.reasons),
        remarks=result.remarks,
        recording=result.recording,
        check_note="",
        data={
            "verdict": concluded.verdict.value,
            "revision": concluded.revision,
            "called": concluded.called,
            "wishes": list(concluded.wishes),
            "said": {"level": result.level, "solved": result.solved},
            "worded": sum(bool(answer.words) for answer in result.answers),
        },
        ended_at=result.ended_at or concluded.at,
    )


_COMPARED = ("attempt", "state", "consent", "contacted", "solved", "level", "reasons", "remarks", "recording")


def _same(old: ResultRow, new: ResultRow) -> bool:
    """Tell whether nothing has changed that is told: words of an answer count, whenever they come."""
    return (
        all(getattr(old, name) == getattr(new, name) for name in _COMPARED)
        and old.data["wishes"] == new.data["wishes"]
        and old.data.get("worded", new.data["worded"]) == new.data["worded"]
    )


async def _attempts(session: AsyncSession, callback: str) -> Sequence[AttemptRow]:
    rows = select(AttemptRow).where(AttemptRow.callback == callback).order_by(AttemptRow.at, AttemptRow.id)
    return (await session.scalars(rows)).all()


async def answers_of(session: AsyncSession, callback: str) -> dict[str, list[Answer]]:
    """Return the answers of each attempt in the order of the call."""
    rows = select(AnswerRow).where(AnswerRow.callback == callback).order_by(AnswerRow.attempt, AnswerRow.seq)
    found: dict[str, list[Answer]] = {}
    for row in await session.scalars(rows):
        found.setdefault(row.attempt, []).append(answer_of(row))
    return found


def answer_of(row: AnswerRow) -> Answer:
    """Return an answer as it is read."""
    return Answer(
        Question(row.question),
        row.value,
        Given(row.given),
        row.turn,
        row.words,
        row.confidence,
        row.start_ms,
        row.end_ms,
    )


def _recording(last: AttemptRow | None, attempts: Sequence[AttemptRow]) -> str:
    """Return the recording of the attempt that counts; of whom nobody reached, the last early sound."""
    if last is not None:
        return last.recording
    return next((one.recording for one in reversed(attempts) if one.recording), "")


def _telling(attempts: Sequence[AttemptRow], answers: dict[str, list[Answer]]) -> AttemptRow | None:
    """Return the attempt whose answers count: the last with any, else the last that somebody answered."""
    spoken = [one for one in attempts if answers.get(one.id)]
    reached = [one for one in attempts if one.answered_at is not None]
    return next(iter([*reversed(spoken), *reversed(reached)]), None)
