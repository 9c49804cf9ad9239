"""The robot's work in the store, for one node (``dialling.Work``): claims, attempts and their ends.

Every method is one transaction. Several nodes share the work on PostgreSQL: rows that another one holds are
passed over, and each person is held by one attempt at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ...core.clock import Clock, IdMaker, from_us, new_id, utc_now
from ...core.db import Database
from ...core.settings import Settings
from ..model import Answer, Attempt, AttemptState, CallbackState, CampaignState, Outcome
from ..outcome.results import result_of, state_of
from ..rows import OPEN_ATTEMPTS, attempt_of
from ..schedule.claiming import Ended, Picker, due_lanes, know_people
from ..schedule.hours import CallingHours
from ..schedule.line_use import lock_lines
from ..schedule.people import never_again
from ..schedule.picking import ended as person_ended
from ..schedule.planner import slots
from ..schedule.retry import Step, next_step, policies
from ..tables import AnswerRow, AttemptRow, CallbackRow, CampaignRow, PersonRow
from ..why import Why
from .attempt import Ending
from .dialling import Claimed


class Store:
    """The callbacks of a database as one node works on them; ``after`` are told of each one that ends."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        hours: CallingHours,
        *,
        after: Sequence[Ended] = (),
        clock: Clock = utc_now,
        ids: IdMaker = new_id,
    ) -> None:
        self._database = database
        self._settings = settings
        self._hours = hours
        self._after = tuple(after)
        self._clock = clock
        self._ids = ids
        self._owner = f"{settings.site.node}-{new_id()}"

    async def claim(
        self,
        in_use: Mapping[str, int],
        most: Mapping[str, int],
        *,
        pressed: bool,
        ended: Collection[str] = (),
    ) -> Sequence[Claimed]:
        """Store the attempts that may begin now, and commit them before they are returned.

        Nothing begins outside the hours, nor while citizens wait (``pressed``); ``in_use`` are everybody's
        calls on each trunk, ``most`` narrows the robot's own; ``ended`` are attempts that hold no line now.
        """
        now = self._clock()
        if pressed or not self._settings.robot.trunks or not self._hours.may_dial(now):
            return []
        async with self._database.read() as session:
            if not await due_lanes(session, now):
                return []
        robot = self._settings.robot
        async with self._database.write() as session:
            use = await lock_lines(session, self._settings, self._hours, now, ended=ended)
            offered = slots(robot.trunks, use.lines, use.credit(), in_use, most)
            picker = Picker(session, self._settings, self._hours, now, self._owner, self._ids, self._after)
            if offered:
                await picker.fill(offered, await due_lanes(session, now), use.campaigns)
                use.took(offered[: len(picker.claimed)])
        if picker.strangers:
            async with self._database.write() as session:
                await know_people(session, picker.strangers)
        return picker.claimed

    async def open_attempts(self) -> Sequence[Attempt]:
        """Return this node's attempts that are not over."""
        async with self._database.read() as session:
            rows = await session.scalars(
                select(AttemptRow)
                .where(AttemptRow.state.in_(OPEN_ATTEMPTS), AttemptRow.node == self._settings.site.node)
                .order_by(AttemptRow.at, AttemptRow.id)
            )
            return [attempt_of(row) for row in rows]

    async def extend(self) -> None:
        """Say that this node looks after its attempts, whichever process of it began them."""
        until = self._clock() + timedelta(seconds=self._settings.robot.lease_seconds)
        async with self._database.write(derived=True) as session:
            await session.execute(
                update(AttemptRow)
                .where(AttemptRow.state.in_(OPEN_ATTEMPTS), AttemptRow.node == self._settings.site.node)
                .values(lease_owner=self._owner, lease_until=until)
            )

    async def answered(self, attempt: str, at: datetime) -> None:
        """Write down that somebody answered; again does no harm."""
        async with self._database.write(derived=True) as session:
            await session.execute(
                update(AttemptRow)
                .where(AttemptRow.id == attempt, AttemptRow.state == AttemptState.DIALLING.value)
                .values(state=AttemptState.TALKING.value, answered_at=at)
            )

    async def finish(
        self,
        attempt: str,
        ending: Ending,
        *,
        answers: Sequence[Answer] = (),
        recording: str = "",
        asked_for: datetime | None = None,
    ) -> bool:
        """Write down how an attempt ended, what was said, and what follows; False when it was known.

        What the answers say decides the callback's state before the outcome does; ``asked_for`` is when the
        person wants to be called, with ``LATER``.
        """
        now = self._clock()
        async with self._database.write() as session:
            row = await session.get(AttemptRow, attempt, with_for_update=True)
            if row is None or row.state == AttemptState.OVER.value:
                return False
            row.state, row.outcome, row.cause = AttemptState.OVER.value, ending.outcome.value, ending.cause
            row.answered_at = _moment(ending.answered_us) or row.answered_at
            row.ended_at = _moment(ending.ended_us) or now
            row.heard, row.recording = ending.words, recording or row.recording
            row.lease_owner = row.lease_until = None
            session.add_all(_answer(row, seq, one) for seq, one in enumerate(answers, 1))
            callback = await session.get(CallbackRow, row.callback, with_for_update=True)
            if callback is not None:
                await self._follow(
                    session,
                    row,
                    callback=callback,
                    outcome=ending.outcome,
                    answers=answers,
                    asked_for=asked_for,
                    now=now,
                )
            person = await session.get(PersonRow, row.number, with_for_update=True)
            if person is not None:
                person_ended(
                    person,
                    attempt,
                    now,
                    self._hours,
                    felt=policies()[ending.outcome].felt,
                    gap=timedelta(minutes=self._settings.robot.person_gap_minutes),
                )
            return True

    async def _follow(
        self,
        session: AsyncSession,
        attempt: AttemptRow,
        *,
        callback: CallbackRow,
        outcome: Outcome,
        answers: Sequence[Answer],
        asked_for: datetime | None,
        now: datetime,
    ) -> None:
        campaign = await session.get(CampaignRow, callback.campaign)
        said = state_of(result_of(callback.id, attempt.id, answers))
        step = next_step(
            outcome,
            before=callback.outcomes,
            tries=callback.tries,
            most_tries=self._settings.robot.tries,
            now=now,
            latest=callback.latest,
            hours=self._hours,
            narrower=campaign.hours if campaign is not None else (),
            asked_for=asked_for,
        )
        callback.outcomes = [*callback.outcomes, outcome.value]
        callback.why, callback.tries = outcome.value, step.tries
        if said is not None and outcome is not Outcome.REFUSED:
            step = Step(said, step.tries)
        cancelled = campaign is not None and campaign.state == CampaignState.CANCELLED.value
        if step.state is CallbackState.WAITING and cancelled:
            step = Step(CallbackState.CANCELLED, step.tries)
            callback.why = Why.CAMPAIGN
        callback.state = step.state.value
        callback.next_at = step.next_at or callback.next_at
        callback.latest = step.latest or callback.latest
        if step.state is CallbackState.WAITING:
            return
        callback.ended_at = now
        await session.flush()
        if step.state is CallbackState.REFUSED:
            for other in await never_again(session, callback.phone, now, why=outcome.value, who="robot"):
                await self._tell(session, other, now)
        await self._tell(session, callback, now)

    async def _tell(self, session: AsyncSession, callback: CallbackRow, now: datetime) -> None:
        for tell in self._after:
            await tell(session, callback, now)


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _answer(attempt: AttemptRow, seq: int, answer: Answer) -> AnswerRow:
    return AnswerRow(
        attempt=attempt.id,
        seq=seq,
        callback=attempt.callback,
        question=answer.question.value,
        value=answer.value[:40],
        given=answer.given.value,
        turn=answer.turn,
        words=answer.words,
        confidence=answer.confidence,
        start_ms=answer.start_ms,
        end_ms=answer.end_ms,
    )
